package oauth

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"time"

	"moorage"
)

// The grants that are traded for tokens (RFC 6749, sections 4.1.3 and 6).
const (
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
)

// Tokens are what a client gets (RFC 6749, section 5.1).
type Tokens struct {
	Access    string `json:"access_token"`
	Type      string `json:"token_type"`
	ExpiresIn int    `json:"expires_in"` // seconds
	Refresh   string `json:"refresh_token"`
	Scope     string `json:"scope"`
}

// Token answers the token endpoint: a code or a refresh token is traded for
// tokens. Errors are a Refusal, or Limited.
func (s *Server) Token(ctx context.Context, address string, c Credentials, form url.Values) (Tokens, error) {
	if err := s.limits.allow("token", network(address), tokensAMinute); err != nil {
		return Tokens{}, err
	}
	for name, values := range form {
		if len(values) > 1 {
			return Tokens{}, refuse(InvalidRequest, "A parameter stands in the request more than once.")
		}
		if values[0] == "" {
			delete(form, name) // RFC 6749, section 3.2: as if it were not there
		}
	}
	if err := s.prove(ctx, c); err != nil {
		return Tokens{}, err
	}
	switch form.Get("grant_type") {
	case grantCode:
		return s.exchange(ctx, c, form)
	case grantRefresh:
		return s.refresh(ctx, c, form)
	case "":
		return Tokens{}, refuse(InvalidRequest, "The grant_type is missing.")
	}
	return Tokens{}, refuse(UnsupportedGrantType, "The grant_type is authorization_code or refresh_token.")
}

// exchange trades a code for tokens. A code is good for one attempt: one that
// fails takes it back, and one that comes again ends what it gave.
func (s *Server) exchange(ctx context.Context, c Credentials, form url.Values) (Tokens, error) {
	bad := refuse(InvalidGrant, "The code is not good, used, too old, or of another client.")
	if !isSecret(codePrefix, form.Get("code")) {
		return Tokens{}, bad
	}
	code, g, err := s.db.OAuthCode(ctx, hash(form.Get("code")))
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return Tokens{}, bad
	case err != nil:
		return Tokens{}, fmt.Errorf("find a code: %w", err)
	case g.ClientID != c.ID:
		return Tokens{}, bad
	}
	if code.UsedAt.IsZero() {
		if why := s.unfit(code, g, form); why != nil {
			if err := s.db.ForgetOAuthGrant(ctx, g.ID); err != nil {
				return Tokens{}, fmt.Errorf("take back grant %s: %w", g.ID, err)
			}
			return Tokens{}, why
		}
	}
	made, kept := s.newTokens(g.ID)
	return s.given(ctx, g, made, bad, s.db.RedeemOAuthCode(ctx, code, kept...))
}

// unfit says why a code is not good for this request, or nil. The redirect and
// the resource may be left out (OAuth 2.1, section 4.1.3; RFC 8707, section 2.2): the
// code is bound to both.
func (s *Server) unfit(code moorage.OAuthCode, g moorage.OAuthGrant, form url.Values) error {
	sum := hash(form.Get("code_verifier"))
	switch {
	case !s.now().Before(code.ExpiresAt):
		return refuse(InvalidGrant, "The code is not good, used, too old, or of another client.")
	case form.Has("redirect_uri") && form.Get("redirect_uri") != code.RedirectURI:
		return refuse(InvalidGrant, "The redirect_uri is not that of the authorization request.")
	case !equal([]byte(base64.RawURLEncoding.EncodeToString(sum)), []byte(code.Challenge)):
		return refuse(InvalidGrant, "The code_verifier does not fit the code_challenge.")
	}
	return s.otherTarget(g, form)
}

// refresh trades a refresh token for new tokens. One that was traded before is in
// two hands, so nobody keeps what came of it (RFC 9700, section 4.14.2).
func (s *Server) refresh(ctx context.Context, c Credentials, form url.Values) (Tokens, error) {
	bad := refuse(InvalidGrant, "The refresh token is not good, used, too old, or of another client.")
	if !isSecret(refreshPrefix, form.Get("refresh_token")) {
		return Tokens{}, bad
	}
	token, g, err := s.db.OAuthToken(ctx, hash(form.Get("refresh_token")))
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return Tokens{}, bad
	case err != nil:
		return Tokens{}, fmt.Errorf("find a refresh token: %w", err)
	case g.ClientID != c.ID || token.Kind != moorage.OAuthRefresh || !s.now().Before(token.ExpiresAt):
		return Tokens{}, bad
	}
	if err := s.otherTarget(g, form); err != nil {
		return Tokens{}, err
	}
	made, kept := s.newTokens(g.ID)
	return s.given(ctx, g, made, bad, s.db.RotateOAuthToken(ctx, token, kept...))
}

// otherTarget refuses a resource that is not the one of the grant.
func (s *Server) otherTarget(g moorage.OAuthGrant, form url.Values) error {
	if !form.Has("resource") {
		return nil
	}
	if slug, ours := s.slugOf(form.Get("resource")); !ours || s.resource(slug) != g.Resource {
		return refuse(InvalidTarget, "The resource is not the one that the person agreed to.")
	}
	return nil
}

// given hands tokens out when they are stored. What was used before is refused.
func (s *Server) given(ctx context.Context, g moorage.OAuthGrant, made Tokens, bad *Refusal, err error) (Tokens, error) {
	switch moorage.ErrorCode(err) {
	case "":
		return made, nil
	case moorage.Conflict, moorage.NotFound:
		s.log.WarnContext(ctx, "grant ended: used a second time", "grant", g.ID, "user", g.UserID, "client", g.ClientID, "err", err)
		return Tokens{}, bad
	}
	return Tokens{}, fmt.Errorf("store the tokens of grant %s: %w", g.ID, err)
}

// newTokens makes an access and a refresh token, for the client and for us.
func (s *Server) newTokens(id moorage.GrantID) (Tokens, []moorage.OAuthToken) {
	now := s.now()
	made := Tokens{
		Access: newSecret(accessPrefix), Type: "Bearer", ExpiresIn: int(accessLife / time.Second), Refresh: newSecret(refreshPrefix), Scope: Scope,
	}
	return made, []moorage.OAuthToken{
		{Hash: hash(made.Access), GrantID: id, Kind: moorage.OAuthAccess, CreatedAt: now, ExpiresAt: now.Add(accessLife)},
		{Hash: hash(made.Refresh), GrantID: id, Kind: moorage.OAuthRefresh, CreatedAt: now, ExpiresAt: now.Add(refreshLife)},
	}
}
