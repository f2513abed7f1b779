package aggregate

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"moorage"
	"moorage/jsonrpc"
)

// toolWords is a tool as a person reads of it.
type toolWords struct {
	Name        string `json:"name"`
	Server      string `json:"server,omitempty"` // "": Moorage's own
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
}

// maxDescription is how much of a description is listed, in bytes.
const maxDescription = 300

func wordsOf(o jsonrpc.Object, server string) toolWords {
	return toolWords{o.Text("name"), server, o.Text("title"), strings.Join(strings.Fields(o.Text("description")), " ")}
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func listTools(_ context.Context, a *asking, raw json.RawMessage) (any, error) {
	var asked struct {
		Server, Cursor string
		Limit          int
	}
	if err := arguments(raw, &asked); err != nil {
		return nil, err
	}
	if _, ok := a.catalog.server(asked.Server); asked.Server != "" && !ok {
		return nil, errNoServer(asked.Server)
	}
	var said struct {
		Tools []toolWords `json:"tools"`
		Next  string      `json:"next_cursor,omitempty"`
	}
	said.Tools = []toolWords{}
	from, most := 0, atMost(asked.Limit, 50, 200)
	if asked.Cursor != "" {
		from = 1 + slices.IndexFunc(a.catalog.tools, func(e entry) bool { return e.name == asked.Cursor })
		if from == 0 {
			return nil, moorage.Errorf(moorage.Invalid, "The list has changed: nothing has this cursor any more.").Try("Begin again, without one.")
		}
	}
	for _, e := range a.catalog.tools[from:] {
		if asked.Server != "" && e.server.Slug != asked.Server {
			continue
		}
		if len(said.Tools) == most {
			said.Next = said.Tools[most-1].Name
			break
		}
		w := e.words
		w.Description = clip(w.Description, maxDescription)
		said.Tools = append(said.Tools, w)
	}
	return said, nil
}

// found is a tool that was looked for, with what it is called with.
type found struct {
	toolWords
	InputSchema json.RawMessage `json:"inputSchema"`
	score       int
}

func findTool(_ context.Context, a *asking, raw json.RawMessage) (any, error) {
	var asked struct {
		Query string
		Limit int
	}
	if err := arguments(raw, &asked); err != nil {
		return nil, err
	}
	words := fields(clip(asked.Query, 500))
	if len(words) == 0 {
		return nil, moorage.Errorf(moorage.Invalid, "Say in the query what the tool should do.")
	}
	ranked := []found{}
	for _, e := range slices.Concat(a.catalog.tools, a.catalog.own) {
		f := found{toolWords: e.words, InputSchema: e.schema}
		if f.score = score(words, f.toolWords); f.score > 0 {
			f.Description = clip(f.Description, 4*maxDescription)
			ranked = append(ranked, f)
		}
	}
	slices.SortStableFunc(ranked, func(a, b found) int { return cmp.Compare(b.score, a.score) })
	return map[string]any{"tools": ranked[:min(len(ranked), atMost(asked.Limit, 5, 20))]}, nil
}

// What a word is worth where it stands. The beginning of a word counts half.
const (
	worthName        = 8
	worthTitle       = 6
	worthDescription = 2
)

// score says how well a tool is described by words.
func score(words []string, t toolWords) (sum int) {
	name, title, description := fields(t.Name), fields(t.Title), fields(t.Description)
	for _, w := range words {
		sum += max(worth(w, name, worthName), worth(w, title, worthTitle), worth(w, description, worthDescription))
	}
	return sum
}

func worth(word string, in []string, whole int) (best int) {
	for _, w := range in {
		switch {
		case w == word:
			return whole
		case strings.HasPrefix(w, word) || len(w) > 2 && strings.HasPrefix(word, w):
			best = whole / 2
		}
	}
	return best
}

// fields are the words of a text, in lower case: get_weather and getWeather are
// two words each.
func fields(s string) []string {
	var b strings.Builder
	last := ' '
	for _, r := range s {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte(' ')
		case unicode.IsUpper(r) && unicode.IsLower(last):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(unicode.ToLower(r))
		}
		last = r
	}
	return strings.Fields(b.String())
}
