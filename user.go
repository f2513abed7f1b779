package moorage

import "time"

// Role decides what a person may do: an admin everything, a member what is
// theirs, and calling what is shared with them.
type Role string

const (
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
)

// User is a person who may sign in. The operator made at first run has no
// GitHub account until they connect one.
type User struct {
	ID         UserID
	GitHubID   int64 // 0: not connected
	Login      string
	Name       string
	AvatarURL  string
	Role       Role
	CreatedAt  time.Time
	LastSeenAt time.Time
}

// WebSession is a signed-in browser. The id itself is only in the cookie.
type WebSession struct {
	IDHash    []byte // SHA-256 of the id
	UserID    UserID
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time // absolute end
	UserAgent string
}

// OAuthState is one sign-in on its way to GitHub and back; it is used once.
type OAuthState struct {
	StateHash   []byte // SHA-256 of the state parameter
	BrowserHash []byte // SHA-256 of the cookie of the browser that began
	Verifier    string // PKCE (RFC 7636)
	Next        string // where the person wanted to go: a local path
	LinkTo      UserID // connect GitHub to this person instead of signing in
	ExpiresAt   time.Time
}

// AccessRule lets a GitHub login, or everyone of an organisation, sign in.
type AccessRule struct {
	Kind      AccessKind
	Name      string
	CreatedBy UserID
	CreatedAt time.Time
}

type AccessKind string

const (
	AccessUser         AccessKind = "user"
	AccessOrganisation AccessKind = "organisation"
)

// APIToken is a personal token for programs; the token itself is shown once.
type APIToken struct {
	ID         TokenID
	UserID     UserID
	Name       string
	Hash       []byte // SHA-256 of the token
	Scope      Scope
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero: never
	LastUsedAt time.Time // zero: never
}
