package detect

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"moorage"
)

const defaultPort = 8080

// hint is what one place says of how the server is spoken to.
type hint struct {
	transport moorage.Transport // "": nothing
	port      int
	path      string
	why       string
}

// decideRun fills in transport, port, path, command and network: the first
// place that knows decides, the later ones fill in port and path.
func (d *draft) decideRun() {
	run := &d.plan.Config.Run
	run.Network = d.wish.network
	if run.Network == "" {
		run.Network = moorage.NetworkInternet
	}
	run.Command, run.Query = d.wish.command, d.wish.query

	var decided hint
	for _, h := range d.hints() {
		if h.transport == "" {
			continue
		}
		if decided.transport == "" {
			decided = h
			continue
		}
		if decided.port == 0 && h.transport.Listens() {
			decided.port = h.port
		}
		if decided.path == "" && h.transport == decided.transport {
			decided.path = h.path
		}
	}
	if decided.transport == "" {
		decided = hint{transport: moorage.TransportStdio, why: "Nothing names a port, and most MCP servers speak over standard input and output."}
	}
	run.Transport = decided.transport
	if run.Transport == moorage.TransportStdio {
		run.Query = nil
		d.find(moorage.TopicRun, "Speaks MCP over standard input and output", decided.why)
	} else {
		d.decidePort(decided)
	}
	if len(run.Command) > 0 {
		d.find(moorage.TopicRun, "Starts "+clip(strings.Join(run.Command, " "), 200), d.wish.file+" says so.")
	}
}

func (d *draft) decidePort(h hint) {
	run := &d.plan.Config.Run
	run.Port, run.Path = h.port, h.path
	if run.Port == 0 {
		run.Port = defaultPort
		h.why += fmt.Sprintf(" No port is named, so %d is given to it as PORT.", defaultPort)
	}
	how := "HTTP"
	if run.Transport == moorage.TransportSSE {
		how = "the old HTTP+SSE"
	}
	d.find(moorage.TopicRun, fmt.Sprintf("Speaks MCP over %s on port %d", how, run.Port), h.why)
}

// hints lists what each place says, the most telling first.
func (d *draft) hints() []hint {
	hints := []hint{{transport: d.wish.transport, port: d.wish.port, path: d.wish.path, why: d.wish.file + " says so."}}
	if d.build.Path == "" {
		return append(hints, d.server.hint(""))
	}
	a := d.analyse(d.build.Path)
	return append(hints, commandHint(a), d.server.hint("oci"), envHint(a), portHint(a), d.server.hint(""))
}

var transportFlag = regexp.MustCompile(`^--?(?:transport|mcp-transport|mode)$`)

// commandHint reads the image's own command.
func commandHint(a *analysis) hint {
	h := hint{port: commandPort(a.command)}
	for i, word := range a.command {
		name, value, joined := strings.Cut(word, "=")
		if transportFlag.MatchString(word) && i+1 < len(a.command) {
			name, value, joined = word, a.command[i+1], true
		}
		switch {
		case joined && transportFlag.MatchString(name):
			h.transport = transportWord(value)
		case word == "--stdio", word == "stdio" && i > 0:
			h.transport = moorage.TransportStdio
		case word == "--http", word == "--streamable-http", word == "--streamableHttp", i > 0 && (word == "http" || word == "streamable-http" || word == "streamableHttp"):
			h.transport = moorage.TransportHTTP
		case word == "--sse", word == "sse" && i > 0:
			h.transport = moorage.TransportSSE
		}
		if h.transport != "" {
			h.why = fmt.Sprintf("Its command says “%s”.", clip(word, 60))
			if joined && name == word {
				h.why = fmt.Sprintf("Its command says “%s %s”.", clip(word, 60), clip(value, 60))
			}
			break
		}
	}
	if h.port == 0 && len(a.ports) > 0 {
		h.port = a.ports[0]
	}
	return h
}

func transportWord(word string) moorage.Transport {
	switch strings.ToLower(strings.Trim(word, `"'`)) {
	case "stdio":
		return moorage.TransportStdio
	case "http", "streamable-http", "streamable_http", "streamablehttp", "shttp":
		return moorage.TransportHTTP
	case "sse":
		return moorage.TransportSSE
	}
	return ""
}

func commandPort(command []string) int {
	for i, word := range command {
		name, value, joined := strings.Cut(word, "=")
		if !joined && i+1 < len(command) {
			value = command[i+1]
		}
		if name == "--port" || name == "-p" {
			if n, err := strconv.Atoi(value); err == nil && validPort(n) {
				return n
			}
		}
	}
	return 0
}

// envHint reads the ENV instructions that choose a transport.
func envHint(a *analysis) hint {
	names := []string{"TRANSPORT", "MCP_TRANSPORT", "MCP_SERVER_TRANSPORT", "FASTMCP_TRANSPORT", "TRANSPORT_TYPE"}
	i := slices.IndexFunc(names, func(n string) bool { return a.env[n] != "" })
	if i < 0 {
		return hint{}
	}
	return hint{transport: transportWord(a.env[names[i]]), port: envPort(a),
		why: fmt.Sprintf("The Dockerfile sets %s=%s.", names[i], clip(a.env[names[i]], 40))}
}

// portHint takes a port as a sign of HTTP.
func portHint(a *analysis) hint {
	switch {
	case len(a.ports) > 0:
		return hint{transport: moorage.TransportHTTP, port: a.ports[0], why: fmt.Sprintf("The Dockerfile says EXPOSE %d.", a.ports[0])}
	case envPort(a) > 0:
		return hint{transport: moorage.TransportHTTP, port: envPort(a), why: fmt.Sprintf("The Dockerfile sets a port, %d.", envPort(a))}
	}
	return hint{}
}

func envPort(a *analysis) int {
	for _, name := range []string{"PORT", "MCP_PORT", "SERVER_PORT", "FASTMCP_PORT", "HTTP_PORT"} {
		if n, err := strconv.Atoi(a.env[name]); err == nil && validPort(n) {
			return n
		}
	}
	return 0
}
