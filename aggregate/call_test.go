package aggregate

import (
	"context"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"moorage"
	"moorage/runner/runnertest"
)

func textOf(t testing.TB, r *mcp.CallToolResult, err error) string {
	t.Helper()
	must(t, err)
	return r.Content[0].(*mcp.TextContent).Text
}

func TestACallGoesToItsServerAndItsResultPassesUnchanged(t *testing.T) {
	d := newDock(t)
	image := runnertest.Image(t, greeter)
	d.runs("stdio", image, moorage.TransportStdio)
	d.runs("http", image, moorage.TransportHTTP, "-http")
	for _, version := range eras {
		s := d.connect("ada", version, nil)
		if len(listed(t, s)) != 16 {
			t.Errorf("%s: %q", version, listed(t, s))
		}
		for _, slug := range []string{"stdio", "http"} {
			r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: slug + "__add", Arguments: map[string]any{"a": 2, "b": 0.5}})
			if got := textOf(t, r, err); got != `{"sum":2.5}` || r.IsError || r.StructuredContent.(map[string]any)["sum"] != 2.5 {
				t.Errorf("%s %s: %+v", version, slug, r)
			}
			if r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: slug + "__fail"}); textOf(t, r, err) != "Something went wrong, as asked." || !r.IsError {
				t.Errorf("%s %s: %+v", version, slug, r)
			}
			if r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: slug + "__draw", Arguments: map[string]any{"size": 64}}); err != nil || len(r.Content[0].(*mcp.ImageContent).Data) == 0 {
				t.Errorf("%s %s: %+v, %v", version, slug, r, err)
			}
		}
	}
	if listed, err := d.engine.List(t.Context()); err != nil || len(listed) != 2 {
		t.Errorf("%d containers, %v", len(listed), err)
	}
	if c := <-d.counted; c.Tool != "add" || c.User != d.owner.ID || c.Means != moorage.MeansToken || c.Outcome != moorage.OutcomeOK || len(d.counted) != 3*2*len(eras)-1 {
		t.Errorf("counted: %+v, and %d more", c, len(d.counted))
	}
}

func TestPromptsResourcesAndTemplatesAreTheServers(t *testing.T) {
	d := newDock(t)
	d.runs("hello", runnertest.Image(t, greeter), moorage.TransportStdio)
	for _, version := range eras {
		s := d.connect("ada", version, nil)
		p, err := s.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "hello__welcome", Arguments: map[string]string{"name": "Ada"}})
		if err != nil || !strings.Contains(p.Messages[0].Content.(*mcp.TextContent).Text, "Ada") {
			t.Errorf("%s: %+v, %v", version, p, err)
		}
		all, err := s.ListResources(t.Context(), nil)
		must(t, err)
		if len(all.Resources) == 0 || !strings.HasPrefix(all.Resources[0].URI, "moorage+hello:") || !strings.HasPrefix(all.Resources[0].Title, "The hello: ") {
			t.Fatalf("%s: %+v", version, all.Resources)
		}
		r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "hello__locate"})
		must(t, err)
		for _, uri := range []string{all.Resources[0].URI, r.Content[0].(*mcp.ResourceLink).URI} { // as it is listed here, and as a result names it
			read, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
			if err != nil || read.Contents[0].URI != all.Resources[0].URI || read.Contents[0].Text == "" {
				t.Errorf("%s: %s: %+v, %v", version, uri, read, err)
			}
		}
		templates, err := s.ListResourceTemplates(t.Context(), nil)
		must(t, err)
		uri, _, _ := strings.Cut(templates.ResourceTemplates[0].URITemplate, "{")
		read, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri + "de"})
		if err != nil || read.Contents[0].Text != "Hallo" || read.Contents[0].URI != uri+"de" {
			t.Errorf("%s: %+v, %v", version, read, err)
		}
		if _, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "moorage+nothing:x"}); err == nil || !strings.Contains(err.Error(), "There is no resource") {
			t.Errorf("%s: %v", version, err)
		}
	}
}

func TestProgressAndCancellationPass(t *testing.T) {
	d := newDock(t)
	d.runs("hello", runnertest.Image(t, greeter), moorage.TransportStdio)
	for _, version := range eras {
		heard := make(chan float64, 200)
		s := d.connect("ada", version, &mcp.ClientOptions{
			ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
				if r.Params.ProgressToken == "mine" {
					heard <- r.Params.Progress
				}
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		params := &mcp.CallToolParams{Name: "hello__countdown", Arguments: map[string]any{"from": 100, "pause": 20}}
		params.SetProgressToken("mine")
		done := make(chan error)
		go func() {
			_, err := s.CallTool(ctx, params)
			done <- err
		}()
		for want := range 3 {
			if got := <-heard; got != float64(want) {
				t.Fatalf("%s: progress %v, want %d", version, got, want)
			}
		}
		cancel()
		if err := <-done; err == nil {
			t.Errorf("%s: a cancelled call has a result", version)
		}
		r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "hello__greet", Arguments: map[string]any{"name": "Ada"}})
		if got := textOf(t, r, err); got != "Hello, Ada." {
			t.Errorf("%s: %s", version, got)
		}
	}
}

func TestAServerThatDoesNotAnswerIsAnErrorOfItsToolAndOfNothingElse(t *testing.T) {
	d := newDock(t)
	image := runnertest.Image(t, odd)
	spec := runnertest.Spec(image, moorage.TransportStdio)
	d.says(d.add("odd", tool("exit"), tool("twice"), tool("unasked")), spec)
	d.add("gone", tool("any")) // the runner knows nothing of it
	for _, version := range eras {
		s := d.connect("ada", version, nil)
		for name, want := range map[string]string{"odd__exit": "The server ended with exit code 7.", "gone__any": "Nothing of this server is live."} {
			r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: name})
			if got := textOf(t, r, err); !r.IsError || !strings.Contains(got, want) {
				t.Errorf("%s: %s: %q", version, name, got)
			}
		}
	}
}

func TestWhatASessionHasToldAServerStaysWithIt(t *testing.T) {
	d := newDock(t)
	image := runnertest.Image(t, greeter)
	server := d.runs("hello", image, moorage.TransportStdio)
	spec := runnertest.Spec(image, moorage.TransportStdio)
	spec.Run.Isolation = moorage.IsolationSession
	d.says(server, spec)
	one, two := d.connect("ada", legacyVersion, nil), d.connect("ada", legacyVersion, nil)
	for range 3 {
		for _, s := range []*mcp.ClientSession{one, two} {
			r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "hello__greet", Arguments: map[string]any{"name": "Ada"}})
			textOf(t, r, err)
		}
	}
	if listed, err := d.engine.List(t.Context()); err != nil || len(listed) != 2 {
		t.Errorf("%d containers for two sessions, %v", len(listed), err)
	}
}

func TestACallOfWhoMayNoLongerCallEndsAtOnce(t *testing.T) {
	d := newDock(t)
	server := d.runs("hello", runnertest.Image(t, greeter), moorage.TransportStdio)
	must(t, d.db.ShareServer(t.Context(), server.ID, d.guest.ID))
	heard := make(chan bool, 200)
	s := d.connect("joan", legacyVersion, &mcp.ClientOptions{
		ProgressNotificationHandler: func(context.Context, *mcp.ProgressNotificationClientRequest) { heard <- true },
	})
	params := &mcp.CallToolParams{Name: "hello__countdown", Arguments: map[string]any{"from": 100, "pause": 1000}}
	params.SetProgressToken("p")
	done := make(chan string)
	go func() {
		r, err := s.CallTool(t.Context(), params)
		if err != nil {
			done <- err.Error()
			return
		}
		done <- r.Content[0].(*mcp.TextContent).Text
	}()
	<-heard
	must(t, d.db.UnshareServer(t.Context(), server.ID, d.guest.ID))
	d.runner.Revoke(server.ID, func(u moorage.UserID) bool { return u == d.guest.ID })
	if got := <-done; !strings.Contains(got, "You may not call this server any more.") {
		t.Error(got)
	}
}
