package main

import (
	"bytes"
	"context"
	"image/png"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func connect(t *testing.T, o *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	ours, theirs := mcp.NewInMemoryTransports()
	if _, err := newServer().Connect(t.Context(), theirs, nil); err != nil {
		t.Fatal(err)
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, o).Connect(t.Context(), ours, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

func call(t *testing.T, s *mcp.ClientSession, tool string, arguments map[string]any) *mcp.CallToolResult {
	t.Helper()
	result, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatalf("call %s: %v", tool, err)
	}
	return result
}

func TestEachToolAnswersWithItsKindOfResult(t *testing.T) {
	s := connect(t, nil)
	texts := []struct {
		tool      string
		arguments map[string]any
		want      string
	}{
		{"greet", map[string]any{"name": "Ada"}, "Hello, Ada."},
		{"greet", map[string]any{"name": "Ada", "language": "fr", "loud": true}, "BONJOUR, ADA!"},
		{"add", map[string]any{"a": 2, "b": 0.5}, `{"sum":2.5}`},
		{"plan_trip", map[string]any{"destination": map[string]any{"city": "Porto"}, "days": 1, "interests": []string{"bridges"}},
			"1 days in Porto\nDay 1: bridges, after the train has arrived"},
		{"countdown", map[string]any{"from": 2, "pause": 1}, "Lift-off."},
		{"fail", map[string]any{}, "Something went wrong, as asked."},
	}
	for _, tt := range texts {
		result := call(t, s, tt.tool, tt.arguments)
		got := result.Content[0].(*mcp.TextContent).Text
		if got != tt.want || result.IsError != (tt.tool == "fail") {
			t.Errorf("%s(%v) = %q, error %t; want %q", tt.tool, tt.arguments, got, result.IsError, tt.want)
		}
	}
	link := call(t, s, "locate", map[string]any{}).Content[0].(*mcp.ResourceLink)
	read, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: link.URI})
	if err != nil || !strings.Contains(read.Contents[0].Text, "en\nes") {
		t.Errorf("the link leads to %v, %v", read, err)
	}
}

func TestThePictureAndTheSoundAreRealOnes(t *testing.T) {
	s := connect(t, nil)
	for _, shape := range []string{"circle", "square", "waves"} {
		picture := call(t, s, "draw", map[string]any{"shape": shape, "size": 64}).Content[0].(*mcp.ImageContent)
		decoded, err := png.Decode(bytes.NewReader(picture.Data))
		if err != nil || decoded.Bounds().Dx() != 64 {
			t.Fatalf("%s: %v", shape, err)
		}
		if decoded.At(32, 40) != sea && decoded.At(32, 40) == decoded.At(0, 0) {
			t.Errorf("%s: the picture shows nothing", shape)
		}
	}
	sound := call(t, s, "chime", map[string]any{}).Content[0].(*mcp.AudioContent)
	if !bytes.HasPrefix(sound.Data, []byte("RIFF")) || len(sound.Data) != 44+2*3*noteSamples {
		t.Errorf("the sound is no WAVE file: %d bytes", len(sound.Data))
	}
}

func TestACountdownReportsAndCanBeCancelled(t *testing.T) {
	progress := make(chan float64, 100)
	s := connect(t, &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) { progress <- req.Params.Progress },
	})
	ctx, cancel := context.WithCancel(t.Context())
	params := &mcp.CallToolParams{Name: "countdown", Arguments: map[string]any{"from": 100, "pause": 5}}
	params.SetProgressToken("c")
	done := make(chan error)
	go func() {
		_, err := s.CallTool(ctx, params)
		done <- err
	}()
	for want := range 3 {
		if got := <-progress; got != float64(want) {
			t.Fatalf("progress %v, want %d", got, want)
		}
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("a cancelled call has a result")
	}
}

func TestWhatIsOutOfBoundsIsRefused(t *testing.T) {
	s := connect(t, nil)
	for tool, arguments := range map[string]map[string]any{
		"greet":     {"name": "Ada", "language": "tlh"},
		"draw":      {"size": 100000},
		"plan_trip": {"days": 2},
		"countdown": {"from": -1},
	} {
		if result, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments}); err == nil && !result.IsError {
			t.Errorf("%s(%v) was accepted", tool, arguments)
		}
	}
}

func TestPromptAndTemplateAnswer(t *testing.T) {
	s := connect(t, nil)
	prompt, err := s.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "welcome", Arguments: map[string]string{"name": "Ada"}})
	if err != nil || !strings.Contains(prompt.Messages[0].Content.(*mcp.TextContent).Text, "Ada") {
		t.Errorf("prompt: %v, %v", prompt, err)
	}
	read, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: greetingsURI + "de"})
	if err != nil || read.Contents[0].Text != "Hallo" {
		t.Errorf("template: %v, %v", read, err)
	}
	if _, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: greetingsURI + "tlh"}); err == nil {
		t.Error("a language that nobody taught it was read")
	}
}

func TestServingHTTPNeedsAPort(t *testing.T) {
	t.Setenv("PORT", "")
	if err := run(t.Context(), []string{"-http"}); err == nil || !strings.Contains(err.Error(), "PORT is not set") {
		t.Errorf("run = %v", err)
	}
}
