package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/docker/docker/api/types/network"

	"moorage"
)

// TestMoorageInAContainer is the story of somebody who hosts Moorage as
// compose.yaml does, on an image as the Dockerfile makes it.
func TestMoorageInAContainer(t *testing.T) {
	h := host(t)
	h.publish("mill", mill(`EXPOSE 8080`, `CMD ["/mill", "serve", "http", "1"]`))
	h.begin()

	res, err := http.Get(h.link)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(h.link, h.url+"/setup?code=") {
		t.Errorf("the link %s answers %d", h.link, res.StatusCode)
	}
	h.isNobody()

	token := strings.TrimSpace(h.inContainer("moorage", "token", "create", "--name", "test", "--operator"))
	h.deploysAndCalls(token, "example:greeter", "greeter", "greet", `{"name":"Ada"}`, "Hello, Ada.")
	h.deploysAndCalls(token, h.gitHub+"/octocat/mill.git", "mill", "echo", `{"text":"flour"}`, "flour")
	h.ownsItsData()
	h.serversDoNotReachMoorage()

	mills := h.instances("mill")
	if len(mills) != 1 {
		t.Fatalf("%d containers run one HTTP server", len(mills))
	}
	h.crash()
	h.goOn()
	h.calls(token, "mill", "echo", `{"text":"bread"}`, "bread")
	h.replace() // as an update does
	h.calls(token, "mill", "echo", `{"text":"cake"}`, "cake")
	if after := h.instances("mill"); !slices.Equal(mills, after) {
		t.Errorf("the HTTP server was not taken up: before %v, after %v", mills, after)
	}
	h.calls(token, "greeter", "greet", `{"name":"Grace"}`, "Hello, Grace.")

	h.ends()
	if left := h.engine.containers(h.id()); len(left) > 0 {
		t.Errorf("%d containers are left", len(left))
	}
	left, err := h.engine.NetworkList(t.Context(), network.ListOptions{Filters: labelled(h.id())})
	if err != nil || len(left) > 0 {
		t.Errorf("%d networks are left, %v", len(left), err)
	}
}

// isNobody wants the process, seen from outside, to be the user of the image
// with the group of the engine's socket, and to have no capability.
func (h *hosted) isNobody() {
	h.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.inspect().State.Pid))
	if err != nil {
		h.t.Fatalf("The engine is on another machine: %v", err)
	}
	socket, err := os.Stat(engineSocket(h.t))
	if err != nil {
		h.t.Fatal(err)
	}
	group := socket.Sys().(*syscall.Stat_t).Gid
	for _, want := range []string{
		"Uid:\t65532\t65532\t65532\t65532\n", "Gid:\t65532\t65532\t65532\t65532\n", fmt.Sprintf("Groups:\t%d \n", group),
		"CapPrm:\t0000000000000000\n", "CapEff:\t0000000000000000\n", "NoNewPrivs:\t1\n",
	} {
		if !strings.Contains(string(status), want) {
			h.t.Errorf("The process is not %q:\n%s", want, status)
		}
	}
}

// ownsItsData wants every file to be the user's: also those that a command in
// the same container has touched.
func (h *hosted) ownsItsData() {
	h.t.Helper()
	err := filepath.WalkDir(h.data, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil // it has just gone
		}
		if owner := info.Sys().(*syscall.Stat_t).Uid; owner != runsAs {
			h.t.Errorf("%s belongs to %d", path, owner)
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// serversDoNotReachMoorage looks at Moorage from the network that it shares with
// a server, and to be sure that somebody who looks would see it, from its own.
func (h *hosted) serversDoNotReachMoorage() {
	h.t.Helper()
	shared := 0
	for name, endpoint := range h.inspect().NetworkSettings.Networks {
		status, said := h.healthFrom(name, endpoint.IPAddress)
		if name == h.network {
			if status != 0 {
				h.t.Errorf("From its own network Moorage is not reached: %d, %s", status, said)
			}
			continue
		}
		shared++
		if !strings.Contains(said, "EOF") && !strings.Contains(said, "connection reset") {
			h.t.Errorf("From the network of a server, Moorage does not hang up: %d, %s", status, said)
		}
	}
	if shared != 1 {
		h.t.Errorf("Moorage shares %d networks with one HTTP server", shared)
	}
}

// deploysAndCalls deploys as a program does, and calls a tool of the result.
func (h *hosted) deploysAndCalls(token, repo, slug, tool, args, want string) {
	h.t.Helper()
	var d struct {
		ID, Status string
		Error      *moorage.Error
	}
	h.ask(token, http.MethodPost, "/api/deployments", fmt.Sprintf(`{"repo":%q,"name":%q}`, repo, slug), &d)
	within(h.t, 3*patience, slug+" is settled", func() bool {
		h.ask(token, http.MethodGet, "/api/deployments/"+d.ID, "", &d)
		return moorage.DeploymentStatus(d.Status).Settled()
	})
	if d.Status != string(moorage.StatusLive) {
		_, log := h.get("/api/deployments/"+d.ID+"/log", token)
		h.t.Fatalf("%s is %s: %+v\n%s", slug, d.Status, d.Error, log)
	}
	h.calls(token, slug, tool, args, want)
}

// calls calls a tool of a live server.
func (h *hosted) calls(token, slug, tool, args, want string) {
	h.t.Helper()
	var answer struct{ Result json.RawMessage }
	h.ask(token, http.MethodPost, "/api/services/"+slug+"/call", fmt.Sprintf(`{"tool":%q,"args":%s}`, tool, args), &answer)
	if !bytes.Contains(answer.Result, []byte(want)) {
		h.t.Errorf("%s of %s says %s", tool, slug, answer.Result)
	}
}

// ask sends JSON with a token and decodes the answer, which must be a good one.
func (h *hosted) ask(token, method, path, body string, answer any) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode < 300 {
		err = json.Unmarshal(said, answer)
	}
	if err != nil || res.StatusCode >= 300 {
		h.t.Fatalf("%s %s answers %s %s, %v", method, path, res.Status, said, err)
	}
}
