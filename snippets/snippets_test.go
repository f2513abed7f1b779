package snippets

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

var weather = Endpoint{Name: "weather-2", URL: "https://moorage.example/mcp/weather-2"}

func TestEveryClientIsToldBothWays(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Clients(weather) {
		if seen[c.ID] || c.Name == "" || len(c.SignIn) == 0 || len(c.Token) == 0 || url.QueryEscape(c.ID) != c.ID {
			t.Errorf("%q: %+v", c.ID, c)
		}
		seen[c.ID] = true
		signIn, token := texts(c.SignIn), texts(c.Token)
		if !strings.Contains(signIn, weather.URL) || !strings.Contains(token, weather.URL) {
			t.Errorf("%s is not told the address: %s", c.Name, signIn+token)
		}
		if strings.Contains(strings.ToLower(signIn), "authorization") {
			t.Errorf("%s is told to send a token where it signs in: %s", c.Name, signIn)
		}
		if !strings.Contains(token, TokenVariable) && !strings.Contains(token, "${input:moorage-token}") && !strings.Contains(token, "your API token") {
			t.Errorf("%s is not told where the token is: %s", c.Name, token)
		}
	}
}

func TestWhatIsJSONIsReadAsJSON(t *testing.T) {
	for _, c := range Clients(weather) {
		for _, s := range append(c.SignIn, c.Token...) {
			if strings.HasPrefix(s.Text, "{") && !json.Valid([]byte(s.Text)) {
				t.Errorf("%s, %s: %s", c.Name, s.Where, s.Text)
			}
		}
	}
}

func TestInstallLinksSayTheSameAsTheFiles(t *testing.T) {
	for _, c := range Clients(weather) {
		var said struct{ Name, Type, URL string }
		switch c.ID {
		case "vs-code":
			query, ok := strings.CutPrefix(c.Install, "vscode:mcp/install?")
			plain, err := url.PathUnescape(query) // a plus is a plus to it
			if !ok || err != nil || json.Unmarshal([]byte(plain), &said) != nil || said.Name != weather.Name || said.Type != "http" {
				t.Errorf("%s: %+v, %v", c.Install, said, err)
			}
		case "cursor":
			u, err := url.Parse(c.Install)
			if err != nil || u.Scheme != "cursor" || u.Query().Get("name") != weather.Name {
				t.Fatalf("%s: %v", c.Install, err)
			}
			config, err := base64.StdEncoding.DecodeString(u.Query().Get("config"))
			if err != nil || json.Unmarshal(config, &said) != nil {
				t.Errorf("%s: %s, %v", c.Install, config, err)
			}
		default:
			if c.Install != "" {
				t.Errorf("%s has a link that nothing checks", c.Name)
			}
			continue
		}
		if said.URL != weather.URL {
			t.Errorf("%s leads to %q", c.Name, said.URL)
		}
	}
}

func TestOnlyAnAddressWithoutTLSIsAllowedToBeOne(t *testing.T) {
	for address, want := range map[string]bool{weather.URL: false, "http://127.0.0.1:8080/mcp/weather": true} {
		c := claudeDesktop(Endpoint{Name: "weather", URL: address})
		for _, s := range []string{c.SignIn[1].Text, texts(c.Token)} {
			if strings.Contains(s, "--allow-http") != want {
				t.Errorf("%s: %s", address, s)
			}
		}
	}
}

func texts(list []Snippet) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteString(s.Text + "\n")
	}
	return b.String()
}
