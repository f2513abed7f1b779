package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"moorage/handlers/api"
)

// terminalAt runs a command against a Moorage, with this on stdin.
func terminalAt(t *testing.T, env func(string) string, stdin string, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	var out, said bytes.Buffer
	err := run(t.Context(), args, env, strings.NewReader(stdin), &out, &said)
	if err != nil {
		exit = exitStatus(err)
		said.WriteString(err.Error())
	}
	return out.String(), said.String(), exit
}

// served is a Moorage without an engine, so that deployments stay in the
// queue, and what a terminal needs to speak to it.
func served(t *testing.T, more ...string) func(string) string {
	t.Helper()
	data := t.TempDir()
	made := start(t, data, "token", "create", "--operator", "--name", "ci")
	if made.exit() != 0 {
		t.Fatal(made.stderr)
	}
	base := start(t, data, "serve").says(`Moorage runs at (http://127\.0\.0\.1:\d+)`)[1]
	return environment(append([]string{"MOORAGE_URL", base, "MOORAGE_TOKEN", strings.TrimSpace(made.stdout.String())}, more...)...)
}

func TestATokenWithAScopeDoesWhatItSays(t *testing.T) {
	data := t.TempDir()
	made := start(t, data, "token", "create", "--operator", "--name", "rain", "--scope", "weather */get_*", "--expires", "1h")
	if made.exit() != 0 {
		t.Fatal(made.stderr)
	}
	base := start(t, data, "serve").says(`Moorage runs at (http://127\.0\.0\.1:\d+)`)[1]
	env := environment("MOORAGE_URL", base, "MOORAGE_TOKEN", strings.TrimSpace(made.stdout.String()))
	if out, said, exit := terminalAt(t, env, "", "deploy", "https://example.com/acme/weather"); exit != 0 {
		t.Errorf("%d %s%s", exit, out, said)
	}
	out, said, exit := terminalAt(t, env, "", "deploy", "https://example.com/acme/tides")
	if exit != 1 || out != "" || !strings.Contains(said, "does not reach all of tides") || !strings.Contains(said, "the pattern tides/*") {
		t.Errorf("%d %s%s", exit, out, said)
	}
}

func TestADeploymentIsOrderedListedAndCancelled(t *testing.T) {
	env := served(t, "API_KEY", "from the environment")
	out, said, exit := terminalAt(t, env, "", "servers")
	if exit != 0 || out != "" || !strings.Contains(said, "no servers yet") {
		t.Errorf("%d %s%s", exit, out, said)
	}
	out, said, exit = terminalAt(t, env, "from a pipe\n", "deploy", "--env", "UNITS=a=b", "--secret", "OTHER_KEY", "https://example.com/acme/weather", "--secret=API_KEY", "-branch", "next")
	if exit != 0 || !regexp.MustCompile(`^dep_\w+\n$`).MatchString(out) || !strings.Contains(said, "moorage logs "+strings.TrimSpace(out)+" --follow") {
		t.Fatalf("%d %s%s", exit, out, said)
	}
	id := strings.TrimSpace(out)
	out, _, exit = terminalAt(t, env, "", "servers")
	if exit != 0 || !regexp.MustCompile(`(?m)^NAME +OWNER +STATUS .*\nweather +\S+ +new +0 +\S+ \S+ +https://example.com/acme/weather@next +-$`).MatchString(out) {
		t.Errorf("%d %s", exit, out)
	}
	out, _, exit = terminalAt(t, env, "", "servers", "--json", "--search", "weath")
	var list api.ServerList
	if err := json.Unmarshal([]byte(out), &list); err != nil || exit != 0 || len(list.Servers) != 1 || list.Servers[0].Slug != "weather" {
		t.Errorf("%v %d %s", err, exit, out)
	}
	if _, said, exit = terminalAt(t, env, "", "cancel", id); exit != 0 || said != "The deployment of weather is cancelled.\n" {
		t.Errorf("%d %s", exit, said)
	}
	if _, said, exit = terminalAt(t, env, "", "logs", "--follow", id); exit != 1 || !strings.HasPrefix(said, "The deployment is cancelled.\n") {
		t.Errorf("%d %s", exit, said)
	}
	if _, said, exit = terminalAt(t, env, "", "cancel", id); exit != 1 || !strings.Contains(said, "cancel") {
		t.Errorf("%d %s", exit, said)
	}
	if _, said, exit = terminalAt(t, env, "", "call", "weather", "forecast"); exit != 1 || !strings.Contains(said, "Nothing of weather is live. Deploy it first.") {
		t.Errorf("%d %s", exit, said)
	}
	if _, said, exit = terminalAt(t, env, "", "call", "wether"); exit != 1 || !strings.Contains(said, "moorage servers lists") {
		t.Errorf("%d %s", exit, said)
	}
}

func TestWhatIsWrongWithAnOrderIsSaidByField(t *testing.T) {
	env := served(t)
	for _, tt := range []struct {
		args []string
		exit int
		says string
	}{
		{[]string{"deploy", "git@example.com:acme/weather.git", "--env", "1X=y"}, 1, "\n  /repo: "},
		{[]string{"deploy", "https://example.com/a/b", "--env", "1X=y"}, 1, "\n  /env/1X: "},
		{[]string{"deploy", "https://example.com/a/b", "--env", "X"}, exitUsage, "it is K=V"},
		{[]string{"deploy", "https://example.com/a/b", "--secret", "KEY=hunter22"}, exitUsage, "--secret KEY, its value"},
		{[]string{"deploy", "https://example.com/a/b", "--secret", "KEY"}, exitUsage, "the secret KEY has no value"},
		{[]string{"call", "a", "b", "{"}, exitUsage, "are a JSON object"},
		{[]string{"call", "a", "b", "[1]"}, exitUsage, "are a JSON object"},
	} {
		out, said, exit := terminalAt(t, env, "", tt.args...)
		if exit != tt.exit || !strings.Contains(said, tt.says) || out != "" {
			t.Errorf("%q: exit status %d: %s%s", tt.args, exit, out, said)
		}
		if strings.Contains(said, "hunter22") {
			t.Errorf("a secret is repeated: %s", said)
		}
	}
}

// answering is a Moorage that answers everything so.
func answering(t *testing.T, status int, contentType, body string) func(string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status/100 == 3 {
			w.Header().Set("Location", body)
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return environment("MOORAGE_URL", s.URL, "MOORAGE_TOKEN", "moor_good")
}

func TestTheAnswerOfAToolIsPrintedForPeople(t *testing.T) {
	for _, tt := range []struct {
		result string
		out    string
		said   string
		exit   int
	}{
		{`{"content":[{"type":"text","text":"Hello,"},{"type":"text","text":"Ada."}]}`, "Hello,\nAda.\n", "", 0},
		{`{"content":[{"type":"text","text":"\u001b[31mred\u001b[0m \u001b]0;title\u0007"}]}`, "red ␛]0;title␇\n", "", 0},
		{`{"content":[{"type":"image","mimeType":"image/png","data":"AAAA"},{"type":"resource_link","uri":"file:///a"}]}`, "[image, image/png, 3 bytes: --json shows it]\nfile:///a\n", "", 0},
		{`{"content":[{"type":"resource","resource":{"uri":"x:y","text":"inside"}}]}`, "inside\n", "", 0},
		{`{"content":[],"structuredContent":{"sum":5}}`, "{\n  \"sum\": 5\n}\n", "", 0},
		{`{"content":[{"type":"text","text":"No such city."}],"isError":true}`, "", "No such city.\nexit status 1", 1},
		{`{"content":[],"isError":true}`, "", "The tool says that it failed, and not why.\nexit status 1", 1},
	} {
		env := answering(t, 200, "application/json", `{"result":`+tt.result+`,"duration_ms":3,"instance":"ins_1"}`)
		out, said, exit := terminalAt(t, env, "", "call", "a", "b", "{}")
		if out != tt.out || said != tt.said || exit != tt.exit {
			t.Errorf("%s:\n%q %q %d, want\n%q %q %d", tt.result, out, said, exit, tt.out, tt.said, tt.exit)
		}
		out, _, exit = terminalAt(t, env, `{"from":"stdin"}`, "call", "--json", "a", "b", "-")
		var answer api.CallResult
		if err := json.Unmarshal([]byte(out), &answer); err != nil || answer.DurationMS != 3 || exit != tt.exit {
			t.Errorf("%v: %d %s", err, exit, out)
		}
	}
}

func TestTroubleOnTheWayIsSaidInWords(t *testing.T) {
	for _, tt := range []struct {
		env  func(string) string
		says string
	}{
		{answering(t, 422, "application/problem+json", `{"detail":"The arguments do not fit.","errors":[{"field":"/args/name","message":"Say a name."}]}`), "The arguments do not fit.\n  /args/name: Say a name."},
		{answering(t, 500, "application/problem+json", `{"detail":"Something broke on our side.","request":"ab12"}`), "(reference ab12, as in its log)"},
		{answering(t, 502, "text/html", `<h1>Bad Gateway</h1>`), "answered 502 Bad Gateway, which Moorage would not"},
		{answering(t, 301, "text/html", "https://elsewhere.example.com/"), "sends its visitors elsewhere. Set MOORAGE_URL"},
		{answering(t, 200, "text/html", `<h1>Welcome</h1>`), "read the answer of http://127.0.0.1"},
		{answering(t, 401, "application/problem+json", `{"detail":"Send a header."}`), "does not know the token in MOORAGE_TOKEN"},
	} {
		if _, said, exit := terminalAt(t, tt.env, "", "call", "a", "b"); exit != 1 || !strings.Contains(said, tt.says) {
			t.Errorf("exit status %d, and not %q: %s", exit, tt.says, said)
		}
	}
	_, said, exit := terminalAt(t, environment("MOORAGE_URL", "mcp.example.com", "MOORAGE_TOKEN", "x"), "", "servers")
	if exit != exitUsage || !strings.Contains(said, "MOORAGE_URL is not a URL") {
		t.Errorf("%d %s", exit, said)
	}
}
