package store_test

import (
	"testing"
	"time"

	"moorage"
)

func tool(name, hash string) moorage.Offer {
	return moorage.Offer{Kind: moorage.OfferTool, Name: name, Hash: hash, Object: []byte(`{"name":"` + name + `"}`)}
}

func TestASwitchRetiresWhatWasLiveInOneStep(t *testing.T) {
	db, clock := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	queue(t, db, s, "main")
	old := probe(t, db)
	info := moorage.ServerInfo{Name: "weather", ProtocolVersion: "2025-11-25", Tools: true}
	replaced := get[moorage.DeploymentID](t)(db.Switch(t.Context(), old, "https://moorage.test/mcp/weather", info, nil))
	wantEqual(t, "the first replaced", replaced, "")

	queue(t, db, s, "main")
	next := probe(t, db)
	at := clock.Move(time.Minute)
	replaced = get[moorage.DeploymentID](t)(db.Switch(t.Context(), next, "https://moorage.test/mcp/weather", info, nil))
	wantEqual(t, "the replaced", replaced, old)
	wantStatus(t, db, old, moorage.StatusRetired)
	d := wantStatus(t, db, next, moorage.StatusLive)
	wantEqual(t, "the URL", d.DeploymentURL, "https://moorage.test/mcp/weather")
	wantEqual(t, "what it said", d.ServerInfo, info)
	wantEqual(t, "the end", d.FinishedAt, at)
	s = get[moorage.Server](t)(db.Server(t.Context(), s.ID))
	wantEqual(t, "what is live", s.LiveDeploymentID, next)
	wantEqual(t, "the server", s.Status, moorage.ServerLive)
}

func TestASwitchThatComesTooLateLeavesWhatIsLive(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	queue(t, db, s, "main")
	live := probe(t, db)
	_, err := db.Switch(t.Context(), live, "u", moorage.ServerInfo{}, []moorage.Offer{tool("forecast", "1")})
	must(t, err)
	queue(t, db, s, "main")
	late := probe(t, db)
	must(t, db.EndDeployment(t.Context(), late, moorage.StatusProbing, moorage.StatusCancelled, nil))

	_, err = db.Switch(t.Context(), late, "u", moorage.ServerInfo{}, nil)
	wantCode(t, err, moorage.Conflict)
	wantStatus(t, db, live, moorage.StatusLive)
	wantEqual(t, "what is live", get[moorage.Server](t)(db.Server(t.Context(), s.ID)).LiveDeploymentID, live)
	wantEqual(t, "the number of tools", len(get[[]moorage.Offer](t)(db.Tools(t.Context(), s.ID))), 1)
}

func TestToolsRememberWhenTheyCameAndWhenTheyChanged(t *testing.T) {
	db, clock := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	first := clock.Now()
	queue(t, db, s, "main")
	_, err := db.Switch(t.Context(), probe(t, db), "u", moorage.ServerInfo{}, []moorage.Offer{tool("same", "1"), tool("changes", "1"), tool("goes", "1")})
	must(t, err)
	second := clock.Move(time.Hour)
	queue(t, db, s, "main")
	_, err = db.Switch(t.Context(), probe(t, db), "u", moorage.ServerInfo{},
		[]moorage.Offer{tool("comes", "1"), tool("changes", "2"), tool("same", "1"), tool("same", "said twice")})
	must(t, err)

	tools := get[[]moorage.Offer](t)(db.Tools(t.Context(), s.ID))
	want := []moorage.Offer{
		{Name: "comes", Hash: "1", FirstSeenAt: second, ChangedAt: second},
		{Name: "changes", Hash: "2", FirstSeenAt: first, ChangedAt: second},
		{Name: "same", Hash: "1", FirstSeenAt: first, ChangedAt: first},
	}
	if len(tools) != len(want) {
		t.Fatalf("the tools are %+v", tools)
	}
	for i, w := range want {
		got := tools[i]
		wantEqual(t, "the object", string(got.Object), `{"name":"`+w.Name+`"}`)
		wantEqual(t, "the hash of "+w.Name, got.Hash, w.Hash)
		wantEqual(t, "the first sight of "+w.Name, got.FirstSeenAt, w.FirstSeenAt)
		wantEqual(t, "the change of "+w.Name, got.ChangedAt, w.ChangedAt)
	}
}

func TestAServerThatIsStoppedHasNothingLive(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	_, err := db.StopServer(t.Context(), s.ID)
	wantCode(t, err, moorage.Conflict)
	queue(t, db, s, "main")
	live := probe(t, db)
	_, err = db.Switch(t.Context(), live, "u", moorage.ServerInfo{}, nil)
	must(t, err)
	wantEqual(t, "the stopped", get[moorage.DeploymentID](t)(db.StopServer(t.Context(), s.ID)), live)
	wantStatus(t, db, live, moorage.StatusRetired)
	s = get[moorage.Server](t)(db.Server(t.Context(), s.ID))
	wantEqual(t, "the server", s.Status, moorage.ServerStopped)
	wantEqual(t, "what is live", s.LiveDeploymentID, "")
}
