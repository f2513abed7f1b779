package snippets

import "strconv"

// Clients that are told in a terminal. Names and URLs of endpoints hold nothing
// that a shell would read otherwise.

func claudeCode(e Endpoint) Client {
	add := "claude mcp add --transport http " + e.Name + " " + e.URL
	return Client{
		ID: "claude-code", Name: "Claude Code",
		SignIn: []Snippet{
			{terminal, add},
			{"Then sign in, here or with /mcp in a conversation", "claude mcp login " + e.Name},
		},
		Token: []Snippet{{terminal, add + ` --header "Authorization: Bearer $` + TokenVariable + `"`}},
		Note:  "It keeps the server for this folder; add --scope user to have it everywhere.",
	}
}

func codex(e Endpoint) Client {
	add := "codex mcp add " + e.Name + " --url " + e.URL
	entry := "[mcp_servers." + e.Name + "]\nurl = " + strconv.Quote(e.URL) + "\n"
	const file = "Or in ~/.codex/config.toml"
	return Client{
		ID: "codex", Name: "Codex",
		SignIn: []Snippet{
			{terminal, add + "\ncodex mcp login " + e.Name},
			{file, entry},
		},
		Token: []Snippet{
			{terminal, add + " --bearer-token-env-var " + TokenVariable},
			{file, entry + "bearer_token_env_var = " + strconv.Quote(TokenVariable) + "\n"},
		},
		Note: "It reads the token from the environment that it is started in.",
	}
}

func gemini(e Endpoint) Client {
	const file = "Or in ~/.gemini/settings.json"
	r := remote{Type: "http", URL: e.URL}
	return Client{
		ID: "gemini-cli", Name: "Gemini CLI",
		SignIn: []Snippet{
			{terminal, "gemini mcp add --scope user --transport http " + e.Name + " " + e.URL},
			{"Then sign in, in a conversation", "/mcp auth " + e.Name},
			{file, mcpServers(e, r)},
		},
		Token: []Snippet{
			{terminal, "gemini mcp add --scope user --transport http --header 'Authorization: Bearer $" + TokenVariable + "' " + e.Name + " " + e.URL},
			{file, mcpServers(e, r.with("$"+TokenVariable))},
		},
		Note: "It reads the token from the environment that it is started in.",
	}
}
