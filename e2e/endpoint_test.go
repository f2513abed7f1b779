package e2e

import (
	"fmt"
	"net"
	"net/http"
	"strings"

	"moorage/handlers/api"
)

// endpoint is where MCP clients reach a server.
func (h *home) endpoint(slug string) string { return h.url + "/mcp/" + slug }

// deployed makes a repository of octocat, deploys it as a program does, and
// waits until its server is live.
func (p program) deployed(slug string, files map[string]string) {
	p.t.Helper()
	p.h.github.AddUser("octocat", 1)
	p.h.publish(slug, files)
	p.live(p.h.github.CloneURL("octocat", slug), slug)
}

// live deploys a repository or an example and waits until its server is live.
func (p program) live(repo, slug string) {
	p.t.Helper()
	var d api.Deployment
	p.ask(http.MethodPost, "/api/deployments", fmt.Sprintf(`{"repo":%q,"name":%q}`, repo, slug), http.StatusCreated, &d)
	within(p.t, 3*patience, slug+" is settled", func() bool {
		p.ask(http.MethodGet, "/api/deployments/"+string(d.ID), "", http.StatusOK, &d)
		return d.Status.Settled()
	})
	if d.Status != "live" {
		_, log := p.h.get("/api/deployments/"+string(d.ID)+"/log", p.token)
		p.t.Fatalf("%s is %s: %+v\n%s", slug, d.Status, d.Error, log)
	}
}

// static is a repository with one program in it, built FROM scratch: how it is
// started, as words of a Dockerfile.
func static(name string, binary []byte, lines ...string) map[string]string {
	return map[string]string{
		name:         string(binary),
		"Dockerfile": fmt.Sprintf("FROM scratch\nCOPY --chmod=755 %[1]s /%[1]s\n%s\n", name, strings.Join(lines, "\n")),
	}
}

// listens reports whether somebody takes connections at an address.
func listens(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		conn.Close()
	}
	return err == nil
}
