package views

import (
	"moorage"
	"moorage/views/parts"
)

// PlanPage says what will happen before it does.
//
//	GET  /repos/<owner>/<name>?ref=&subdir=&dockerfile=   a repository of GitHub
//	GET  /plan?url=&ref=&subdir=&dockerfile=              any Git URL
//	GET  /servers/name?slug=                              SlugCheck
//	POST /deployments                                     see PlanForm
//
// Reading a repository takes a moment: a first answer with LoadURL shows the
// page at once and asks for PlanBody by htmx (the same URL; HX-Request decides).
type PlanPage struct {
	Shell   Shell
	LoadURL string         // not read yet: where PlanBody is; "" when Plan is here
	Trouble *parts.Trouble // it could not be read, or the deployment could not begin

	SourceName string         // acme/weather, or the URL
	SourceURL  string         // page of it for people; "" when there is none
	PlanURL    string         // where the chooser of ref and folder goes (GET)
	PlanKeep   []parts.Option // hidden fields of that form: Label is the name
	Refs       []RefChoice
	Ref        string
	Subdir     string
	Commit     CommitView

	Lines []PlanLine
	Form  PlanForm
}

// RefChoice is a branch or tag that can be chosen; a commit is typed.
type RefChoice struct {
	Name string
	Note string // branch, tag, default branch
}

// CommitView is a commit, ready to print.
type CommitView struct {
	Hash    string
	Short   string
	Message string // first line
	Author  string
	URL     string // of the commit at its host; "" when unknown
}

// PlanLine is one readable line of the plan.
type PlanLine struct {
	Topic moorage.Topic
	What  string
	Why   string
}

// PlanForm is everything of the plan that can be changed by hand, as it is
// posted. Field names are in the comments.
type PlanForm struct {
	Faults parts.Faults // by field name

	RepoURL string         // repo_url
	Origin  moorage.Origin // origin
	Ref     string         // ref
	Subdir  string         // subdir
	Commit  string         // commit: what was looked at

	Title    string         // title
	Slug     string         // slug
	Check    SlugCheckView  // what is known of Slug
	Existing []parts.Option // server: "" = a new server, else the id of one to deploy to

	Dockerfiles []DockerfileChoice // dockerfile: a path, or "generated"
	Context     string             // context
	Generated   string             // generated: text of the Dockerfile that Moorage wrote
	NoCache     bool               // no_cache=on

	CanFollow bool // the source is on GitHub
	Follow    bool // auto_deploy=on

	Run       RunForm
	Variables []VariableField // variables.<i>.name, .value, .secret=on, .required, .description
}

// RunForm is how a server runs, as it is posted (plan and settings).
type RunForm struct {
	Transport    moorage.Transport // transport
	Port         string            // port
	Path         string            // path
	Command      string            // command: one argument a line; "" = the image's own
	Query        string            // query: name=VARIABLE a line (http and sse)
	Network      moorage.Network   // network
	MemoryMB     string            // memory_mb
	CPUs         string            // cpus
	PIDs         string            // pids
	RunAsRoot    bool              // run_as_root=on
	WritableRoot bool              // writable_root=on
	Isolation    moorage.Isolation // isolation
	Spares       string            // spares: 0 to 3
	Replicas     string            // replicas: 1 to 5
}

// DockerfileChoice is one that can be built.
type DockerfileChoice struct {
	Value    string // its path, or "generated"
	Label    string
	Context  string
	Problem  string // why it cannot be built from the source alone
	Selected bool
}

// VariableField is one variable to fill in.
type VariableField struct {
	Name        string
	Description string
	Value       string // never of a secret one
	Secret      bool
	Required    bool
	IsSet       bool // a secret one that has a value already: empty keeps it
	Choices     []string
	From        string // smithery.yaml, Dockerfile …
	Fault       string
	NameFault   bool // Fault is about the name: it can be changed
}

// SlugCheckView says whether an endpoint name can be taken.
type SlugCheckView struct {
	Slug     string
	Endpoint string // https://…/mcp/<slug>
	Free     bool
	Problem  string // a sentence; "" when Free or not looked at
}
