package detect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"moorage"
)

// serverJSON is the part of the official registry's server.json that says how
// a server runs. Early schemas (2025-07-09) spell names with underscores.
// https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/server-json
type serverJSON struct {
	file string

	Name        string          `json:"name"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Packages    []serverPackage `json:"packages"`
}

type serverPackage struct {
	Type       string          `json:"registryType"`
	TypeOld    string          `json:"registry_type"`
	Identifier string          `json:"identifier"`
	Transport  serverTransport `json:"transport"`
	Env        []serverInput   `json:"environmentVariables"`
	EnvOld     []serverInput   `json:"environment_variables"`
	Args       []serverInput   `json:"packageArguments"`
	ArgsOld    []serverInput   `json:"package_arguments"`
	Runtime    []serverInput   `json:"runtimeArguments"`
}

type serverTransport struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

// serverInput is an environment variable or an argument.
type serverInput struct {
	Type        string   `json:"type"` // of an argument: positional or named
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Required    bool     `json:"isRequired"`
	RequiredOld bool     `json:"is_required"`
	Secret      bool     `json:"isSecret"`
	SecretOld   bool     `json:"is_secret"`
	Default     text     `json:"default"`
	Value       text     `json:"value"`
	Choices     []string `json:"choices"`
}

// text takes a JSON string, number or boolean as text, and anything else as nothing.
type text string

// UnmarshalJSON never fails: a server.json with one odd value is still useful.
func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	switch {
	case json.Unmarshal(raw, &s) == nil:
		*t = text(s)
	case bytes.ContainsAny(raw[:1], "{[n"):
	default:
		*t = text(raw)
	}
	return nil
}

// readServerJSON is forgiving: the file describes a server for others, and a
// fault in it is no reason not to deploy.
func (d *draft) readServerJSON() error {
	for _, folder := range d.lookIn() {
		file := d.firstIn(folder, "server.json")
		if file == "" {
			continue
		}
		var s serverJSON
		if err := json.Unmarshal(d.read(file), &s); err != nil || !strings.Contains(s.Name, "/") {
			continue // a server.json of something else
		}
		s.file = file
		d.server = &s
		return nil
	}
	return nil
}

func (p serverPackage) registry() string { return firstOf([]string{p.Type, p.TypeOld}) }

// hint tells the transport of the package in one registry; "" means any. All
// packages must agree; of a server that speaks both over HTTP, the newer one counts.
func (s *serverJSON) hint(registry string) hint {
	if s == nil {
		return hint{}
	}
	var h hint
	for _, p := range s.Packages {
		if registry != "" && p.registry() != registry {
			continue
		}
		t := transportWord(p.Transport.Type)
		switch {
		case h.transport == moorage.TransportHTTP && t == moorage.TransportSSE:
			continue
		case h.transport == moorage.TransportSSE && t == moorage.TransportHTTP:
		case h.transport != "" && t != h.transport:
			return hint{}
		}
		h.transport = t
		h.port, h.path = portAndPath(p.Transport.URL, t)
	}
	h.why = fmt.Sprintf("%s says %s.", s.file, h.transport)
	return h
}

// portAndPath reads a URL such as http://localhost:8080/mcp. The usual path of the
// transport goes without saying.
func portAndPath(raw string, t moorage.Transport) (port int, path string) {
	u, err := url.Parse(raw)
	if err != nil || raw == "" {
		return 0, ""
	}
	if n, err := strconv.Atoi(u.Port()); err == nil && validPort(n) {
		port = n
	}
	if strings.HasPrefix(u.Path, "/") && u.Path != "/" && u.Path != (moorage.RunConfig{Transport: t}).Endpoint() && !strings.ContainsAny(u.Path, "{}") {
		path = clip(u.Path, 200)
	}
	return port, path
}

func (s *serverJSON) variables() []moorage.VariableAsk {
	if s == nil {
		return nil
	}
	var asks []moorage.VariableAsk
	for _, p := range s.Packages {
		for _, e := range append(append([]serverInput(nil), p.Env...), p.EnvOld...) {
			asks = append(asks, e.ask(s.file))
		}
		for _, a := range p.Runtime { // of an image: -e NAME=value
			name, _, _ := strings.Cut(string(a.Value), "=")
			if a.Name == "-e" || a.Name == "--env" {
				ask := a.ask(s.file)
				ask.Name, ask.Default = name, ""
				asks = append(asks, ask)
			}
		}
	}
	return asks
}

func (i serverInput) ask(file string) moorage.VariableAsk {
	value := string(i.Default)
	if value == "" && !strings.ContainsAny(string(i.Value), "{}") {
		value = string(i.Value)
	}
	return moorage.VariableAsk{
		Name: i.Name, Description: i.Description, Default: value, Choices: capChoices(i.Choices), From: file,
		Secret: i.Secret || i.SecretOld, Required: i.Required || i.RequiredOld,
	}
}

// arguments are the fixed words that a package is started with, such as "stdio".
func (s *serverJSON) arguments() []string {
	if s == nil || len(s.Packages) == 0 {
		return nil
	}
	p := s.Packages[0]
	var words []string
	for _, a := range append(append([]serverInput(nil), p.Args...), p.ArgsOld...) {
		value := string(a.Value)
		if strings.ContainsAny(value, "{}") || len(words) >= 20 {
			continue
		}
		switch {
		case a.Type == "positional" && value != "":
			words = append(words, clip(value, 200))
		case a.Type == "named" && strings.HasPrefix(a.Name, "-") && value != "":
			words = append(words, clip(a.Name, 200), clip(value, 200))
		}
	}
	return words
}

func capChoices(choices []string) []string {
	if len(choices) > 50 {
		choices = choices[:50]
	}
	var short []string
	for _, c := range choices {
		short = append(short, clip(c, 100))
	}
	return short
}
