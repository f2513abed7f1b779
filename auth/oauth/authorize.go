package oauth

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"moorage"
)

// Request is what a client asks a person for (RFC 6749, section 4.1.1). Its client
// and redirect are good, also when the rest of it is not.
type Request struct {
	Client      Client
	RedirectURI string
	Slug        string // of the server that it is to call; "": all
	form        url.Values
}

// parameters are what is read of a request; each stands in it once at most.
var parameters = []string{"client_id", "redirect_uri", "response_type", "response_mode", "state", "code_challenge", "code_challenge_method", "resource", "prompt", "scope"}

// challenge is what S256 makes of a verifier (RFC 7636, section 4.2).
var challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// Read checks the request of a client that sent user here. A Refusal goes back to
// the client (see Refuse); every other error is for a page, because it is not
// known that the redirect is the client's.
func (s *Server) Read(ctx context.Context, user moorage.User, form url.Values) (Request, error) {
	r := Request{RedirectURI: form.Get("redirect_uri"), form: form}
	if len(form["client_id"]) != 1 || len(form["redirect_uri"]) != 1 {
		return Request{}, moorage.Errorf(moorage.Invalid, "The client that sent you here does not say who it is and where to go on.").
			Try("Begin again in the client. If it stays so, its makers have to mend it: client_id and redirect_uri stand in a request once each.")
	}
	var err error
	if r.Client, err = s.client(ctx, user, form.Get("client_id")); err != nil {
		return Request{}, err
	}
	if !validRedirect(r.RedirectURI) || !registered(r.Client.redirects, r.RedirectURI) {
		return Request{}, moorage.Errorf(moorage.Invalid, "The client that sent you here wants the answer at an address that is not one of its own.").
			Try("Do not go on if you followed a link to come here. Otherwise, remove this Moorage from the client and add it again.")
	}
	var ours bool
	if r.Slug, ours = s.slugOf(form.Get("resource")); !ours || len(form["resource"]) != 1 {
		return r, refuse(InvalidTarget, "The resource has to be an MCP endpoint of this Moorage, and stand in the request once.")
	}
	return r, checkParameters(form)
}

func checkParameters(form url.Values) error {
	for _, name := range parameters {
		if len(form[name]) > 1 {
			return refuse(InvalidRequest, "The parameter %s stands in the request more than once.", name)
		}
	}
	switch mode := form.Get("response_mode"); {
	case form.Get("response_type") == "":
		return refuse(InvalidRequest, "The response_type is missing.")
	case form.Get("response_type") != "code":
		return refuse(UnsupportedResponseType, "The response_type has to be code.")
	case mode != "" && mode != "query":
		return refuse(InvalidRequest, "The response_mode has to be query.")
	case form.Get("code_challenge_method") != "S256" || !challenge.MatchString(form.Get("code_challenge")):
		return refuse(InvalidRequest, "PKCE with the code_challenge_method S256 is required.")
	case strings.ContainsAny(form.Get("state"), "\r\n\x00"):
		return refuse(InvalidRequest, "The state holds a line end, which no form keeps as it is.")
	}
	return nil
}

// Form is the request again, for the form in which the person answers it.
func (r Request) Form() url.Values {
	form := url.Values{}
	for _, name := range parameters {
		if r.form.Has(name) {
			form[name] = r.form[name][:1]
		}
	}
	return form
}

// Remembered reports whether the person need not be asked: they gave the same to
// the same client at the same redirect, it still holds, and the client does not
// ask for asking (OpenID Connect Core, section 3.1.2.1: prompt).
func (s *Server) Remembered(ctx context.Context, user moorage.User, r Request) (bool, error) {
	if slices.Contains(strings.Fields(r.form.Get("prompt")), "consent") {
		return false, nil
	}
	given, err := s.db.OAuthGrants(ctx, user.ID)
	if err != nil {
		return false, fmt.Errorf("find what %s gave: %w", user.ID, err)
	}
	return slices.ContainsFunc(given, func(g moorage.OAuthGrant) bool {
		return g.ClientID == r.Client.ID && g.RedirectURI == portless(r.RedirectURI) && g.Resource == s.resource(r.Slug)
	}), nil
}

// Allow gives a client what it asks for, and returns where the person's browser
// goes on: to the client, with a code that is good for a minute, once. asked tells
// that they pressed Allow just now.
func (s *Server) Allow(ctx context.Context, user moorage.User, r Request, asked bool) (string, error) {
	code, now := newSecret(codePrefix), s.now()
	g := moorage.OAuthGrant{
		ID: moorage.NewGrantID(now), UserID: user.ID, ClientID: r.Client.ID, ClientName: r.Client.Title(), ClientHost: r.Client.Host,
		RedirectURI: portless(r.RedirectURI), Resource: s.resource(r.Slug), CreatedAt: now, ExpiresAt: now.Add(codeLife),
	}
	err := s.db.CreateOAuthGrant(ctx, g, moorage.OAuthCode{
		Hash: hash(code), GrantID: g.ID, RedirectURI: r.RedirectURI, Challenge: r.form.Get("code_challenge"), ExpiresAt: g.ExpiresAt,
	}, now.Add(usedLife), asked)
	if err != nil {
		return "", fmt.Errorf("store a grant: %w", err)
	}
	s.log.InfoContext(ctx, "client let in", "grant", g.ID, "user", user.ID, "client", g.ClientID, "asked", asked)
	return s.back(r, url.Values{"code": {code}}), nil
}

// Refuse returns where the person's browser goes on with a refusal (RFC 6749,
// section 4.1.2.1).
func (s *Server) Refuse(r Request, why *Refusal) string {
	return s.back(r, url.Values{"error": {why.Code}, "error_description": {why.Description}})
}

// Deny is the refusal of a person who does not agree.
func Deny() *Refusal { return refuse(AccessDenied, "The person did not agree.") }

// back adds the state, as it came, and the issuer (RFC 9207, section 2).
func (s *Server) back(r Request, q url.Values) string {
	q.Set("iss", s.base)
	if state := r.form.Get("state"); state != "" {
		q.Set("state", state)
	}
	return with(r.RedirectURI, q)
}
