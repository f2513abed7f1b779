package handlers

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"moorage"
	"moorage/auth/oauth"
)

const (
	verifier = "a-verifier-of-enough-characters-0123456789-abcdefgh"
	callback = "http://127.0.0.1:7001/callback"
)

// visit is a client that sends the owner of the site to be let in.
type visit struct {
	s        *site
	client   oauth.Registered
	resource string
	form     url.Values // of the authorization request
}

// newVisit registers a client for the endpoint of a server, "" for all.
func newVisit(s *site, slug string) *visit {
	s.t.Helper()
	v := &visit{s: s, resource: strings.TrimSuffix(s.base.String()+"/mcp/"+slug, "/")}
	v.client = v.register(`{"client_name":"Test client","redirect_uris":["` + callback + `"],"token_endpoint_auth_method":"none"}`)
	sum := sha256.Sum256([]byte(verifier))
	v.form = url.Values{
		"response_type": {"code"}, "client_id": {v.client.ClientID}, "redirect_uri": {callback}, "state": {"a b+c&d=é"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}, "resource": {v.resource}, "scope": {"mcp"},
	}
	return v
}

func (v *visit) register(metadata string) oauth.Registered {
	v.s.t.Helper()
	var got oauth.Registered
	v.read(exchange{Method: "POST", URL: "/oauth/register", JSON: metadata, ExpectedStatus: http.StatusCreated}, &got)
	return got
}

// read does an exchange and reads the JSON that comes back.
func (v *visit) read(e exchange, to any) {
	v.s.t.Helper()
	w := v.s.do(e)
	if e.ExpectedStatus != 0 && w.Code != e.ExpectedStatus {
		v.s.t.Errorf("%s %s answers %d, want %d\n%s", e.method(), e.URL, w.Code, e.ExpectedStatus, short(w.Body.String()))
	}
	if err := json.Unmarshal(w.Body.Bytes(), to); err != nil {
		v.s.t.Errorf("%s: %v\n%s", e.URL, err, short(w.Body.String()))
	}
	if strings.HasPrefix(e.URL, "/oauth/") && w.Header().Get("Cache-Control") != "no-store" {
		v.s.t.Errorf("%s may be kept", e.URL)
	}
}

// with is the request with some parameters otherwise; one without a value is left out.
func (v *visit) with(pairs ...string) url.Values {
	form := maps.Clone(v.form)
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			form.Del(pairs[i])
		}
	}
	return form
}

// ask opens the authorization request in a browser.
func (v *visit) ask(as who, form url.Values) *httptest.ResponseRecorder {
	v.s.t.Helper()
	return v.s.do(exchange{URL: "/oauth/authorize?" + form.Encode(), As: as})
}

// decide presses a button of the consent page as the owner.
func (v *visit) decide(decision string, form url.Values) *httptest.ResponseRecorder {
	v.s.t.Helper()
	post := maps.Clone(form)
	post["decision"], post["person"] = []string{decision}, []string{string(v.s.owner.ID)}
	return v.s.do(exchange{Method: "POST", URL: "/oauth/authorize", Body: post, As: browser(v.s.owner)})
}

// answer is the query of the redirect to the client.
func (v *visit) answer(w *httptest.ResponseRecorder) url.Values {
	v.s.t.Helper()
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusSeeOther || to.Path != "/callback" {
		v.s.t.Fatalf("no redirect to the client: %d %s\n%s", w.Code, w.Header().Get("Location"), short(w.Body.String()))
	}
	return to.Query()
}

// code lets the client in.
func (v *visit) code() string {
	v.s.t.Helper()
	code := v.answer(v.decide("allow", v.form)).Get("code")
	if code == "" {
		v.s.t.Fatal("no code")
	}
	return code
}

// trade is the form that trades a code.
func (v *visit) trade(code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {v.client.ClientID}, "code": {code}, "code_verifier": {verifier},
		"redirect_uri": {v.form.Get("redirect_uri")}, "resource": {v.resource},
	}
}

// tokens goes the whole way.
func (v *visit) tokens() oauth.Tokens {
	v.s.t.Helper()
	return v.traded(v.trade(v.code()))
}

// traded posts to the token endpoint what is good.
func (v *visit) traded(form url.Values) oauth.Tokens {
	v.s.t.Helper()
	var got oauth.Tokens
	v.read(exchange{Method: "POST", URL: "/oauth/token", Body: form, ExpectedStatus: ok}, &got)
	return got
}

// refresh is the form that trades a refresh token, with some values otherwise.
func (v *visit) refresh(token string, pairs ...string) url.Values {
	form := url.Values{"grant_type": {"refresh_token"}, "client_id": {v.client.ClientID}, "refresh_token": {token}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// refused posts to the token endpoint what has to be refused with an error.
func (v *visit) refused(form url.Values, want string) {
	v.s.t.Helper()
	status := http.StatusBadRequest
	if want == oauth.InvalidClient {
		status = http.StatusUnauthorized
	}
	var got refusalAnswer
	v.read(exchange{Method: "POST", URL: "/oauth/token", Body: form, ExpectedStatus: status}, &got)
	if got.Error != want {
		v.s.t.Errorf("refused with %+v, want %s", got, want)
	}
}

// may reports whether an access token is good at a resource.
func (v *visit) may(token, resource string) bool {
	v.s.t.Helper()
	_, err := v.s.options.OAuth.Caller(v.s.t.Context(), token, resource)
	if err != nil && moorage.ErrorCode(err) != moorage.Unauthenticated {
		v.s.t.Error(err)
	}
	return err == nil
}

// grants are what a person gave to clients that took it.
func (s *site) grants(u moorage.User) []moorage.OAuthGrant {
	s.t.Helper()
	all, err := s.db.OAuthGrants(s.t.Context(), u.ID)
	must(s.t, err)
	return all
}
