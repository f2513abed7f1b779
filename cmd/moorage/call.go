package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"

	"moorage/handlers/api"
)

const callHelp = `Calls a tool of a live server and prints the text of what it answers. The arguments
are a JSON object, {} when they are not given, or - to read them from stdin.
Without a tool, it lists those that the server has.

Exit status: 0; 1 when the tool says that it failed, or nothing came of the call;
2 not understood.

Examples:
  moorage call greeter
  moorage call greeter greet '{"name": "Ada"}'
  moorage call weather forecast - --json < question.json` + remoteHelp

// call calls a tool.
func call(ctx context.Context, p process, args []string) error {
	flags := newFlags(p, "call")
	asJSON := flags.Bool("json", false, "print all of the answer as JSON, for programs")
	found, err := flags.parse(args)
	if err != nil {
		return err
	}
	server, tool := found[0], found[1]
	r, err := newRemote(p.getenv)
	if err != nil {
		return err
	}
	path := "/api/services/" + url.PathEscape(server)
	if tool == "" {
		return whichServer(r.listTools(ctx, p, path, *asJSON))
	}
	arguments, err := p.arguments(found[2])
	if err != nil {
		return err
	}
	var answer api.CallResult
	if err := r.fetchWithin(ctx, callWithin, http.MethodPost, path+"/call", api.CallRequest{Tool: tool, Args: arguments}, &answer); err != nil {
		return whichServer(err)
	}
	return p.printAnswer(answer, *asJSON)
}

// whichServer says where the names of servers are, when there is none of this one.
func whichServer(err error) error {
	if no := (refusal{}); errors.As(err, &no) && no.Status == http.StatusNotFound && no.Next == "" {
		no.Next = "moorage servers lists those that there are."
		return no
	}
	return err
}

// arguments reads what a tool is called with.
func (p process) arguments(text string) (json.RawMessage, error) {
	raw := []byte(cmp.Or(text, "{}"))
	if text == "-" {
		var err error
		if raw, err = io.ReadAll(io.LimitReader(p.stdin, maxAnswer)); err != nil {
			return nil, fmt.Errorf("read the arguments: %w", err)
		}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil || object == nil {
		return nil, misused(`the arguments of a tool are a JSON object in quotes, such as '{"name": "Ada"}'`)
	}
	return raw, nil
}

// listTools prints the tools of a server, a line for each.
func (r remote) listTools(ctx context.Context, p process, path string, asJSON bool) error {
	var s api.ServiceDetail
	if err := r.fetch(ctx, http.MethodGet, path, nil, &s); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(p.stdout, s.Tools)
	}
	rows := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, raw := range s.Tools {
		var t struct {
			Name, Title, Description string
			InputSchema              struct{ Properties map[string]json.RawMessage }
		}
		if err := json.Unmarshal(raw, &t); err != nil {
			return fmt.Errorf("read the tools of %s: %w", s.Slug, err)
		}
		first, _, _ := strings.Cut(cmp.Or(t.Description, t.Title), "\n")
		fmt.Fprintf(rows, "%s\t%s\n", cell(t.Name), cell(first))
	}
	if len(s.Tools) == 0 {
		fmt.Fprintf(p.stderr, "%s has no tools.\n", s.Slug)
	}
	return rows.Flush()
}

// toolResult is a CallToolResult (MCP 2025-11-25, server/tools).
type toolResult struct {
	Content           []content
	StructuredContent json.RawMessage
	IsError           bool
}

type content struct {
	Type     string
	Text     string
	Data     string // base64
	MimeType string
	URI      string
	Resource struct {
		URI, MimeType, Text, Blob string
	}
}

// printAnswer prints what a tool answered; what it says of a failure goes to
// stderr, and the error is the exit status.
func (p process) printAnswer(answer api.CallResult, asJSON bool) error {
	var result toolResult
	if err := json.Unmarshal(answer.Result, &result); err != nil {
		return fmt.Errorf("read the tool's answer: %w", err)
	}
	to := p.stdout
	if result.IsError && !asJSON {
		to = p.stderr
	}
	write := func() error { return result.print(to) }
	if asJSON {
		write = func() error { return writeJSON(to, answer) }
	}
	if err := write(); err != nil {
		return err
	}
	if result.IsError {
		return status(1)
	}
	return nil
}

func (r toolResult) print(w io.Writer) error {
	var b bytes.Buffer
	for _, c := range r.Content {
		fmt.Fprintln(&b, plain(c.words()))
	}
	if len(r.Content) == 0 && len(r.StructuredContent) > 0 {
		var indented bytes.Buffer
		if err := json.Indent(&indented, r.StructuredContent, "", "  "); err != nil {
			return fmt.Errorf("read the tool's answer: %w", err)
		}
		fmt.Fprintln(&b, plain(indented.String()))
	}
	if b.Len() == 0 && r.IsError {
		fmt.Fprintln(&b, "The tool says that it failed, and not why.")
	}
	_, err := b.WriteTo(w)
	return err
}

// words are the text of a piece of content, or what it is.
func (c content) words() string {
	switch c.Type {
	case "text":
		return c.Text
	case "resource_link":
		return c.URI
	case "resource":
		if c.Resource.Text != "" {
			return c.Resource.Text
		}
		return fmt.Sprintf("[%s, %s, %d bytes: --json shows it]", c.Resource.URI, c.Resource.MimeType, base64.StdEncoding.DecodedLen(len(c.Resource.Blob)))
	}
	return fmt.Sprintf("[%s, %s, %d bytes: --json shows it]", c.Type, c.MimeType, base64.StdEncoding.DecodedLen(len(c.Data)))
}
