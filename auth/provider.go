package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/markbates/goth"
	gothgithub "github.com/markbates/goth/providers/github"
	"golang.org/x/oauth2"

	"moorage"
)

const (
	exchangeTimeout = 10 * time.Second
	personCap       = 1 << 20 // bytes of GitHub's answer about a person
	callbackPath    = "/auth/github/callback"
)

// scopes are what an OAuth app asks for: private repositories have no smaller
// one than repo. A GitHub App ignores scopes and writes no code; that is why
// the setup offers it first.
var scopes = []string{"read:user", "read:org", "repo"}

// person is whom GitHub vouches for.
type person struct {
	id     int64 // the account's key; a login may change hands
	login  string
	name   string
	avatar string
}

// provider is goth's for GitHub. It has no way to pass a PKCE verifier or a context,
// so it makes the address, to which the challenge is added, and fetches the
// person; the code is exchanged by golang.org/x/oauth2.
func (a *Auth) provider(c Connection) *gothgithub.Provider {
	return gothgithub.NewCustomisedURL(c.ClientID, c.ClientSecret, a.base+callbackPath,
		a.web+"/login/oauth/authorize", a.web+"/login/oauth/access_token",
		a.api+"/user", a.api+"/user/emails", scopes...)
}

func (a *Auth) oauth(c Connection) *oauth2.Config {
	return &oauth2.Config{
		ClientID:     c.ClientID,
		ClientSecret: c.ClientSecret,
		RedirectURL:  a.base + callbackPath,
		Endpoint: oauth2.Endpoint{
			TokenURL:  a.web + "/login/oauth/access_token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// authorizeURL is the page of GitHub that asks the person.
func (a *Auth) authorizeURL(c Connection, state, verifier string) (string, error) {
	session, err := a.provider(c).BeginAuth(state)
	if err != nil {
		return "", fmt.Errorf("begin a sign-in: %w", err)
	}
	address, err := session.GetAuthURL()
	if err != nil {
		return "", fmt.Errorf("begin a sign-in: %w", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("parse the sign-in address: %w", err)
	}
	q := u.Query()
	q.Set("code_challenge", oauth2.S256ChallengeFromVerifier(verifier))
	q.Set("code_challenge_method", "S256")
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func (a *Auth) exchange(ctx context.Context, c Connection, code, verifier string) (*oauth2.Token, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, a.http)
	token, err := a.oauth(c).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, explainExchange(err)
	}
	return token, nil
}

// explainExchange turns a refused exchange into a sentence. The cause keeps
// GitHub's code and drops its body.
func explainExchange(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return moorage.Errorf(moorage.Unavailable, "GitHub did not finish the sign-in.").
			Try("Try again in a minute.").Because(fmt.Errorf("exchange a code: %w", err))
	}
	cause := fmt.Errorf("exchange a code: GitHub answers %d, %q", refused.Response.StatusCode, refused.ErrorCode)
	switch refused.ErrorCode {
	case "bad_verification_code", "bad_refresh_token", "invalid_grant":
		return moorage.Errorf(moorage.Forbidden, "GitHub does not know this sign-in any more.").Try("Begin again.").Because(cause)
	case "incorrect_client_credentials", "redirect_uri_mismatch", "application_suspended":
		return moorage.Errorf(moorage.Unavailable, "GitHub does not accept this Moorage.").
			Try("An admin has to connect GitHub again: the client id, its secret or the callback address is not right.").Because(cause)
	default:
		return moorage.Errorf(moorage.Unavailable, "GitHub did not finish the sign-in.").Try("Try again in a minute.").Because(cause)
	}
}

// fetch asks GitHub whose token it is.
func (a *Auth) fetch(ctx context.Context, c Connection, token *oauth2.Token) (person, error) {
	p := a.provider(c)
	p.HTTPClient = &http.Client{Transport: bound{ctx}, Timeout: exchangeTimeout}
	user, err := p.FetchUser(&gothgithub.Session{AccessToken: token.AccessToken})
	if err != nil {
		return person{}, explainFetch(err)
	}
	return personOf(user)
}

func explainFetch(err error) error {
	return moorage.Errorf(moorage.Unavailable, "GitHub does not say who you are.").
		Try("Try again in a minute.").Because(fmt.Errorf("fetch the person: %w", err))
}

func personOf(user goth.User) (person, error) {
	id, err := strconv.ParseInt(user.UserID, 10, 64)
	if err != nil || id <= 0 || user.NickName == "" {
		return person{}, explainFetch(fmt.Errorf("an account without id or login: id %q", user.UserID))
	}
	return person{id: id, login: user.NickName, name: user.Name, avatar: user.AvatarURL}, nil
}

// bound gives goth's requests, which have none, a context and a cap.
type bound struct{ ctx context.Context }

func (b bound) RoundTrip(r *http.Request) (*http.Response, error) {
	// The client's own timeout is in the request's context: keep both.
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(b.ctx, cancel)
	resp, err := http.DefaultTransport.RoundTrip(r.WithContext(ctx))
	if err != nil {
		stop()
		cancel()
		return nil, err
	}
	resp.Body = &boundBody{Reader: io.LimitReader(resp.Body, personCap), body: resp.Body, end: func() { stop(); cancel() }}
	return resp, nil
}

type boundBody struct {
	io.Reader
	body io.Closer
	end  func()
}

func (b *boundBody) Close() error {
	defer b.end()
	return b.body.Close()
}
