package oauth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"moorage"
)

const (
	registrationCap = 16 << 10 // bytes
	unusedLife      = 7 * 24 * time.Hour
	usedLife        = 90 * 24 * time.Hour
	unusedKept      = 1000 // clients that nobody ever let in
)

// registration is what a client says of itself (RFC 7591, section 2), in a
// metadata document, too. What else stands in it is ignored.
type registration struct {
	ClientID      string   `json:"client_id,omitempty"` // of a document; or in our answer
	Name          string   `json:"client_name,omitempty"`
	RedirectURIs  []string `json:"redirect_uris"`
	AuthMethod    string   `json:"token_endpoint_auth_method,omitempty"`
	GrantTypes    []string `json:"grant_types,omitempty"`
	ResponseTypes []string `json:"response_types,omitempty"`
}

// Registered is the answer to a registration (RFC 7591, section 3.2.1).
type Registered struct {
	registration
	IssuedAt        int64  `json:"client_id_issued_at"` // unix seconds
	Secret          string `json:"client_secret,omitempty"`
	SecretExpiresAt *int64 `json:"client_secret_expires_at,omitempty"` // 0: never
	Scope           string `json:"scope"`
}

// Register makes a client out of a JSON document from an address. A client
// that nobody lets in is forgotten after a week. Errors are a Refusal, or Limited.
func (s *Server) Register(ctx context.Context, address string, body []byte) (Registered, error) {
	if err := s.limits.allow("register", network(address), registrationsAMinute); err != nil {
		return Registered{}, err
	}
	var asked registration
	if len(body) > registrationCap || json.Unmarshal(body, &asked) != nil {
		return Registered{}, refuse(InvalidMetadata, "The metadata are not a JSON object of at most %d bytes.", registrationCap)
	}
	if err := asked.check(); err != nil {
		return Registered{}, err
	}
	now := s.now()
	got := Registered{registration: asked, IssuedAt: now.Unix(), Scope: Scope}
	got.ClientID, got.Name = idPrefix+rand.Text(), cleanName(asked.Name)
	got.GrantTypes, got.ResponseTypes = []string{grantCode, grantRefresh}, []string{"code"}
	if got.AuthMethod == "" {
		got.AuthMethod = authBasic // RFC 7591, section 2
	}
	c := moorage.OAuthClient{
		ID: got.ClientID, Name: got.Name, RedirectURIs: got.RedirectURIs, AuthMethod: got.AuthMethod, CreatedAt: now, ExpiresAt: now.Add(unusedLife),
	}
	if got.AuthMethod != authNone {
		got.Secret, got.SecretExpiresAt = newSecret(clientPrefix), new(int64)
		c.SecretHash = hash(got.Secret)
	}
	if err := s.db.CreateOAuthClient(ctx, c, unusedKept); err != nil {
		return Registered{}, fmt.Errorf("store a client: %w", err)
	}
	s.log.InfoContext(ctx, "client registered", "client", c.ID)
	return got, nil
}

func (r registration) check() error {
	if len(r.RedirectURIs) == 0 || len(r.RedirectURIs) > redirectsCap {
		return refuse(InvalidRedirect, "A client has 1 to %d redirect_uris.", redirectsCap)
	}
	if len(usable(r.RedirectURIs)) != len(r.RedirectURIs) {
		return refuse(InvalidRedirect, "A redirect_uri is https, or http on a loopback address, or the scheme of an app such as com.example.app, and has no fragment.")
	}
	if r.AuthMethod != "" && !slices.Contains([]string{authNone, authPost, authBasic}, r.AuthMethod) {
		return refuse(InvalidMetadata, "The token_endpoint_auth_method is none, client_secret_post or client_secret_basic.")
	}
	if len(r.GrantTypes) > 0 && !slices.Contains(r.GrantTypes, grantCode) || len(r.ResponseTypes) > 0 && !slices.Contains(r.ResponseTypes, "code") {
		return refuse(InvalidMetadata, "Only the authorization code grant is offered here.")
	}
	return nil
}
