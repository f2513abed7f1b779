package handlers

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"moorage"
	"moorage/auth/oauth"
)

func TestAClientIsLetInAndCallsAsThePerson(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	page := v.ask(browser(s.owner), v.form)
	for _, text := range []string{"Let Test client in?", "<strong>ada</strong>", "<strong>weather</strong>", "127.0.0.1:7001", "only its own word", `value="a b+c&amp;d=é"`} {
		if !strings.Contains(page.Body.String(), text) {
			t.Errorf("the page lacks %q\n%s", text, short(page.Body.String()))
		}
	}
	csp := page.Header().Get(headerCSP)
	if !strings.Contains(csp, "; form-action 'self' http://127.0.0.1:7001; ") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("the policy of the page is %q", csp)
	}
	answer := v.answer(v.decide("allow", v.form))
	if answer.Get("state") != "a b+c&d=é" || answer.Get("iss") != s.base.String() || answer.Get("code") == "" || answer.Has("error") {
		t.Fatalf("the client is told %v", answer)
	}
	if len(s.grants(s.owner)) != 0 {
		t.Error("a client is connected that has not taken its tokens")
	}
	got := v.traded(v.trade(answer.Get("code")))
	if !strings.HasPrefix(got.Access, "moora_") || !strings.HasPrefix(got.Refresh, "moorr_") || got.Type != "Bearer" || got.ExpiresIn != 3600 || got.Scope != "mcp" {
		t.Errorf("the tokens are %+v", got)
	}
	caller, err := s.options.OAuth.Caller(t.Context(), got.Access, v.resource)
	must(t, err)
	if caller.User.ID != s.owner.ID || caller.Scope.String() != "weather/*" || caller.Token != string(s.grants(s.owner)[0].ID) {
		t.Errorf("who calls is %+v", caller)
	}
	for _, never := range []string{got.Access, got.Refresh, answer.Get("code"), verifier} {
		if strings.Contains(s.log.String(), never) || strings.Contains(s.state(), never) {
			t.Errorf("%.12s… is in the log or the database", never)
		}
	}
}

func TestAVisitorSignsInAndComesBackToTheQuestion(t *testing.T) {
	s := newSite(t)
	s.reachable()
	must(t, s.db.AddAccessRule(t.Context(), moorage.AccessRule{Kind: moorage.AccessUser, Name: "ada", CreatedBy: s.admin.ID}))
	v := newVisit(s, "weather")
	v.form.Set("state", strings.Repeat("s", 3000))
	b := s.visitor()
	_, _, to := b.visit("GET", "/oauth/authorize?"+v.form.Encode(), nil)
	login, err := url.Parse(to)
	must(t, err)
	if login.Path != "/login" || login.Query().Get("next") != "/oauth/authorize?"+v.form.Encode() {
		t.Fatalf("led to %s", to)
	}
	_, page, _ := b.visit("GET", to, nil)
	begin := "/auth/github?next=" + url.QueryEscape(login.Query().Get("next"))
	if !strings.Contains(page, html.EscapeString(begin)) {
		t.Fatalf("the sign-in forgets where it leads:\n%s", short(page))
	}
	s.hub.SignInAs("ada")
	_, _, begun := b.visit("GET", begin, nil)
	u, err := url.Parse(begun)
	must(t, err)
	_, _, back := b.visit("POST", s.hub.URL+"/login/oauth/authorize", u.Query())
	_, _, to = b.visit("GET", back, nil)
	if status, page, _ := b.visit("GET", to, nil); status != ok || !strings.Contains(page, "Let Test client in?") || !strings.Contains(page, v.form.Get("state")) {
		t.Errorf("after the sign-in, at %.80s: %d\n%s", to, status, short(page))
	}
}

func TestWhatIsWrongWithARequestIsToldTheClientByItsRedirect(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	base := s.base.String()
	twice := v.with()
	twice["scope"] = []string{"a", "b"}
	resources := v.with()
	resources["resource"] = []string{v.resource, base + "/mcp"}
	for name, tt := range map[string]struct {
		form url.Values
		want string
	}{
		"no response_type":      {v.with("response_type", ""), oauth.InvalidRequest},
		"another response_type": {v.with("response_type", "token"), oauth.UnsupportedResponseType},
		"a fragment":            {v.with("response_mode", "fragment"), oauth.InvalidRequest},
		"no challenge":          {v.with("code_challenge", ""), oauth.InvalidRequest},
		"plain PKCE":            {v.with("code_challenge_method", "plain", "code_challenge", verifier), oauth.InvalidRequest},
		"PKCE without method":   {v.with("code_challenge_method", ""), oauth.InvalidRequest},
		"a parameter twice":     {twice, oauth.InvalidRequest},
		"no resource":           {v.with("resource", ""), oauth.InvalidTarget},
		"two resources":         {resources, oauth.InvalidTarget},
		"a foreign resource":    {v.with("resource", "https://elsewhere.example/mcp/weather"), oauth.InvalidTarget},
		"no endpoint":           {v.with("resource", base), oauth.InvalidTarget},
		"a path below":          {v.with("resource", base+"/mcp/weather/x"), oauth.InvalidTarget},
		"a name before":         {v.with("resource", base+".evil.example/mcp/weather"), oauth.InvalidTarget},
		"a query":               {v.with("resource", v.resource+"?a=b"), oauth.InvalidTarget},
		"a fragment behind":     {v.with("resource", v.resource+"#"), oauth.InvalidTarget},
		"no slug":               {v.with("resource", base+"/mcp/We"), oauth.InvalidTarget},
		"a state of two lines":  {v.with("state", "a\nb"), oauth.InvalidRequest},
	} {
		got := v.answer(v.ask(browser(s.owner), tt.form))
		posted := v.answer(v.decide("allow", tt.form))
		if got.Get("error") != tt.want || posted.Get("error") != tt.want || got.Has("code") || posted.Has("code") || got.Get("iss") != base || got.Get("state") != tt.form.Get("state") {
			t.Errorf("%s: the client is told %v and %v, want %s", name, got, posted, tt.want)
		}
	}
	denied := v.answer(v.decide("deny", v.form))
	if denied.Get("error") != oauth.AccessDenied || denied.Has("code") || denied.Get("iss") != base || denied.Get("state") != v.form.Get("state") {
		t.Errorf("denied, the client is told %v", denied)
	}
}

func TestNobodyIsSentToAnAddressThatIsNotTheClients(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	web := v.register(`{"redirect_uris":["https://app.example/cb?x=1"],"token_endpoint_auth_method":"none"}`)
	for _, tt := range []struct{ client, redirect string }{
		{v.client.ClientID, "https://evil.example/callback"},
		{v.client.ClientID, "http://127.0.0.1:7001/other"},
		{v.client.ClientID, "http://127.0.0.1:7001/callback?x"},
		{v.client.ClientID, "http://127.0.0.1:7001/callback#x"},
		{v.client.ClientID, "http://user@127.0.0.1:7001/callback"},
		{v.client.ClientID, "http://localhost:7001/callback"},
		{v.client.ClientID, "http://127.0.0.1.evil.example:7001/callback"},
		{v.client.ClientID, "https://127.0.0.1:7001/callback"},
		{v.client.ClientID, "javascript:alert(1)"},
		{v.client.ClientID, ""},
		{web.ClientID, "https://app.example:444/cb?x=1"},
		{web.ClientID, "https://app.example/cb"},
		{web.ClientID, "https://APP.example/cb?x=1"},
		{"client_NONE", callback},
		{"", callback},
		{"' OR 1=1", callback},
	} {
		form := v.with("client_id", tt.client, "redirect_uri", tt.redirect)
		for _, w := range []*http.Response{v.ask(browser(s.owner), form).Result(), v.decide("allow", form).Result(), v.decide("deny", form).Result()} {
			if w.StatusCode != http.StatusUnprocessableEntity || w.Header.Get("Location") != "" {
				t.Errorf("%+v: %d to %q", tt, w.StatusCode, w.Header.Get("Location"))
			}
		}
	}
	two := v.with()
	two["redirect_uri"] = []string{callback, "https://evil.example/callback"}
	exchange{URL: "/oauth/authorize?" + two.Encode(), As: browser(s.owner), ExpectedStatus: http.StatusUnprocessableEntity}.test(t, s)
}

func TestAnotherPortOfThisMachineIsTheSameRedirect(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	v.form.Set("redirect_uri", "http://127.0.0.1:54321/callback")
	w := v.decide("allow", v.form)
	if to := w.Header().Get("Location"); !strings.HasPrefix(to, "http://127.0.0.1:54321/callback?") {
		t.Fatal(to)
	}
	form := v.trade(v.answer(w).Get("code"))
	form.Set("redirect_uri", callback)
	v.refused(form, oauth.InvalidGrant)
}

func TestAPersonIsAskedOnce(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	v.tokens()
	again := v.with("redirect_uri", "http://127.0.0.1:9999/callback", "state", "2")
	if w := v.ask(browser(s.owner), again); v.answer(w).Get("code") == "" || v.answer(w).Get("state") != "2" {
		t.Errorf("asked again: %s", w.Header().Get("Location"))
	}
	for name, ask := range map[string]struct {
		as   who
		form url.Values
	}{
		"asking is asked for": {browser(s.owner), v.with("prompt", "login consent")},
		"another resource":    {browser(s.owner), v.with("resource", s.base.String()+"/mcp")},
		"another client":      {browser(s.owner), newVisit(s, "weather").form},
		"another person":      {browser(s.other), v.form},
	} {
		if w := v.ask(ask.as, ask.form); w.Code != ok || !strings.Contains(w.Body.String(), "Let Test client in?") {
			t.Errorf("%s: %d %s", name, w.Code, w.Header().Get("Location"))
		}
	}
	exchange{Method: "POST", URL: "/clients/revoke", Body: url.Values{"id": {string(s.grants(s.owner)[0].ID)}}, As: browser(s.owner), ExpectedStatus: moved}.test(t, s)
	if w := v.ask(browser(s.owner), v.form); w.Code != ok {
		t.Errorf("not asked after it was taken back: %d", w.Code)
	}
}

func TestOnlyThePersonWhoWasAskedCanAgree(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	person := string(s.owner.ID)
	again := exchange{Method: "POST", URL: "/oauth/authorize", As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: []string{"Let Test client in?"}}
	for name, form := range map[string]url.Values{
		"nobody was asked":    v.with("decision", "allow"),
		"somebody else was":   v.with("decision", "allow", "person", string(s.other.ID)),
		"nothing was decided": v.with("person", person),
		"something else was":  v.with("person", person, "decision", "ALLOW"),
	} {
		again.Name, again.Body = name, form
		again.test(t, s)
	}
	agreed := v.with("decision", "allow", "person", person)
	for _, from := range []http.Header{header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Site", "same-site"), header("Origin", "https://evil.example")} {
		exchange{Method: "POST", URL: "/oauth/authorize", Body: agreed, As: browser(s.owner), Header: from, ExpectedStatus: http.StatusForbidden}.test(t, s)
	}
	exchange{Name: "nothing counts that stands in the address", Method: "POST", URL: "/oauth/authorize?" + agreed.Encode(), As: browser(s.owner), ExpectedStatus: http.StatusUnprocessableEntity}.test(t, s)
	exchange{Name: "nor a GET", URL: "/oauth/authorize?" + agreed.Encode(), As: browser(s.owner), ExpectedStatus: ok}.test(t, s)
	if strings.Contains(s.state(), "gra_") {
		t.Error("something was given")
	}
}
