package handlers

import (
	"cmp"
	"fmt"
	"net/url"

	"moorage"
)

// serverNote is the half-sentence beside a server's status.
func serverNote(s moorage.ServerSummary) (note string, failing bool) {
	switch {
	case s.LastStatus == moorage.StatusQueued || s.LastStatus.Running():
		return "Deploying now", false
	case s.Health.State.Bad():
		return s.Health.Why, s.LastStatus == moorage.StatusFailed
	case s.LastStatus == moorage.StatusFailed:
		return "The last deployment failed", true
	case s.Status == moorage.ServerLive && s.Instances == 0:
		return "Starts with the next call", false
	case s.Status == moorage.ServerStopped:
		return "Stopped by its owner", false
	}
	return "", false
}

func endpoint(base *url.URL, slug string) string { return base.JoinPath("mcp", slug).String() }

func sourceAt(s moorage.Source) string {
	if s.Ref == "" {
		return sourceName(s)
	}
	return sourceName(s) + " @ " + s.Ref
}

func transportWords(r moorage.RunConfig) string {
	switch r.Transport {
	case moorage.TransportHTTP:
		return fmt.Sprintf("Streamable HTTP on port %d at %s", r.Port, r.Endpoint())
	case moorage.TransportSSE:
		return fmt.Sprintf("Old HTTP+SSE on port %d at %s", r.Port, r.Endpoint())
	}
	return "stdio"
}

func networkWords(n moorage.Network) string {
	if n == moorage.NetworkNone {
		return "No network"
	}
	return "Internet, on a network of its own"
}

func limitWords(l moorage.Limits) string {
	return fmt.Sprintf("%d MB, %g CPU, %d processes", cmp.Or(l.MemoryMB, 512), cmp.Or(l.CPUs, 1), cmp.Or(l.PIDs, 128))
}

func serverInfoWords(i moorage.ServerInfo) string {
	if i.Name == "" {
		return ""
	}
	return fmt.Sprintf("%s %s, MCP %s", i.Name, i.Version, i.ProtocolVersion)
}
