package oauth

import (
	"strings"
	"testing"
)

func TestCodesAreSentToWebSitesThisMachineAndApps(t *testing.T) {
	for redirect, want := range map[string]bool{
		"https://app.example/cb":                           true,
		"https://app.example:8443/cb?x=1":                  true,
		"https://[2001:db8::1]/cb":                         true,
		"http://127.0.0.1/cb":                              true,
		"http://127.0.0.1:7001/cb":                         true,
		"http://[::1]:7001/cb":                             true,
		"http://localhost:7001":                            true,
		"cursor://anysphere.cursor-mcp/oauth":              true,
		"com.example.app:/cb":                              true,
		"com.example.app://cb":                             true,
		"":                                                 false,
		"/cb":                                              false,
		"//app.example/cb":                                 false,
		"https:///cb":                                      false,
		"https://app.example/cb#":                          false,
		"https://app.example/cb#x":                         false,
		"https://ada@app.example/cb":                       false,
		"https://app.example;script-src/cb":                false,
		"https://app.example,evil/cb":                      false,
		"https://app.example'/cb":                          false,
		"https://*.example/cb":                             false,
		"https://app.exämple/cb":                           false,
		"https://app.example/c b":                          false,
		"https://app.example/c\nb":                         false,
		"https://[fe80::1%25eth0]/cb":                      false,
		"http://app.example/cb":                            false,
		"http://127.0.0.1.evil.example/cb":                 false,
		"http://127.0.0.2/cb":                              false,
		"http://0x7f.1/cb":                                 false,
		"http://LOCALHOST.evil.example/cb":                 false,
		"javascript:alert(1)":                              false,
		"JavaScript://app.example/%0aalert(1)":             false,
		"data:text/html,x":                                 false,
		"file:///etc/passwd":                               false,
		"ms-msdt:/id":                                      false,
		"mailto:a@b.example":                               false,
		"com.example.app:":                                 false,
		"https://app.example/" + strings.Repeat("a", 2000): false,
	} {
		if got := validRedirect(redirect); got != want {
			t.Errorf("%.60q: %t", redirect, got)
		}
	}
}

func TestARedirectIsTheClientsExactlyButForAPortOfThisMachine(t *testing.T) {
	for _, tt := range []struct {
		own, asked string
		want       bool
	}{
		{"http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb", true},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5/cb", true},
		{"http://127.0.0.1:5/cb", "http://127.0.0.1/cb", true},
		{"http://[::1]:1/cb", "http://[::1]:2/cb", true},
		{"http://localhost:1/cb?a=b", "http://localhost:2/cb?a=b", true},
		{"https://app.example/cb", "https://app.example/cb", true},
		{"http://127.0.0.1:1/cb", "http://localhost:1/cb", false},
		{"http://127.0.0.1:1/cb", "http://127.0.0.1:1/cb/", false},
		{"http://127.0.0.1:1/cb", "http://127.0.0.1:1/cb?a=b", false},
		{"http://127.0.0.1:1/a%2fb", "http://127.0.0.1:1/a/b", false},
		{"http://127.0.0.1:1/cb", "http://x@127.0.0.1:1/cb", false},
		{"https://app.example/cb", "https://app.example:444/cb", false},
		{"https://localhost:1/cb", "https://localhost:2/cb", false},
		{"https://app.example/cb", "https://app.example/cb/../x", false},
		{"https://app.example/cb", "https://app.example/CB", false},
	} {
		if got := registered([]string{"https://other.example/cb", tt.own}, tt.asked); got != tt.want {
			t.Errorf("%s for %s: %t", tt.asked, tt.own, got)
		}
	}
}

func TestAPolicyNamesARedirectsOrigin(t *testing.T) {
	for redirect, want := range map[string]string{
		"https://app.example/cb?x":  "https://app.example",
		"http://127.0.0.1:7001/cb":  "http://127.0.0.1:7001",
		"http://[::1]:7001/cb":      "http:",
		"cursor://anysphere.mcp/cb": "cursor:",
		"com.example.app:/cb":       "com.example.app:",
	} {
		if got := Source(redirect); got != want {
			t.Errorf("%s: %s", redirect, got)
		}
	}
}

func TestTheQueryOfARedirectIsKept(t *testing.T) {
	for redirect, want := range map[string]string{
		"https://app.example/cb":       "https://app.example/cb?a=%26",
		"https://app.example/cb?x=1+2": "https://app.example/cb?x=1+2&a=%26",
		"com.example.app:/cb":          "com.example.app:/cb?a=%26",
	} {
		if got := with(redirect, map[string][]string{"a": {"&"}}); got != want {
			t.Errorf("%s: %s", redirect, got)
		}
	}
}

func TestANameIsOneLineWithoutWhatCannotBeSeen(t *testing.T) {
	for name, want := range map[string]string{
		"Claude Code":                      "Claude Code",
		"  a \n\t b  ":                     "a b",
		"\u202eevil\u0000\u200bname\ufeff": "evilname",
		"\xff名前":                           "名前",
		strings.Repeat("é", 200):           strings.Repeat("é", 100),
	} {
		if got := cleanName(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}
