package views

// DocsPage is the reference of the API.
//
//	GET /docs
type DocsPage struct {
	Shell   Shell
	BaseURL string // of this Moorage, what MOORAGE_URL is set to
	Summary string
	Intro   []string // paragraphs
	Groups  []DocsGroup
	Types   []DocsType
}

// DocsGroup is a noun of the API with what can be done.
type DocsGroup struct {
	Name        string
	Description string
	Operations  []DocsOperation
}

// DocsOperation is one request and what comes back.
type DocsOperation struct {
	ID          string // of the element, too
	Method      string
	Path        string
	Summary     string
	Description []string
	Parameters  []DocsField
	Body        string // name of a type; "": none
	BodyExample string // JSON
	Answers     []DocsAnswer
	Examples    []DocsExample
}

// DocsField is a parameter, or a field of a type.
type DocsField struct {
	Name        string
	In          string // of a parameter: path, query, header
	Kind        string
	Link        string // name of the type that Kind names; "": none
	Words       []string
	Required    bool
	Description string
}

// DocsAnswer is what comes back when it works.
type DocsAnswer struct {
	Status      string
	Description string
	Bodies      []DocsField // Name is the media type
}

// DocsExample is something to paste into a terminal.
type DocsExample struct {
	Label string
	Text  string
}

// DocsType is a JSON object, or a word out of a few.
type DocsType struct {
	Name        string
	Description string
	Words       []string
	Fields      []DocsField
}
