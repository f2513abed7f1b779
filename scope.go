package moorage

import "strings"

// Scope narrows what a token may call: patterns of a server's slug and a tool,
// such as "weather/*" or "*/get_*", where * stands for any characters. A call
// needs one that matches. No pattern at all means whatever the person may call.
type Scope []string

// MaxScope is how many patterns a scope may have.
const MaxScope = 50

// ParseScope reads patterns, separated by spaces, commas or line ends. One
// without a slash is of a server, with all its tools. The error is Invalid.
func ParseScope(text string) (Scope, error) {
	var s Scope
	for _, p := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,\t\r\n", r) }) {
		if !strings.Contains(p, "/") {
			p += "/*"
		}
		server, tool, _ := strings.Cut(p, "/")
		if server == "" || tool == "" || len(p) > 200 || strings.ContainsFunc(p, notInScope) || strings.Contains(tool, "/") {
			return nil, Errorf(Invalid, "%q is no pattern of a server and a tool.", clipped(p)).Try("Write it like weather/* or */get_*.")
		}
		s = append(s, p)
	}
	if len(s) > MaxScope {
		return nil, Errorf(Invalid, "A token has at most %d patterns.", MaxScope)
	}
	return s, nil
}

// notInScope reports what stands in no slug and in no name of a tool
// (MCP 2025-11-25, server/tools: tool names), * and / aside.
func notInScope(r rune) bool {
	alnum := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !alnum && !strings.ContainsRune("_-.*/", r)
}

func clipped(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

// Reaches reports whether any tool of a server may be called.
func (s Scope) Reaches(slug string) bool {
	for _, p := range s {
		if server, _, _ := strings.Cut(p, "/"); matches(server, slug) {
			return true
		}
	}
	return len(s) == 0
}

// Allows reports whether a tool of a server may be called.
func (s Scope) Allows(slug, tool string) bool {
	for _, p := range s {
		server, name, _ := strings.Cut(p, "/")
		if matches(server, slug) && matches(name, tool) {
			return true
		}
	}
	return len(s) == 0
}

// Whole reports whether every tool of a server may be called.
func (s Scope) Whole(slug string) bool {
	for _, p := range s {
		if server, name, _ := strings.Cut(p, "/"); name == "*" && matches(server, slug) {
			return true
		}
	}
	return len(s) == 0
}

// CheckCall says why a tool of a server may not be called, and which pattern
// would let it. The error is Forbidden.
func (s Scope) CheckCall(slug, tool string) error {
	if s.Allows(slug, tool) {
		return nil
	}
	return Errorf(Forbidden, "The scope of this token does not reach the tool %s of %s.", clipped(tool), slug).
		Try("Use a token whose scope has the pattern %s/%s or %s/*.", slug, clipped(tool), slug)
}

// CheckWhole says why what needs every tool of a server may not be done, and
// which pattern would let it. The error is Forbidden.
func (s Scope) CheckWhole(slug string) error {
	if s.Whole(slug) {
		return nil
	}
	return Errorf(Forbidden, "The scope of this token does not reach all of %s.", slug).
		Try("Use a token whose scope has the pattern %s/*.", slug)
}

// String is the scope as ParseScope reads it.
func (s Scope) String() string { return strings.Join(s, " ") }

// matches compares a name with a pattern in linear time: each part between
// stars is looked for where the one before it ended.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, last)
}

// Caller is who sends a request: a person, in a browser, through a token of
// theirs, or through a client that they let in.
type Caller struct {
	User  User
	Means Means  // by which of these; a visitor's when it is nobody
	Token string // names the token; no secret
	Scope Scope
}
