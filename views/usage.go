package views

import "moorage/views/parts"

// UsagePage is how a server was used in the last 24 hours. Who may only call
// it sees their own calls and nothing else. GET /servers/<slug>/usage
//
// At DataURL are the lines of the charts, as JSON: ?since=<unix seconds>&step=<seconds>
type UsagePage struct {
	Shell   Shell
	Head    ServerHeadView
	DataURL string // "": no charts
	Region  UsageView
}

// UsageView is what of the page is as it was a moment ago: it asks for itself
// again at URL.
type UsageView struct {
	URL     string
	Whole   bool // of everybody's calls; else of one's own
	Numbers []UsageNumber
	Rows    []UsageRow
	Hours   []UsageHour
	Calls   []UsageCall

	Recording RecordingView
}

// RecordingView says whether what is asked and answered is kept.
//
//	POST <URL>   on=yes: for ten minutes; on=no: no more
type RecordingView struct {
	URL   string // "": it is not this person's to say
	By    string // "": it is not
	Until parts.Moment
}

// UsageNumber is one number with what it says.
type UsageNumber struct {
	Label string
	Value string
	Note  string
	Tone  parts.Tone
}

// UsageRow is one tool, or a method that is none.
type UsageRow struct {
	Name     string
	Tool     bool
	Calls    string
	Errors   string // "12 (3 %)"; "": none
	P50, P95 string
	In, Out  string // of all calls
}

// UsageHour is an hour of what the charts show.
type UsageHour struct {
	At        parts.Moment
	Calls     string
	Errors    string
	P50, P95  string
	Sessions  string
	Instances string
	Memory    string
	CPU       string
}

// UsageCall is one call.
type UsageCall struct {
	At      parts.Moment
	Name    string
	Tool    bool
	Face    parts.Face
	Took    string
	In, Out string
	Who     string
	Means   string

	Kept              bool
	Arguments, Result string // without secrets, cut
}
