package views

import "moorage/views/parts"

// ChangesPage is what a server offers otherwise than before, and what of it
// waits for its owner. GET /servers/<slug>/changes?before=<n>
//
//	POST <URL>/approve   kind, name, hash: one, as it is shown; or until=<n>: everything, and all changes so far are seen
//	POST <URL>/hold      hold=on: changes are held from now on
type ChangesPage struct {
	Shell    Shell
	Head     ServerHeadView
	URL      string
	Holds    bool
	Until    int64 // the newest change; 0: none
	Open     int   // changes that nobody has approved or seen
	Held     []HeldRow
	Changes  []ChangeRow
	OlderURL string
	NewerURL string // the newest ones, from an older page
	Notice   ChangesNoticeView
}

// CanSettle reports whether there is something to approve or to have seen.
func (p ChangesPage) CanSettle() bool { return p.Open > 0 || p.approvable() > 0 }

func (p ChangesPage) approvable() (n int) {
	for _, h := range p.Held {
		if h.Fault == "" {
			n++
		}
	}
	return n
}

// HeldRow is one offer that is not offered.
type HeldRow struct {
	Kind  string // "tool"
	Noun  string // "resource template"
	Name  string // "" for instructions
	Hash  string
	New   bool   // nothing of that name was ever approved
	Fault string // why it cannot be approved, a sentence; "": it can
	Diff  []DiffField
}

// ChangeRow is one change that was noticed.
type ChangeRow struct {
	Noun          string
	Name          string
	Did           Did
	At            parts.Moment
	Running       bool // noticed while the deployment was live
	DeploymentURL string
	Fate          string // "Offered at once", "Held, approved by ada"
	Open          bool   // nobody has approved or seen it
	Diff          []DiffField
}

// Did is what became of something.
type Did string

const (
	DidCome   Did = "added"
	DidChange Did = "changed"
	DidGo     Did = "removed"
)

// DiffField is one member of an object that is not as it was.
type DiffField struct {
	Name  string
	Did   Did
	Lines []DiffLine
}

// DiffLine is one line of it.
type DiffLine struct {
	Did  Did // "": it is as it was
	Text string
	Same int // how many lines are left out here that are as they were; 0: this is a line
}

// ChangesNoticeView says that what a server offers is not as it was. It changes
// by itself: the stream at StreamURL sends it again.
type ChangesNoticeView struct {
	StreamURL string // "": it stays as it is
	URL       string // of the changes
	Held      int
	Open      int
	Newer     bool // on the page of changes: there are later ones than it shows
}

// didFace is how it looks that something came, changed or went.
func didFace(d Did) parts.Face {
	switch d {
	case DidCome:
		return parts.Face{Word: "New", Tone: parts.ToneGood, Icon: "plus"}
	case DidGo:
		return parts.Face{Word: "Gone", Tone: parts.ToneBad, Icon: "cross"}
	}
	return parts.Face{Word: "Changed", Tone: parts.ToneWarn, Icon: "refresh"}
}

func diffSign(d Did) string {
	switch d {
	case DidCome:
		return "+"
	case DidGo:
		return "−"
	}
	return " "
}

// fieldWords are the names of what is different, in a line.
func fieldWords(fields []DiffField) string {
	words := ""
	for i, f := range fields {
		if i > 0 {
			words += ", "
		}
		words += f.Name + " " + string(f.Did)
	}
	return words
}

// these are what one button approves.
func these(n int) string {
	if n == 1 {
		return "Approve the held offer"
	}
	return "Approve all " + plural(n, "held offer")
}

// heldWords say that some of what a server lists is not offered.
func heldWords(n int) string {
	if n == 1 {
		return "1 offer of this server is held back: it is new or has changed."
	}
	return plural(n, "offer") + " of this server are held back: they are new or have changed."
}
