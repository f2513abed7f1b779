package handlers

import (
	"slices"
	"strings"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// actWords say an act twice: as a choice of the filter, and behind the name of
// who did it, before the name of what it was done to.
var actWords = map[moorage.Act]struct{ label, did string }{
	moorage.ActSignIn:           {"Sign in", "signed in"},
	moorage.ActSignOut:          {"Sign out", "signed out"},
	moorage.ActSignOutAll:       {"End someone's sessions", "ended every session of"},
	moorage.ActSetupLink:        {"Make a setup link", "made a setup link"},
	moorage.ActSetup:            {"Use a setup link", "used a setup link"},
	moorage.ActPersonCreate:     {"Come for the first time", "made the account of"},
	moorage.ActPersonLink:       {"Connect a GitHub account", "connected a GitHub account to"},
	moorage.ActPersonRole:       {"Change a role", "changed the role of"},
	moorage.ActAccessAllow:      {"Let in", "let in"},
	moorage.ActAccessRemove:     {"Let in no longer", "took back the rule for"},
	moorage.ActGitHubConnect:    {"Connect GitHub", "connected this Moorage to GitHub as"},
	moorage.ActGitHubDisconnect: {"Disconnect GitHub", "disconnected this Moorage from GitHub"},
	moorage.ActTokenCreate:      {"Make an API token", "made the API token"},
	moorage.ActTokenRevoke:      {"Revoke an API token", "revoked the API token"},
	moorage.ActClientAllow:      {"Let an MCP client in", "let in the client"},
	moorage.ActClientRevoke:     {"End what a client may do", "ended what was given to the client"},
	moorage.ActServerCreate:     {"Make a server", "made the server"},
	moorage.ActServerUpdate:     {"Change a server's settings", "changed the settings of"},
	moorage.ActAutoDeploy:       {"Change auto-deploy", "changed the auto-deploy of"},
	moorage.ActSharing:          {"Change who may call a server", "changed who may call"},
	moorage.ActShare:            {"Share a server with someone", "shared the server"},
	moorage.ActUnshare:          {"Share a server no longer", "took back the sharing of"},
	moorage.ActHoldChanges:      {"Hold changes, or not", "changed whether changes are held of"},
	moorage.ActApprove:          {"Approve what a server offers", "approved what is offered by"},
	moorage.ActRecord:           {"Record calls, or no more", "changed whether calls are recorded of"},
	moorage.ActServerStop:       {"Stop a server", "stopped the server"},
	moorage.ActServerDelete:     {"Delete a server", "deleted the server"},
	moorage.ActVariableSet:      {"Set a variable", "set a variable of"},
	moorage.ActVariableAsk:      {"Name a variable without a value", "named a variable of"},
	moorage.ActVariableDelete:   {"Delete a variable", "deleted a variable of"},
	moorage.ActDeploy:           {"Deploy", "deployed"},
	moorage.ActRedeploy:         {"Deploy again", "deployed again"},
	moorage.ActRollback:         {"Bring back an earlier image", "brought back an earlier image of"},
	moorage.ActRetry:            {"Take up after a restart", "took up after a restart the deployment of"},
	moorage.ActCancel:           {"Cancel a deployment", "cancelled a deployment of"},
	moorage.ActBackup:           {"Back up", "made the backup"},
	moorage.ActBackupDownload:   {"Download a backup", "downloaded the backup"},
	moorage.ActBackupRestore:    {"Restore a backup", "restored the backup"},
}

// meansWords say how somebody who is no person at a browser came.
var meansWords = map[moorage.Means]string{
	moorage.MeansToken:   "by an API token",
	moorage.MeansClient:  "by a client that they let in",
	moorage.MeansWebhook: "by a webhook",
	moorage.MeansCommand: "on the command line",
}

// nameless say who did it when there is no login.
var nameless = map[moorage.Means]string{
	moorage.MeansSystem:  "Moorage",
	moorage.MeansVisitor: "Somebody",
	moorage.MeansWebhook: "GitHub",
}

func (h auditLog) row(e moorage.AuditEntry) views.AuditRow {
	words, known := actWords[e.Act]
	if !known {
		words.did = string(e.Act) // of a newer Moorage, before a restore
	}
	v := views.AuditRow{
		N: e.N, Who: e.Actor.Login, Did: words.did, What: e.Target.Name, How: meansWords[e.Actor.Means],
		IP: e.Actor.IP, Request: e.Actor.RequestID, At: parts.MomentOf(e.At, h.now()),
	}
	if v.Who == "" {
		v.Who = nameless[e.Actor.Means]
	}
	if e.Target.Kind == "person" && e.Target.ID == string(e.Actor.UserID) && (e.Act == moorage.ActSignIn || e.Act == moorage.ActSignOut) {
		v.What = ""
	}
	for _, name := range sortedKeys(e.Details) {
		v.Details = append(v.Details, auditDetail(name, e.Details[name]))
	}
	return v
}

// A hash is known by its beginning.
const (
	hashLength = 64
	hashShown  = 12
)

func auditDetail(name, value string) views.AuditDetail {
	d := views.AuditDetail{Name: name, Value: value}
	if len(value) == hashLength && strings.HasPrefix(name, "hash") {
		d.Value, d.Whole = value[:hashShown], value
	}
	return d
}

func actOptions(chosen moorage.Act) []parts.Option {
	options := []parts.Option{{Label: "Anything", Selected: chosen == ""}}
	for _, act := range moorage.Acts() {
		options = append(options, parts.Option{Value: string(act), Label: actWords[act].label, Selected: act == chosen})
	}
	return options
}

func personOptions(logins []string, chosen string) []parts.Option {
	options := []parts.Option{{Label: "Anybody", Selected: chosen == ""}}
	if chosen != "" && !slices.Contains(logins, chosen) {
		options = append(options, parts.Option{Value: chosen, Label: chosen, Selected: true})
	}
	for _, login := range logins {
		options = append(options, parts.Option{Value: login, Label: login, Selected: login == chosen})
	}
	return options
}
