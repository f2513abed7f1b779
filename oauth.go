package moorage

import "time"

// OAuthClient is a program that registered itself (RFC 7591). To be registered
// allows nothing: it lasts for good only when a person lets the client in.
type OAuthClient struct {
	ID           string
	Name         string // as it calls itself
	RedirectURIs []string
	AuthMethod   string // RFC 7591, section 2: token_endpoint_auth_method
	SecretHash   []byte // SHA-256; nil for a public client
	CreatedAt    time.Time
	UsedAt       time.Time // the last time that it was let in; zero: never
	ExpiresAt    time.Time // when it is forgotten, unless it has a grant then
}

// OAuthGrant is what a person gave a client: to call one resource as them. All
// codes and tokens hang on a grant, and end with it.
type OAuthGrant struct {
	ID          GrantID
	UserID      UserID
	ClientID    string
	ClientName  string
	ClientHost  string // whose metadata document names the client; "": its name is its own word
	RedirectURI string // a loopback one without its port
	Resource    string // the URL of an endpoint (RFC 8707)
	CreatedAt   time.Time
	LastUsedAt  time.Time // zero: never
	ExpiresAt   time.Time // of the last that is good of it
}

// OAuthCode is an authorization code of a grant (RFC 6749, section 4.1.2). The
// code itself is only in the redirect.
type OAuthCode struct {
	Hash        []byte // SHA-256
	GrantID     GrantID
	RedirectURI string // exactly as it was asked for
	Challenge   string // PKCE, S256 (RFC 7636)
	ExpiresAt   time.Time
	UsedAt      time.Time // zero: not yet
}

// OAuthTokenKind is what a token of a grant is good for.
type OAuthTokenKind string

const (
	OAuthAccess  OAuthTokenKind = "access"  // to call the resource
	OAuthRefresh OAuthTokenKind = "refresh" // to be traded for two new ones, once
)

// OAuthToken is a token of a grant; the token itself has only the client.
type OAuthToken struct {
	Hash      []byte // SHA-256
	GrantID   GrantID
	Kind      OAuthTokenKind
	CreatedAt time.Time
	ExpiresAt time.Time
	SpentAt   time.Time // of a refresh token that was traded; zero: not yet
}
