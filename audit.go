package moorage

import "time"

// Act is a privileged thing that somebody did. The audit log has a row for
// each, written in the transaction of the act itself.
type Act string

const (
	ActSignIn           Act = "session.start"
	ActSignOut          Act = "session.end"
	ActSignOutAll       Act = "session.end_all" // every browser of a person
	ActSetupLink        Act = "setup.link"      // a one-time link was made
	ActSetup            Act = "setup.redeem"    // and used
	ActPersonCreate     Act = "person.create"   // somebody came for the first time
	ActPersonLink       Act = "person.link"     // another GitHub account than before
	ActPersonRole       Act = "person.role"
	ActAccessAllow      Act = "access.allow"
	ActAccessRemove     Act = "access.remove"
	ActGitHubConnect    Act = "github.connect"
	ActGitHubDisconnect Act = "github.disconnect"
	ActTokenCreate      Act = "token.create"
	ActTokenRevoke      Act = "token.revoke"
	ActClientAllow      Act = "client.allow"  // somebody let an MCP client in
	ActClientRevoke     Act = "client.revoke" // what it was given ended
	ActServerCreate     Act = "server.create"
	ActServerUpdate     Act = "server.update"      // its settings
	ActAutoDeploy       Act = "server.auto_deploy" // how it follows its repository
	ActSharing          Act = "server.sharing"     // who may call it
	ActShare            Act = "server.share"       // somebody was named
	ActUnshare          Act = "server.unshare"     // and is no longer
	ActHoldChanges      Act = "server.hold_changes"
	ActApprove          Act = "server.approve" // what it offers new or otherwise
	ActRecord           Act = "server.record"  // keep what is asked and answered for ten minutes, or no more
	ActServerStop       Act = "server.stop"
	ActServerDelete     Act = "server.delete"
	ActVariableSet      Act = "variable.set"
	ActVariableAsk      Act = "variable.ask" // named without a value
	ActVariableDelete   Act = "variable.delete"
	ActDeploy           Act = "deployment.create"
	ActRedeploy         Act = "deployment.redeploy"
	ActRollback         Act = "deployment.rollback" // also: a stopped server starts again
	ActRetry            Act = "deployment.recover"  // by Moorage, after a restart
	ActCancel           Act = "deployment.cancel"
	ActBackup           Act = "backup.create"
	ActBackupDownload   Act = "backup.download"
	ActBackupRestore    Act = "backup.restore"
)

// Acts are all of them, in the order in which a person looks for them.
func Acts() []Act {
	return []Act{
		ActSignIn, ActSignOut, ActSignOutAll, ActSetupLink, ActSetup,
		ActPersonCreate, ActPersonLink, ActPersonRole, ActAccessAllow, ActAccessRemove,
		ActGitHubConnect, ActGitHubDisconnect, ActTokenCreate, ActTokenRevoke, ActClientAllow, ActClientRevoke,
		ActServerCreate, ActServerUpdate, ActAutoDeploy, ActSharing, ActShare, ActUnshare, ActHoldChanges, ActApprove, ActRecord, ActServerStop, ActServerDelete,
		ActVariableSet, ActVariableAsk, ActVariableDelete,
		ActDeploy, ActRedeploy, ActRollback, ActRetry, ActCancel,
		ActBackup, ActBackupDownload, ActBackupRestore,
	}
}

// Deed is what is written down of an act: what it was done to, and details
// that are names and hashes, never values.
type Deed struct {
	Act     Act
	Target  Target
	Details map[string]string
}

// Target is what something was done to. It is kept by name too: the row
// outlives it.
type Target struct {
	Kind string // server, deployment, person, token, client, access, setting, backup
	ID   string
	Name string
}

// AuditEntry is one row of the audit log. Each holds the hash of the row
// before, so that one that is changed or taken out is noticed.
type AuditEntry struct {
	N     int64 // from 1, without gaps, in the order of the acts
	At    time.Time
	Actor Actor
	Deed
	PreviousHash []byte // SHA-256; empty in the first row
	Hash         []byte // SHA-256 of the row and of PreviousHash
}

// AuditFilter chooses rows of the audit log. Zero values mean "any".
type AuditFilter struct {
	Login  string // of the actor, whole
	Act    Act
	Target string    // in the name of what it was done to, or its whole id
	From   time.Time // the first moment
	Until  time.Time // the first moment after
	Before int64     // rows with a lower number: where a reader goes on
	Limit  int
	Offset int
}

// AuditChain is what a walk along the whole audit log has found.
type AuditChain struct {
	Entries  int64
	Head     []byte // the hash of the newest row
	BrokenAt int64  // the first row that does not fit; 0: the chain is whole
	Why      string // a sentence, when it is broken
}

// Whole reports whether nothing was changed or taken out.
func (c AuditChain) Whole() bool { return c.BrokenAt == 0 }
