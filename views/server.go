package views

import (
	"encoding/json"

	"moorage"
	"moorage/views/parts"
)

// ServerHeadView is the top of every page of one server. Forms that it may hold:
// POST /servers/<slug>/redeploy, /stop, /start.
type ServerHeadView struct {
	Title       string
	Slug        string
	URL         string // /servers/<slug>
	Tab         ServerTab
	Description string
	Status      moorage.ServerStatus
	StatusNote  string
	Failing     bool
	Health      moorage.HealthState // "" when nothing is live
	Endpoint    string
	Deploying   string // URL of a deployment on its way; "" for none
	Owner       string // login, when it is somebody else
	CanManage   bool   // else it may be called only
	CanStop     bool
	CanStart    bool
}

// ServerTab is one of the pages of a server.
type ServerTab string

const (
	TabOverview    ServerTab = "overview"
	TabConnect     ServerTab = "connect"
	TabTools       ServerTab = "tools"
	TabDeployments ServerTab = "deployments"
	TabVariables   ServerTab = "variables"
	TabUsage       ServerTab = "usage"
	TabSettings    ServerTab = "settings"
)

// ServerPage is the overview: can I use it, and how? GET /servers/<slug>. The
// stream at StreamURL sends its head, health and instances again (StreamServer)
// when something changed.
type ServerPage struct {
	Shell      Shell
	Head       ServerHeadView
	StreamURL  string // /servers/<slug>/stream; "" for none
	Health     HealthView
	Source     string
	SourceURL  string
	Transport  string // "stdio", "Streamable HTTP on port 8080"
	Network    string
	Limits     string // "512 MB, 1 CPU, 128 processes"
	Says       string // what it said of itself: "weather 1.2.0, MCP 2025-11-25"
	Owner      string
	Created    parts.Moment
	Deployment *DeploymentRow // the live one; nil for none
	Last       *DeploymentRow // the newest, when it is not the live one
	Tools      []ToolSummary
	Instances  []InstanceRow
	Asks       []string // required variables without a value
	Readme     string   // Markdown, as the repository has it; "" for none
}

// ToolSummary is one tool in a list.
type ToolSummary struct {
	Name        string
	Title       string
	Description string
	URL         string // of the runner page with it open
	Changed     string // "Held back", "Changed 2 days ago", or ""
}

// InstanceRow is one running container.
type InstanceRow struct {
	ID      moorage.InstanceID
	Status  moorage.InstanceStatus
	Commit  string
	Started parts.Moment
	Used    parts.Moment
}

// ToolsPage is the runner page: what does it do when I call it?
//
//	GET  /servers/<slug>/tools           the page; #tool=<name> opens one
//	POST /servers/<slug>/ticket          {"url","expires_at"} for the WebSocket
//	GET  /servers/<slug>/output?after=   OutputTail, while the page's session is open
type ToolsPage struct {
	Shell     Shell
	Head      ServerHeadView
	Notice    ChangesNoticeView // for those who manage the server
	CanCall   bool
	Why       string // why it cannot be called, a sentence, when it cannot
	TicketURL string
	OutputURL string       // "": its output is not this person's to read
	Held      string       // JSON: [kind, name] of each offer that is held
	Tools     []ToolDetail // as stored: shown before the session opens, and with JavaScript off
}

// ToolDetail is one tool with its schema.
type ToolDetail struct {
	Name        string
	Title       string
	Description string
	Held        bool            // not offered until its owner approves it
	Object      json.RawMessage // the whole tool object
	Arguments   []ToolArgument
}

// ToolArgument is one top-level property of a tool's input schema.
type ToolArgument struct {
	Name        string
	Type        string
	Required    bool
	Description string
}

// OutputTailView is the end of what the instances of a server printed.
type OutputTailView struct {
	URL   string // to ask for again
	Lines []parts.LineView
	Empty string // a sentence for none
}

// ServerDeploymentsPage lists the deployments of a server.
// GET /servers/<slug>/deployments?page=
type ServerDeploymentsPage struct {
	Shell Shell
	Head  ServerHeadView
	List  DeploymentListView
}

// VariablesPage is what a server is configured with.
//
//	POST /servers/<slug>/variables          variables.<i>.… (see PlanForm); then=restart | keep
//	POST /servers/<slug>/variables/delete   name
type VariablesPage struct {
	Shell   Shell
	Head    ServerHeadView
	Rows    []VariableRow
	Typed   []VariableField // the form as it was posted, when something in it does not fit
	CanEdit bool
	Trouble *parts.Trouble
}

// VariableRow is one variable with who touched it last.
type VariableRow struct {
	Field     VariableField
	Changed   parts.Moment
	ChangedBy string
}

// SettingsPage is how a server runs.
//
//	POST /servers/<slug>/settings   title, description, ref, subdir, dockerfile, context, and RunForm
//	POST /servers/<slug>/delete     confirm=<slug>
//	POST /servers/<slug>/auto-deploy, …/secret   see AutoDeployView
//	POST /servers/<slug>/sharing, …/add, …/remove   see SharingView
//	POST /servers/<slug>/changes/hold   see ChangesPage
type SettingsPage struct {
	Shell       Shell
	Head        ServerHeadView
	CanEdit     bool
	Title       string
	Description string
	Ref         string
	Subdir      string
	Dockerfile  string
	Context     string
	Run         RunForm
	AutoDeploy  AutoDeployView
	Sharing     SharingView
	ChangesURL  string       // see ChangesPage
	Holds       bool         // changes are held
	Faults      parts.Faults // settings, and "confirm"
	Trouble     *parts.Trouble
}
