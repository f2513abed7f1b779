package aggregate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"moorage"
)

// tool is a tool as a server describes it.
func tool(name string, more ...string) moorage.Offer {
	object := `{"name":` + string(text(name)) + `,"inputSchema":{"type":"object","x-own":{"b":1,"a":[2]}}` + strings.Join(more, "") + `}`
	return moorage.Offer{Kind: moorage.OfferTool, Name: name, Hash: object, Object: []byte(object)}
}

// listed are the names of the tools of servers that a client is told of.
func listed(t testing.TB, s *mcp.ClientSession) (names []string) {
	t.Helper()
	for one, err := range s.Tools(t.Context(), nil) {
		must(t, err)
		if strings.Contains(one.Name, separator) {
			names = append(names, one.Name)
		}
	}
	return names
}

func TestTheToolsOfAllServersAreListedInOrderUnderNamesThatSayWhose(t *testing.T) {
	d := newShelf(t)
	d.add("weather", tool("wind"), tool("rain"))
	d.add("tides", tool("high"))
	for _, version := range eras {
		s := d.connect("ada", version, nil)
		if got := s.InitializeResult(); got.ProtocolVersion != version {
			t.Errorf("the version is %s", got.ProtocolVersion)
		}
		if got := listed(t, s); !slices.Equal(got, []string{"tides__high", "weather__rain", "weather__wind"}) {
			t.Errorf("%s: %q", version, got)
		}
		if got := listed(t, d.connect("joan", version, nil)); len(got) > 0 {
			t.Errorf("%s: somebody else is told of %q", version, got)
		}
	}
}

func TestTheObjectOfAToolPassesWhole(t *testing.T) {
	d := newShelf(t)
	d.add("weather", tool("rain", `,"title":"Rain","annotations":{"readOnlyHint":true},"outputSchema":{"type":"object"},"icons":[{"src":"data:,"}],"_meta":{"ui":{"resourceUri":"ui://rain/map.html"},"x":1},"x-new":"<&>"`))
	k := d.catalogOf(d.owner, nil)
	want := `{"name":"weather__rain","inputSchema":{"type":"object","x-own":{"b":1,"a":[2]}},"title":"The weather: Rain","annotations":{"readOnlyHint":true},` +
		`"outputSchema":{"type":"object"},"icons":[{"src":"data:,"}],"_meta":{"ui":{"resourceUri":"ui://weather/rain/map.html"},"x":1},"x-new":"<&>"}`
	if !strings.Contains(string(k.lists[methodListTools]), want) {
		t.Errorf("%s", k.lists[methodListTools])
	}
	for _, version := range eras {
		all, err := d.connect("ada", version, nil).ListTools(t.Context(), nil)
		must(t, err)
		at := slices.IndexFunc(all.Tools, func(o *mcp.Tool) bool { return o.Name == "weather__rain" })
		if schema, _ := json.Marshal(all.Tools[at].InputSchema); !strings.Contains(string(schema), "x-own") || all.Tools[at].Annotations == nil || all.Tools[at].Meta["x"] == nil {
			t.Errorf("%s: %+v", version, all.Tools[at])
		}
	}
}

// catalogOf is what a person gets.
func (d *dock) catalogOf(u moorage.User, scope moorage.Scope) *catalog {
	d.t.Helper()
	c := moorage.Caller{User: u, Scope: scope}
	k, err := d.view(c, false).catalog(d.t.Context(), c)
	must(d.t, err)
	return k
}

func TestATokenWithAScopeIsShownWhatItReaches(t *testing.T) {
	d := newShelf(t)
	d.add("tides", tool("high"))
	d.add("weather", tool("rain"), tool("wind"), moorage.Offer{Kind: moorage.OfferPrompt, Name: "ask", Hash: "p", Object: []byte(`{"name":"ask"}`)})
	d.scopes["Bearer narrow"] = moorage.Scope{"weather/r*"}
	for _, version := range eras {
		s := d.connect("narrow", version, nil)
		if got := listed(t, s); !slices.Equal(got, []string{"weather__rain"}) {
			t.Errorf("%s: %q", version, got)
		}
		if all, err := s.ListPrompts(t.Context(), nil); err != nil || len(all.Prompts) > 0 {
			t.Errorf("%s: %+v, %v", version, all, err)
		}
		if _, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "weather__wind"}); err == nil || !strings.Contains(err.Error(), "There is no tool") {
			t.Errorf("%s: %v", version, err)
		}
	}
}

func TestWhatIsTakenBackIsGoneAtOnce(t *testing.T) {
	d := newShelf(t)
	server := d.add("weather", tool("rain"))
	must(t, d.db.ShareServer(t.Context(), server.ID, d.guest.ID))
	for _, version := range eras {
		s := d.connect("joan", version, nil)
		if got := listed(t, s); len(got) != 1 {
			t.Fatalf("%q", got)
		}
		must(t, d.db.UnshareServer(t.Context(), server.ID, d.guest.ID))
		if got := listed(t, s); len(got) > 0 {
			t.Errorf("%s: %q", version, got)
		}
		if _, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "weather__rain"}); err == nil || !strings.Contains(err.Error(), "There is no tool") {
			t.Errorf("%s: %v", version, err)
		}
		must(t, d.db.ShareServer(t.Context(), server.ID, d.guest.ID))
	}
}

func TestWhatAPersonLeavesOutIsNotOfferedToThem(t *testing.T) {
	d := newShelf(t)
	weather, tides := d.add("weather", tool("rain"), tool("wind")), d.add("tides", tool("high"))
	must(t, d.db.ShareServer(t.Context(), weather.ID, d.guest.ID))
	s, other := d.connect("ada", legacyVersion, nil), d.connect("joan", legacyVersion, nil)
	must(t, d.db.Choose(t.Context(), d.owner.ID, moorage.ServerChoice{Server: weather.ID, On: true, Shown: []string{"rain", "wind"}, Tools: []string{"wind"}}))
	must(t, d.db.Choose(t.Context(), d.owner.ID, moorage.ServerChoice{Server: tides.ID}))
	if got := listed(t, s); !slices.Equal(got, []string{"weather__wind"}) {
		t.Errorf("%q", got)
	}
	if _, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "tides__high"}); err == nil {
		t.Error("a tool of a server that was left out is called")
	}
	if got := listed(t, other); !slices.Equal(got, []string{"weather__rain", "weather__wind"}) {
		t.Errorf("somebody else is told of %q", got)
	}
}

func TestAHeldToolIsNotOfferedUntilItIsApproved(t *testing.T) {
	d := newShelf(t)
	server := d.add("weather", tool("rain"))
	must(t, d.db.SetHoldChanges(t.Context(), server.ID, true))
	d.bring(server, tool("rain"), tool("wind"))
	if k := d.catalogOf(d.owner, nil); len(k.tools) != 1 {
		t.Errorf("%d tools", len(k.tools))
	}
	must(t, d.db.Approve(t.Context(), server.ID, moorage.OfferKey{Kind: moorage.OfferTool, Name: "wind"}, tool("wind").Hash))
	if k := d.catalogOf(d.owner, nil); len(k.tools) != 2 {
		t.Errorf("%d tools", len(k.tools))
	}
}

func TestLongNamesAreShortenedAndStayApart(t *testing.T) {
	long := strings.Repeat("forecast_", 12)
	offers := []moorage.Offer{tool("rain"), tool(long + "a"), tool(long + "b")}
	for _, slug := range []string{"w", "weather", strings.Repeat("s", 48)} {
		first := names(slug, offers)
		if !slices.Equal(first, names(slug, offers)) {
			t.Error("names differ from time to time")
		}
		seen := map[string]bool{}
		for _, name := range first {
			if len(name) > maxName || seen[name] || !strings.HasPrefix(name, slug+separator) {
				t.Errorf("%q", name)
			}
			seen[name] = true
		}
		// A server that offers the shortened name of another tool does not get its calls.
		imitation := append(slices.Clone(offers), tool(strings.TrimPrefix(first[1], slug+separator)))
		again := names(slug, imitation)
		if again[1] == again[3] {
			t.Errorf("%q is two tools", again[1])
		}
	}
}

func TestAURISaysWhoseItIsAndIsTakenApartAgain(t *testing.T) {
	for inner, outer := range map[string]string{
		"file:///a?b#c":      "moorage+weather:file:///a?b#c",
		"greeting://{lang}":  "moorage+weather:greeting://{lang}",
		"ui://rain/map.html": "ui://weather/rain/map.html",
		"":                   "moorage+weather:",
	} {
		slug, back, ok := innerURI(outerURI("weather", inner))
		if outerURI("weather", inner) != outer || slug != "weather" || back != inner || !ok {
			t.Errorf("%s: %s, %q %q %t", inner, outerURI("weather", inner), slug, back, ok)
		}
	}
	for _, other := range []string{"file:///a", "moorage+x", "ui://x"} {
		if _, _, ok := innerURI(other); ok {
			t.Errorf("%s is taken for ours", other)
		}
	}
}

func TestSessionsAreToldWhatChangedAndOnlyThat(t *testing.T) {
	d := newShelf(t)
	server := d.add("weather", tool("rain"))
	for _, version := range eras {
		tools, prompts := make(chan bool, 10), make(chan bool, 10)
		s := d.connect("joan", version, &mcp.ClientOptions{
			ToolListChangedHandler:   func(_ context.Context, _ *mcp.ToolListChangedRequest) { tools <- true },
			PromptListChangedHandler: func(_ context.Context, _ *mcp.PromptListChangedRequest) { prompts <- true },
		})
		listed(t, s)
		must(t, d.db.ShareServer(t.Context(), server.ID, d.guest.ID))
		<-tools
		if got := listed(t, s); !slices.Equal(got, []string{"weather__rain"}) {
			t.Errorf("%s: %q", version, got)
		}
		must(t, d.db.UnshareServer(t.Context(), server.ID, d.guest.ID))
		<-tools
		if len(prompts) > 0 {
			t.Errorf("%s: told of prompts that did not change", version)
		}
	}
}

func TestManyToolsAreOnePage(t *testing.T) {
	d := newShelf(t)
	var offers []moorage.Offer
	for i := range 1000 {
		offers = append(offers, tool(fmt.Sprintf("tool_%04d", i)))
	}
	d.add("many", offers...)
	for _, version := range eras {
		if got := listed(t, d.connect("ada", version, nil)); len(got) != 1000 || !slices.IsSorted(got) {
			t.Errorf("%s: %d tools", version, len(got))
		}
	}
}
