package aggregate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"moorage"
)

// ask calls a tool of Moorage's own and reads what it answers; why is the text of
// one that refuses.
func ask(t testing.TB, s *mcp.ClientSession, tool string, args map[string]any, into any) (why string) {
	t.Helper()
	r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: args})
	said := textOf(t, r, err)
	if r.IsError {
		return said
	}
	body, err := json.Marshal(r.StructuredContent)
	must(t, err)
	var again any
	if json.Unmarshal([]byte(said), &again) != nil {
		t.Errorf("%s: the text is not what is structured: %s", tool, said)
	}
	if into != nil {
		must(t, json.Unmarshal(body, into))
	}
	return ""
}

// ownOf are the names of Moorage's own tools that a client is told of.
func ownOf(t testing.TB, s *mcp.ClientSession) (names []string) {
	t.Helper()
	for one, err := range s.Tools(t.Context(), nil) {
		must(t, err)
		if !strings.Contains(one.Name, separator) {
			names = append(names, one.Name)
		}
	}
	return names
}

func TestMoorageHasToolsOfItsOwn(t *testing.T) {
	d := newShelf(t)
	d.scopes["Bearer narrow"] = moorage.Scope{"weather/*"}
	all := []string{toolListTools, toolCall, toolServers, toolServer, toolDeployments, toolLogs, toolDeploy}
	for _, version := range eras {
		if got := ownOf(t, d.connect("ada", version, nil)); !slices.Equal(got, all) {
			t.Errorf("%s: %q", version, got)
		}
		if got := ownOf(t, d.connect("narrow", version, nil)); !slices.Equal(got, all[:len(all)-1]) {
			t.Errorf("%s, narrowed: %q", version, got)
		}
	}
}

func TestToolsAreListedPageByPage(t *testing.T) {
	d := newShelf(t)
	long := strings.Repeat("z", 80)
	d.add("weather", tool("rain", `,"description":"`+strings.Repeat("It rains. ", 100)+`"`), tool(long+"b"), tool(long+"a"))
	d.add("tides", tool("high"))
	s := d.connect("ada", legacyVersion, nil)
	var got []string
	for cursor := ""; ; {
		var page struct {
			Tools []toolWords
			Next  string `json:"next_cursor"`
		}
		if why := ask(t, s, toolListTools, map[string]any{"limit": 1, "cursor": cursor}, &page); why != "" {
			t.Fatal(why)
		}
		for _, one := range page.Tools {
			got = append(got, one.Server+" "+one.Name)
			if len(one.Description) > maxDescription+len("…") {
				t.Errorf("%s: %d bytes of description", one.Name, len(one.Description))
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(got) != 4 || got[0] != "tides tides__high" || got[1] != "weather weather__rain" {
		t.Errorf("%q", got)
	}
	for args, want := range map[string]string{"server nothing": "There is no server", "cursor gone": "The list has changed"} {
		name, value, _ := strings.Cut(args, " ")
		if why := ask(t, s, toolListTools, map[string]any{name: value}, nil); !strings.Contains(why, want) {
			t.Errorf("%s: %q", args, why)
		}
	}
}

func TestWhoAskedForTheSmallFormFindsToolsAndCallsThem(t *testing.T) {
	d := newShelf(t)
	var offers []moorage.Offer
	for i := range 50 {
		offers = append(offers, tool(fmt.Sprintf("get_number_%d", i), `,"description":"A number and nothing about rain"`))
	}
	d.add("numbers", offers...)
	d.add("weather", tool("getForecast", `,"title":"Rain or shine","description":"Whether it rains tomorrow"`), tool("wind"))
	d.web.URL += "?tools=find"
	for _, version := range eras {
		s := d.connect("ada", version, nil)
		if got := ownOf(t, s); !slices.Equal(got, []string{toolFind, toolCall}) || len(listed(t, s)) > 0 {
			t.Errorf("%s: %q", version, got)
		}
		if !strings.Contains(s.InitializeResult().Instructions, toolFind) {
			t.Errorf("%s: %s", version, s.InitializeResult().Instructions)
		}
		for query, want := range map[string]string{"will it rain": "weather__getForecast", "forecast": "weather__getForecast", "weather wind": "weather__wind", "deploy a server": toolDeploy} {
			var said struct {
				Tools []struct {
					Name        string
					InputSchema json.RawMessage
				}
			}
			if why := ask(t, s, toolFind, map[string]any{"query": query, "limit": 2}, &said); why != "" || len(said.Tools) == 0 || said.Tools[0].Name != want || len(said.Tools[0].InputSchema) == 0 || len(said.Tools) > 2 {
				t.Errorf("%s: %s: %+v %s", version, query, said, why)
			}
		}
		if why := ask(t, s, toolCall, map[string]any{"name": toolServers}, nil); why != "" {
			t.Error(why)
		}
		for _, name := range []string{"nothing__x", toolCall} {
			if why := ask(t, s, toolCall, map[string]any{"name": name}, nil); !strings.Contains(why, "There is no tool") {
				t.Errorf("%s: %q", name, why)
			}
		}
	}
}

func TestServersAreShownToWhoMayCallThem(t *testing.T) {
	d := newShelf(t)
	server := d.add("weather", tool("rain"), tool("wind"))
	d.add("tides", tool("high"))
	must(t, d.db.ShareServer(t.Context(), server.ID, d.guest.ID))
	type list struct {
		Servers []serverWords
		Next    string `json:"next_cursor"`
	}
	var first, second, theirs list
	s, other := d.connect("ada", modernVersion, nil), d.connect("joan", modernVersion, nil)
	ask(t, s, toolServers, map[string]any{"limit": 1}, &first)
	ask(t, s, toolServers, map[string]any{"limit": 1, "cursor": first.Next}, &second)
	ask(t, other, toolServers, nil, &theirs)
	if first.Servers[0].Name != "tides" || second.Servers[0].Name != "weather" || second.Next != "" || !first.Servers[0].Manage || second.Servers[0].Tools != 2 || second.Servers[0].Owner != "ada" {
		t.Errorf("%+v, then %+v", first, second)
	}
	if len(theirs.Servers) != 1 || theirs.Servers[0].Name != "weather" || theirs.Servers[0].Manage {
		t.Errorf("%+v", theirs)
	}
	var mine, seen map[string]any
	ask(t, s, toolServer, map[string]any{"server": "weather"}, &mine)
	ask(t, other, toolServer, map[string]any{"server": "weather"}, &seen)
	if mine["answers_calls"] != true || mine["last_deployment_status"] != "live" || seen["last_deployment"] != nil || seen["status"] != "live" {
		t.Errorf("%v, and for another %v", mine, seen)
	}
	for _, slug := range []string{"tides", "nothing"} {
		if why := ask(t, other, toolServer, map[string]any{"server": slug}, nil); !strings.Contains(why, "There is no server") {
			t.Errorf("%s: %q", slug, why)
		}
	}
}

func TestDeployingTakesTheOwnerAndATokenWithoutAScope(t *testing.T) {
	d := newShelf(t)
	server := d.add("weather", tool("rain"))
	must(t, d.db.ShareServer(t.Context(), server.ID, d.guest.ID))
	d.scopes["Bearer narrow"] = moorage.Scope{"weather/*"}
	args := map[string]any{"server": "weather"}
	if why := ask(t, d.connect("joan", legacyVersion, nil), toolDeploy, args, nil); !strings.Contains(why, "You may call weather, and not see or change what is behind it.") {
		t.Error(why)
	}
	narrow := d.connect("narrow", legacyVersion, nil)
	if _, err := narrow.CallTool(t.Context(), &mcp.CallToolParams{Name: toolDeploy, Arguments: args}); err == nil {
		t.Error("a token with a scope deploys")
	}
	if why := ask(t, narrow, toolDeployments, args, nil); why != "" {
		t.Error(why) // it reaches all of the server
	}
	s := d.connect("ada", legacyVersion, nil)
	var queued deploymentWords
	if why := ask(t, s, toolDeploy, args, &queued); why != "" || queued.Status != moorage.StatusQueued {
		t.Fatalf("%+v %s", queued, why)
	}
	var list struct{ Deployments []deploymentWords }
	ask(t, s, toolDeployments, map[string]any{"server": "weather", "limit": 1}, &list)
	if len(list.Deployments) != 1 || list.Deployments[0].ID != queued.ID {
		t.Errorf("%+v", list)
	}
	ask(t, s, toolDeployments, map[string]any{"server": "weather", "before": string(queued.ID)}, &list)
	if len(list.Deployments) != 1 || !list.Deployments[0].Live {
		t.Errorf("%+v", list)
	}
	stored, err := d.db.Deployment(t.Context(), queued.ID)
	if err != nil || stored.CreatedBy != d.owner.ID || stored.Trigger != moorage.TriggerRedeploy {
		t.Errorf("%+v, %v", stored, err)
	}
}

func TestALogIsReadFromItsEndOrOnFromALine(t *testing.T) {
	d := newShelf(t)
	server := d.add("weather", tool("rain"))
	id := server.LiveDeploymentID
	var lines []moorage.LogLine
	for n := range int64(300) {
		lines = append(lines, moorage.LogLine{Seq: n + 1, Step: 1, Stream: moorage.StreamStdout, At: time.Now(), Text: fmt.Sprintf("\x1b[32mline %d\x1b[0m", n+1)})
	}
	lines = append(lines, moorage.LogLine{Seq: 301, Step: 1, Stream: moorage.StreamStdout, At: time.Now(), Text: strings.Repeat("x", 5<<10)})
	must(t, d.db.AppendLog(t.Context(), id, lines))
	s := d.connect("ada", legacyVersion, nil)
	type log struct {
		Settled bool
		Lines   []logLine
		After   int64
	}
	var last, first, rest log
	ask(t, s, toolLogs, map[string]any{"deployment": string(id)}, &last)
	if len(last.Lines) != 100 || last.Lines[0].Text != "line 202" || !last.Settled || last.After != 301 || len(last.Lines[99].Text) > maxLine+len("…") {
		t.Errorf("%d lines from %+v, settled %t, after %d", len(last.Lines), last.Lines[0], last.Settled, last.After)
	}
	ask(t, s, toolLogs, map[string]any{"deployment": string(id), "after": 0, "limit": 200}, &first)
	ask(t, s, toolLogs, map[string]any{"deployment": string(id), "after": first.After, "limit": 200}, &rest)
	if first.Lines[0].N != 1 || first.Settled || rest.Lines[0].N != 201 || !rest.Settled {
		t.Errorf("from %d to %d, settled %t; from %d, settled %t", first.Lines[0].N, first.After, first.Settled, rest.Lines[0].N, rest.Settled)
	}
	if why := ask(t, d.connect("joan", legacyVersion, nil), toolLogs, map[string]any{"deployment": string(id)}, nil); !strings.Contains(why, "There is no deployment") {
		t.Error(why)
	}
	if why := ask(t, s, toolLogs, map[string]any{"deployment": string(id), "lines": 3}, nil); !strings.Contains(why, "The arguments do not fit") {
		t.Error(why)
	}
}
