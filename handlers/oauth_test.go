package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/auth/oauth"
)

func TestATokenIsGoodForItsEndpointAlone(t *testing.T) {
	s := newSite(t)
	one, all := newVisit(s, "weather"), newVisit(s, "")
	oneToken, allToken := one.tokens().Access, all.tokens().Access
	base := s.base.String()
	for _, tt := range []struct {
		token, resource string
		want            bool
	}{
		{oneToken, base + "/mcp/weather", true},
		{oneToken, base + "/mcp/tides", false},
		{oneToken, base + "/mcp", false},
		{oneToken, "https://elsewhere.example/mcp/weather", false},
		{oneToken, base + "/mcp/weather/", false},
		{oneToken, "", false},
		{allToken, base + "/mcp", true},
		{allToken, base + "/mcp/weather", false},
		{"moora_" + strings.Repeat("a", 58), base + "/mcp", false},
		{"", base + "/mcp", false},
		{all.tokens().Refresh, base + "/mcp", false},
		{s.token(s.owner), base + "/mcp", false},
	} {
		if got := one.may(tt.token, tt.resource); got != tt.want {
			t.Errorf("%.14s at %s: %t", tt.token, tt.resource, got)
		}
	}
	caller, err := s.options.OAuth.Caller(t.Context(), allToken, base+"/mcp")
	must(t, err)
	if len(caller.Scope) != 0 {
		t.Errorf("the scope of all is %q", caller.Scope)
	}
	exchange{URL: "/api/servers", Header: header("Authorization", "Bearer "+allToken), ExpectedStatus: http.StatusUnauthorized}.test(t, s)
}

func TestACodeIsGoodForWhoAskedForItAndForAMinute(t *testing.T) {
	s := newSite(t)
	v, other := newVisit(s, "weather"), newVisit(s, "weather")
	for name, tt := range map[string]struct {
		change func(url.Values)
		want   string
	}{
		"a wrong verifier":     {func(f url.Values) { f.Set("code_verifier", strings.ToUpper(verifier)) }, oauth.InvalidGrant},
		"no verifier":          {func(f url.Values) { f.Del("code_verifier") }, oauth.InvalidGrant},
		"another redirect":     {func(f url.Values) { f.Set("redirect_uri", callback+"x") }, oauth.InvalidGrant},
		"another's code":       {func(f url.Values) { f.Set("client_id", other.client.ClientID) }, oauth.InvalidGrant},
		"another resource":     {func(f url.Values) { f.Set("resource", s.base.String()+"/mcp") }, oauth.InvalidTarget},
		"a foreign resource":   {func(f url.Values) { f.Set("resource", "https://elsewhere.example/mcp") }, oauth.InvalidTarget},
		"no code":              {func(f url.Values) { f.Del("code") }, oauth.InvalidGrant},
		"a code of nobody":     {func(f url.Values) { f.Set("code", "moorc_"+strings.Repeat("a", 58)) }, oauth.InvalidGrant},
		"no grant_type":        {func(f url.Values) { f.Del("grant_type") }, oauth.InvalidRequest},
		"another grant_type":   {func(f url.Values) { f.Set("grant_type", "password") }, oauth.UnsupportedGrantType},
		"something twice":      {func(f url.Values) { f.Add("code", "x") }, oauth.InvalidRequest},
		"no client":            {func(f url.Values) { f.Del("client_id") }, oauth.InvalidClient},
		"an unknown client":    {func(f url.Values) { f.Set("client_id", "client_NONE") }, oauth.InvalidClient},
		"a secret of a public": {func(f url.Values) { f.Set("client_secret", "x") }, oauth.InvalidClient},
		"a document's client":  {func(f url.Values) { f.Set("client_id", "https://app.example/client") }, oauth.InvalidGrant},
	} {
		form := v.trade(v.code())
		tt.change(form)
		t.Log(name)
		v.refused(form, tt.want)
	}
	code := v.code()
	s.pass(time.Minute)
	v.refused(v.trade(code), oauth.InvalidGrant)
	spoilt := v.trade(v.code())
	spoilt.Set("code_verifier", "x")
	v.refused(spoilt, oauth.InvalidGrant)
	spoilt.Set("code_verifier", verifier)
	v.refused(spoilt, oauth.InvalidGrant) // it had its attempt
	if n := len(s.grants(s.owner)); n != 0 {
		t.Errorf("%d grants came of it", n)
	}
}

func TestACodeUsedTwiceTakesBackWhatItGave(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	code := v.code()
	got := v.traded(v.trade(code))
	v.refused(v.trade(code), oauth.InvalidGrant)
	if v.may(got.Access, v.resource) {
		t.Error("the token of a code that came twice is good")
	}
	v.refused(v.refresh(got.Refresh), oauth.InvalidGrant)
	if e := audit(s)[0]; e.Act != moorage.ActClientRevoke || e.Actor.Means != moorage.MeansClient || e.Actor.Login != "ada" || e.Details["why"] != "its code came a second time" {
		t.Errorf("written down is %+v", e)
	}
}

func TestARefreshTokenIsGoodOnce(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	first := v.tokens()
	s.pass(time.Hour)
	if v.may(first.Access, v.resource) {
		t.Error("an access token is good after an hour")
	}
	v.refused(v.refresh(first.Refresh, "resource", s.base.String()+"/mcp"), oauth.InvalidTarget)
	v.refused(v.refresh(first.Refresh, "client_id", newVisit(s, "").client.ClientID), oauth.InvalidGrant)
	v.refused(v.refresh(first.Access), oauth.InvalidGrant)
	second := v.traded(v.refresh(first.Refresh, "resource", v.resource))
	if !v.may(second.Access, v.resource) || second.Refresh == first.Refresh {
		t.Fatalf("the new tokens are %+v", second)
	}
	if n := len(s.grants(s.owner)); n != 1 {
		t.Errorf("%d grants", n)
	}
	v.refused(v.refresh(first.Refresh), oauth.InvalidGrant)
	if v.may(second.Access, v.resource) || len(s.grants(s.owner)) != 0 {
		t.Error("a refresh token came twice, and what came of it is good")
	}
	v.refused(v.refresh(second.Refresh), oauth.InvalidGrant)
}

func TestAGrantThatIsNotUsedEnds(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	got := v.tokens()
	s.pass(30*24*time.Hour - time.Second)
	next := v.traded(v.refresh(got.Refresh))
	s.pass(30 * 24 * time.Hour)
	v.refused(v.refresh(next.Refresh), oauth.InvalidGrant)
	if len(s.grants(s.owner)) != 0 {
		t.Error("what has expired is listed")
	}
}

func TestWhoMayNotComeInAnyMoreHasNoClients(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	got, code := v.tokens(), v.code()
	must(t, s.auth.SignOutEverywhere(t.Context(), s.owner.ID))
	if v.may(got.Access, v.resource) {
		t.Error("an access token outlives the access of its person")
	}
	v.refused(v.trade(code), oauth.InvalidGrant)
}

func TestAClientGivesItsTokensUp(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	give := func(token, client string) exchange {
		return exchange{Method: "POST", URL: "/oauth/revoke", Body: url.Values{"token": {token}, "client_id": {client}}, ExpectedStatus: ok}
	}
	got := v.tokens()
	foreign := give(got.Refresh, newVisit(s, "").client.ClientID)
	foreign.ExpectedStatus = http.StatusBadRequest
	foreign.test(t, s)
	give("nothing", v.client.ClientID).test(t, s)
	give("moora_"+strings.Repeat("a", 58), v.client.ClientID).test(t, s)
	if !v.may(got.Access, v.resource) {
		t.Fatal("the token has ended")
	}
	give(got.Access, v.client.ClientID).test(t, s)
	give(got.Access, v.client.ClientID).test(t, s)
	if v.may(got.Access, v.resource) || len(s.grants(s.owner)) != 1 {
		t.Error("an access token does not end alone")
	}
	next := v.traded(v.refresh(got.Refresh))
	give(next.Refresh, v.client.ClientID).test(t, s)
	if v.may(next.Access, v.resource) || len(s.grants(s.owner)) != 0 {
		t.Error("a refresh token does not end its grant")
	}
	if e := audit(s)[0]; e.Act != moorage.ActClientRevoke || e.Actor.Means != moorage.MeansClient || e.Details["why"] != "the client gave it up" {
		t.Errorf("written down is %+v", e)
	}
}

func TestAConfidentialClientProvesItself(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	for _, method := range []string{"client_secret_post", "client_secret_basic", ""} {
		v.client = v.register(fmt.Sprintf(`{"redirect_uris":[%q],"token_endpoint_auth_method":%q}`, callback, method))
		if v.client.Secret == "" || v.client.SecretExpiresAt == nil || *v.client.SecretExpiresAt != 0 {
			t.Fatalf("registered as %+v", v.client)
		}
		v.form.Set("client_id", v.client.ClientID)
		plain := v.trade(v.code())
		posted := v.trade(plain.Get("code"))
		posted.Set("client_secret", v.client.Secret)
		basic := http.Request{Header: http.Header{}}
		basic.SetBasicAuth(v.client.ClientID, v.client.Secret)
		right := exchange{Method: "POST", URL: "/oauth/token", Body: plain, Header: basic.Header}
		wrong := exchange{Method: "POST", URL: "/oauth/token", Body: posted}
		if method == "client_secret_post" {
			right, wrong = wrong, right
		}
		v.refused(plain, oauth.InvalidClient)
		wrong.ExpectedStatus = http.StatusUnauthorized
		if w := wrong.test(t, s); !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Basic ") {
			t.Error("it is not said how a client proves itself")
		}
		exchange{Name: "both", Method: "POST", URL: "/oauth/token", Body: posted, Header: basic.Header, ExpectedStatus: http.StatusBadRequest}.test(t, s)
		right.ExpectedStatus = ok
		right.test(t, s)
		if strings.Contains(s.state(), v.client.Secret) {
			t.Error("the database holds a client's secret")
		}
	}
}

func TestAClientIsRegisteredOnlyWithWhatMayBeUsed(t *testing.T) {
	s := newSite(t)
	const web = `"redirect_uris":["https://app.example/cb"]`
	for body, want := range map[string]string{
		`x`:                   oauth.InvalidMetadata,
		`[]`:                  oauth.InvalidMetadata,
		`{}`:                  oauth.InvalidRedirect,
		`{"redirect_uris":5}`: oauth.InvalidMetadata,
		`{"redirect_uris":["http://evil.example/cb"]}`:                                                         oauth.InvalidRedirect,
		`{"redirect_uris":["https://app.example/cb","javascript:alert(1)"]}`:                                   oauth.InvalidRedirect,
		`{"redirect_uris":[` + strings.TrimSuffix(strings.Repeat(`"https://app.example/cb",`, 21), ",") + `]}`: oauth.InvalidRedirect,
		`{` + web + `,"token_endpoint_auth_method":"private_key_jwt"}`:                                         oauth.InvalidMetadata,
		`{` + web + `,"grant_types":["client_credentials"]}`:                                                   oauth.InvalidMetadata,
		`{` + web + `,"response_types":["token"]}`:                                                             oauth.InvalidMetadata,
		`{` + web + `,"client_name":"` + strings.Repeat("a", 17<<10) + `"}`:                                    oauth.InvalidMetadata,
	} {
		w := exchange{Method: "POST", URL: "/oauth/register", JSON: body, ExpectedStatus: http.StatusBadRequest}.test(t, s)
		var got refusalAnswer
		must(t, json.Unmarshal(w.Body.Bytes(), &got))
		if got.Error != want {
			t.Errorf("%.80s is refused with %+v, want %s", body, got, want)
		}
	}
	v := newVisit(s, "")
	got := v.register(`{"client_name":"\u202eevil\u0000 \n<b>name</b>\u200b","redirect_uris":["` + callback + `","cursor://anysphere.cursor-mcp/oauth/callback"],"token_endpoint_auth_method":"none","software_id":"x"}`)
	if got.Name != "evil <b>name</b>" || got.Secret != "" || len(got.RedirectURIs) != 2 || strings.Join(got.GrantTypes, " ") != "authorization_code refresh_token" {
		t.Errorf("registered as %+v", got)
	}
	page := v.ask(browser(s.owner), v.with("client_id", got.ClientID, "redirect_uri", "cursor://anysphere.cursor-mcp/oauth/callback"))
	if !strings.Contains(page.Header().Get(headerCSP), "form-action 'self' cursor:;") || strings.Contains(page.Body.String(), "<b>name") {
		t.Errorf("%s\n%s", page.Header().Get(headerCSP), short(page.Body.String()))
	}
}

func TestOneAddressRegistersFewClients(t *testing.T) {
	s := newSite(t)
	post := func(caller int) int {
		s.callers = caller // the next call comes from this one's address
		return s.do(exchange{Method: "POST", URL: "/oauth/register", JSON: `{"redirect_uris":["` + callback + `"]}`}).Code
	}
	for range 10 {
		if got := post(0); got != http.StatusCreated {
			t.Fatalf("%d", got)
		}
	}
	if got := post(0); got != http.StatusTooManyRequests {
		t.Errorf("the eleventh within a minute: %d", got)
	}
	if got := post(1000); got != http.StatusCreated {
		t.Errorf("from another address: %d", got)
	}
	s.pass(time.Minute)
	if got := post(0); got != http.StatusCreated {
		t.Errorf("a minute later: %d", got)
	}
}

func TestTheServerDescribesItself(t *testing.T) {
	s := newSite(t)
	var m oauth.Metadata
	v := newVisit(s, "")
	v.read(exchange{URL: "/.well-known/oauth-authorization-server", ExpectedStatus: ok}, &m)
	base := s.base.String()
	if m.Issuer != base || m.TokenEndpoint != base+"/oauth/token" || !m.IssInResponse || !m.ClientDocuments || strings.Join(m.ChallengeMethods, " ") != "S256" {
		t.Errorf("%+v", m)
	}
	for path, want := range map[string]string{"/mcp": base + "/mcp", "/mcp/weather": base + "/mcp/weather", "/mcp/nothing-here": base + "/mcp/nothing-here"} {
		var r oauth.ResourceMetadata
		v.read(exchange{URL: "/.well-known/oauth-protected-resource" + path, ExpectedStatus: ok}, &r)
		if r.Resource != want || len(r.AuthorizationServers) != 1 || r.AuthorizationServers[0] != base || r.BearerMethods[0] != "header" {
			t.Errorf("%s: %+v", path, r)
		}
	}
	for _, path := range []string{"oauth-protected-resource", "oauth-protected-resource/mcp/No%20Slug", "openid-configuration", "oauth-authorization-server/mcp/weather"} {
		exchange{URL: "/.well-known/" + path, ExpectedStatus: http.StatusNotFound}.test(t, s)
	}
	there := s.do(exchange{URL: "/.well-known/oauth-protected-resource/mcp/weather"}).Body.String()
	absent := s.do(exchange{URL: "/.well-known/oauth-protected-resource/mcp/weathen"}).Body.String()
	if strings.ReplaceAll(absent, "weathen", "weather") != there {
		t.Errorf("what is there and what is not differ:\n%s\n%s", there, absent)
	}
}
