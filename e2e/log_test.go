package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/r3labs/sse/v2"
	"gopkg.in/cenkalti/backoff.v1"
)

func TestALongLogIsReadWithNoGapAndNoRepeat(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	const many = 20_000
	h.publish("mill", mill(h.run("grind", strconv.Itoa(many), "20ms"), `CMD ["/mill", "serve", "1"]`))
	token := h.token()
	id := p.deploy("mill")

	printed := make(chan string, 1)
	go func() {
		out, stderr, status := h.moorage([]string{"MOORAGE_URL=" + h.url, "MOORAGE_TOKEN=" + token}, "logs", id, "-follow")
		if status != 0 || !strings.Contains(stderr, "Live at "+h.url) {
			t.Errorf("moorage logs -follow ends with %d and says %q", status, stderr)
		}
		printed <- out
	}()
	lines, connections := followInPieces(t, h.url+"/api/deployments/"+id+"/log", token)
	if connections < 10 {
		t.Errorf("it was read over %d connections, which proves little", connections)
	}
	p.settled("live")
	everyGrainOnce(p, many)

	status, text := h.get("/api/deployments/"+id+"/log", token)
	if status != http.StatusOK {
		t.Fatalf("the log as text: %d", status)
	}
	whole := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(whole) < many {
		t.Errorf("the log as text has %d lines", len(whole))
	}
	sameLines(t, "the stream", lines, whole)
	sameLines(t, "moorage logs -follow", strings.Split(strings.TrimSuffix(<-printed, "\n"), "\n"), whole)
	if out, _, _ := h.moorage([]string{"MOORAGE_URL=" + h.url, "MOORAGE_TOKEN=" + token}, "logs", id); out != text {
		t.Error("moorage logs prints something else")
	}
	searchAndLink(p, id)
}

// searchAndLink finds a line, and opens the link to it.
func searchAndLink(p *page, id string) {
	p.t.Helper()
	p.touch("#log-q")
	p.typeText("grain 12345")
	p.seesIn("#log-hits", "1 line with “grain 12345”")
	p.touch("#log-hits a")
	p.until("the line is marked and in sight", `(() => { const line = document.querySelector(".line.marked"); return line?.textContent.includes("grain 12345") && line.getBoundingClientRect().top > 0 && line.getBoundingClientRect().bottom < innerHeight; })()`)
	hash := look[string](p, "location.hash")
	p.open("about:blank")
	p.open("/deployments/" + id + hash)
	p.until("the link opens at the line", `document.querySelector(".line.marked")?.textContent.includes("grain 12345")`)
}

// sameLines wants two readings of a log to be the same.
func sameLines(t *testing.T, name string, got, want []string) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("%s: line %d is %q, not %q", name, i+1, got[i], want[i])
			return
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s has %d lines, not %d", name, len(got), len(want))
	}
}

// followInPieces reads a stream to its end over connections that are cut in the
// middle, each with the Last-Event-ID of the one before.
func followInPieces(t *testing.T, address, token string) (lines []string, connections int) {
	t.Helper()
	last, ended := "", false
	for !ended {
		connections++
		ctx, cut := context.WithTimeout(t.Context(), 4*patience)
		client := sse.NewClient(address, sse.ClientMaxBufferSize(1<<20))
		client.Headers["Authorization"] = "Bearer " + token
		client.Connection = &http.Client{}
		client.ReconnectStrategy = &backoff.StopBackOff{}
		if last != "" {
			client.LastEventID.Store([]byte(last))
		}
		quota := 1 + connections*191%2500 // lines of this connection
		err := client.SubscribeRawWithContext(ctx, func(e *sse.Event) {
			if quota <= 0 || ended {
				return // what was on the way when it was cut
			}
			switch string(e.Event) {
			case "end":
				ended = true
				cut()
				return
			case "line":
			default:
				return // a sign of life
			}
			if quota--; quota == 0 {
				defer cut()
			}
			var l struct {
				Seq  int64
				Text string
			}
			if err := json.Unmarshal(e.Data, &l); err != nil {
				t.Errorf("an event is no line: %q", e.Data)
			}
			if l.Seq != int64(len(lines)+1) {
				t.Errorf("after line %d comes line %d", len(lines), l.Seq)
			}
			lines, last = append(lines, l.Text), string(e.ID)
		})
		if ctx.Err() == nil && err != nil {
			t.Logf("a connection ended with %v", err)
		}
		if ctx.Err() == context.DeadlineExceeded || t.Context().Err() != nil {
			t.Fatalf("the stream does not end; %d lines came", len(lines))
		}
		cut()
	}
	return lines, connections
}

func TestASecretThatABuildPrintsIsNowhere(t *testing.T) {
	const secret = "open sesame/7&ü+quern"
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", with(
		mill(`ENV MILL_KEY=""`, `COPY key.txt /key.txt`, h.run("reveal", "/key.txt"), `CMD ["/mill", "serve", "1"]`),
		map[string]string{"key.txt": secret + "\n"},
	))
	p.open("/repos/octocat/mill")
	p.until("there is a plan", `document.querySelector("#plan-form")`)
	p.fill("MILL_KEY", secret)
	p.pressIn("#main", "Deploy")
	id := p.deploymentID()
	p.settled("live")
	p.logSays("revealed")
	if got := p.call("mill", "key_length"); !strings.Contains(got, "The key has 22 characters.") {
		t.Errorf("the server has another key: %s", got)
	}

	p.open("/deployments/" + id)
	p.settled("live")
	shown := look[string](p, "document.documentElement.outerHTML")
	_, text := h.get("/api/deployments/"+id+"/log", h.token())
	p.open("/servers/mill/variables")
	p.until("the variable is there", "("+field("MILL_KEY")+")()")
	variables := look[string](p, "document.documentElement.outerHTML")
	h.stop() // what is in memory goes to the files
	places := map[string]string{"the page": shown, "log.txt": text, "the page of the variables": variables, "the log of the process": h.log.String()}
	for name, content := range files(t, h.data) {
		places[name] = content
	}
	for place, content := range places {
		for form, value := range map[string]string{
			"plain": secret, "base64": base64.StdEncoding.EncodeToString([]byte(secret)), "url-encoded": url.QueryEscape(secret), "path-encoded": url.PathEscape(secret),
		} {
			if strings.Contains(content, value) || strings.Contains(content, jsonOf(value)) {
				t.Errorf("%s holds the secret, %s", place, form)
			}
		}
	}
	for _, line := range []string{"plain ", "base64 ", "url ", "pieces "} {
		if !strings.Contains(text, "\n"+line+"***") {
			t.Errorf("the log does not show where the secret was: %q", line)
		}
	}
}

// files reads every file below a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		all[fmt.Sprintf("the file %s", strings.TrimPrefix(path, dir))] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// jsonOf is how a string stands in JSON, without the quotes.
func jsonOf(s string) string {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(s); err != nil {
		panic(err) // strings have JSON
	}
	return strings.Trim(strings.TrimSpace(b.String()), `"`)
}
