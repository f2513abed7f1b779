package snippets

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
)

// Clients that are told in a file.

// remote is an endpoint as most clients write it.
type remote struct {
	Name    string            `json:"name,omitempty"`
	Type    string            `json:"type,omitempty"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
}

// with is the same with an API token, which the client finds by its own words.
func (r remote) with(token string) remote {
	r.Headers = map[string]string{"Authorization": bearer + token}
	return r
}

func vsCode(e Endpoint) Client {
	const file, input = "In .vscode/mcp.json", "moorage-token"
	r := remote{Type: "http", URL: e.URL}
	named := r
	named.Name = e.Name
	type ask struct {
		Type        string `json:"type"`
		ID          string `json:"id"`
		Description string `json:"description"`
		Password    bool   `json:"password"`
	}
	type servers struct {
		Inputs  []ask             `json:"inputs,omitempty"`
		Servers map[string]remote `json:"servers"`
	}
	return Client{
		ID: "vs-code", Name: "VS Code",
		Install: "vscode:mcp/install?" + url.QueryEscape(line(named)),
		SignIn: []Snippet{
			{terminal, "code --add-mcp '" + line(named) + "'"},
			{"Or, for one folder, in .vscode/mcp.json", document(servers{Servers: map[string]remote{e.Name: r}})},
		},
		Token: []Snippet{{file, document(servers{
			[]ask{{"promptString", input, "API token of Moorage", true}},
			map[string]remote{e.Name: r.with("${input:" + input + "}")},
		})}},
		Note: "It asks for what it needs when the server is started first.",
	}
}

func cursor(e Endpoint) Client {
	const file = "In ~/.cursor/mcp.json, or .cursor/mcp.json for one folder"
	r := remote{URL: e.URL}
	return Client{
		ID: "cursor", Name: "Cursor",
		Install: "cursor://anysphere.cursor-deeplink/mcp/install?" + url.Values{
			"name": {e.Name}, "config": {base64.StdEncoding.EncodeToString([]byte(line(r)))},
		}.Encode(),
		SignIn: []Snippet{{file, mcpServers(e, r)}},
		Token:  []Snippet{{file, mcpServers(e, r.with("${env:"+TokenVariable+"}"))}},
		Note:   "It reads the token from the environment that it is started in.",
	}
}

// claudeDesktop reaches an endpoint that only this network knows through a
// program on the same machine.
func claudeDesktop(e Endpoint) Client {
	const file = "In claude_desktop_config.json (Settings, Developer, Edit config)"
	type program struct {
		Command string            `json:"command"`
		Args    []string          `json:"args"`
		Env     map[string]string `json:"env,omitempty"`
	}
	args := []string{"-y", "mcp-remote", e.URL}
	if e.plain() {
		args = append(args, "--allow-http")
	}
	// Without a space: Claude Desktop cuts arguments there on Windows.
	sends := program{"npx", append(args[:len(args):len(args)], "--header", "Authorization:${AUTHORIZATION}"), map[string]string{"AUTHORIZATION": bearer + "your API token"}}
	return Client{
		ID: "claude-desktop", Name: "Claude Desktop",
		SignIn: []Snippet{
			{"Under Settings, Connectors, Add custom connector, when this address can be reached from the internet", e.URL},
			{"Else " + lower(file), mcpServers(e, program{Command: "npx", Args: args})},
		},
		Token: []Snippet{{file, mcpServers(e, sends)}},
		Note:  "The file needs Node.js on the same machine. Restart Claude Desktop after a change.",
	}
}

func openCode(e Endpoint) Client {
	const file = "In opencode.json, or ~/.config/opencode/opencode.json for every folder"
	type entry struct {
		Type    string            `json:"type"`
		URL     string            `json:"url"`
		Enabled bool              `json:"enabled"`
		OAuth   *bool             `json:"oauth,omitempty"`
		Headers map[string]string `json:"headers,omitempty"`
	}
	type config struct {
		Schema string           `json:"$schema"`
		MCP    map[string]entry `json:"mcp"`
	}
	under := func(v entry) string {
		return document(config{"https://opencode.ai/config.json", map[string]entry{e.Name: v}})
	}
	signsIn := entry{Type: "remote", URL: e.URL, Enabled: true}
	sends := signsIn
	sends.OAuth = new(bool)
	sends.Headers = map[string]string{"Authorization": bearer + "{env:" + TokenVariable + "}"}
	return Client{
		ID: "opencode", Name: "OpenCode",
		SignIn: []Snippet{{file, under(signsIn)}, {"Then sign in, in a terminal", "opencode mcp auth " + e.Name}},
		Token:  []Snippet{{file, under(sends)}},
		Note:   "It reads the token from the environment that it is started in.",
	}
}

// plain is for every client that reads what most read.
func plain(e Endpoint) Client {
	const file = "In the client's list of servers"
	r := remote{Type: "http", URL: e.URL}
	return Client{
		ID: "json", Name: "Other clients",
		SignIn: []Snippet{{file, mcpServers(e, r)}},
		Token:  []Snippet{{file, mcpServers(e, r.with("your API token"))}},
		Note:   "The transport is Streamable HTTP. A client that cannot sign in sends an API token as a header.",
	}
}

// mcpServers is the list of servers as most clients keep it.
func mcpServers(e Endpoint, entry any) string {
	return document(map[string]any{"mcpServers": map[string]any{e.Name: entry}})
}

// document is JSON for people.
func document(v any) string { return encode(v, "  ") }

// line is JSON for programs.
func line(v any) string { return encode(v, "") }

func encode(v any, indent string) string {
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	w.SetEscapeHTML(false)
	w.SetIndent("", indent)
	_ = w.Encode(v) // plain values always marshal
	return string(bytes.TrimRight(b.Bytes(), "\n"))
}

func lower(s string) string { return string(s[0]|0x20) + s[1:] }
