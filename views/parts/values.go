package parts

// Link is somewhere to go.
type Link struct {
	Label string
	URL   string
}

// Trouble is a failure that stands where the work was: what happened, what to
// do next, and where to go for it.
type Trouble struct {
	Message string // a sentence
	Next    string // a sentence; "" when there is nothing to do
	Links   []Link // ways on: Retry, Reconnect …
}

// Faults are complaints about the fields of a form, by field name.
type Faults map[string]string

// Option is one choice of a select.
type Option struct {
	Value    string
	Label    string
	Selected bool
}

// Pager says where the neighbouring pages of a long list are; "" for none.
type Pager struct {
	PreviousURL string
	NextURL     string
	Summary     string // "51–100 of 1,204"
}
