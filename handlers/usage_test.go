package handlers

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/handlers/api"
	"moorage/usage"
)

// isUsed makes the server one that its owner has called, and its guest.
func isUsed(s *site) {
	s.t.Helper()
	s.live(s.server)
	var u moorage.Usage
	tally := moorage.Tally{Server: s.server.ID, Minute: s.clock().Truncate(time.Minute), Method: "tools/call", Tool: "forecast"}
	for n, by := range []moorage.User{s.owner, s.owner, s.guest} {
		c := moorage.Call{
			N: int64(n + 1), Server: s.server.ID, User: by.ID, Means: moorage.MeansToken, Method: "tools/call", Tool: "forecast",
			Began: s.clock().Add(-time.Minute), Took: 1250 * time.Millisecond, Outcome: moorage.OutcomeOK, In: 1000 + n, Out: 10,
		}
		if n == 0 {
			c.Outcome, c.Code = moorage.OutcomeError, -32602
		}
		tally.Add(c)
		u.Calls = append(u.Calls, c)
	}
	u.Tallies = []moorage.Tally{tally}
	u.Loads = []moorage.Load{{Server: s.server.ID, At: s.clock(), Sessions: 4, Instances: 2, Memory: 64_000_000, CPU: 0.25}}
	must(s.t, s.db.AddUsage(s.t.Context(), u))
}

func TestAnOwnerSeesHowTheirServerWasUsed(t *testing.T) {
	s := newSite(t)
	isUsed(s)
	page := s.do(exchange{Method: "GET", URL: "/servers/weather/usage", As: browser(s.owner)}).Body.String()
	for _, want := range []string{"Error -32602", "33 %", "64.0 MB", "0.25", "forecast", "joan, by a token", "1.0 kB in, 10 B out"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page:\n%s", want, page)
		}
	}
}

func TestWhoAServerIsSharedWithSeesTheirOwnCallsOnly(t *testing.T) {
	s := newSite(t)
	isUsed(s)
	page := s.do(exchange{Method: "GET", URL: "/servers/weather/usage", As: browser(s.guest)}).Body.String()
	if !strings.Contains(page, "joan, by a token") || strings.Contains(page, "ada, by") || strings.Contains(page, "-32602") || strings.Contains(page, "64.0 MB") || strings.Contains(page, "usage.json") {
		t.Error(page)
	}
}

func TestAPageOfUsageAsksAgainForWhatChanges(t *testing.T) {
	s := newSite(t)
	isUsed(s)
	part := s.do(exchange{Method: "GET", URL: "/servers/weather/usage", As: browser(s.owner), Header: http.Header{"Hx-Request-Type": {"partial"}}}).Body.String()
	if strings.Contains(part, "<html") || strings.Count(part, "<hx-partial") != 4 || !strings.Contains(part, "64.0 MB") {
		t.Error(part)
	}
}

func TestTheLinesOfTheChartsAreOfOneLength(t *testing.T) {
	s := newSite(t)
	isUsed(s)
	for query, want := range map[string]int{"": 289, "?step=3600": 25, "?step=1": 1441, "?since=0&step=99999": 25, "?since=1793611740&step=60": 2, "?since=x&step=x": 289} {
		r := s.do(exchange{Method: "GET", URL: "/servers/weather/usage.json" + query, As: browser(s.owner)})
		var lines usage.Series
		must(t, json.Unmarshal(r.Body.Bytes(), &lines))
		n := len(lines.Times)
		if n != want || len(lines.Calls) != n || len(lines.P95) != n || len(lines.CPU) != n {
			t.Errorf("%s: %d times, %d calls, want %d", query, n, len(lines.Calls), want)
		}
		calls := 0
		for _, c := range lines.Calls {
			calls += c
		}
		if calls != 3 || lines.P50[n-1] == nil || *lines.Memory[n-1] != 64_000_000 {
			t.Errorf("%s: %d calls, %v", query, calls, lines.P50[n-1])
		}
	}
}

func TestAProgramOfTheOwnerReadsHowAServerWasUsed(t *testing.T) {
	s := newSite(t)
	isUsed(s)
	r := s.do(exchange{Method: "GET", URL: "/api/services/weather/usage", As: program(s.owner)})
	var v api.ServiceUsage
	must(t, json.Unmarshal(r.Body.Bytes(), &v))
	if v.Calls != 3 || v.Errors != 1 || v.P50MS < 1100 || v.P50MS > 1400 || v.Now != (api.UsageNow{Sessions: 4, Instances: 2, MemoryBytes: 64_000_000, CPUs: 0.25}) {
		t.Errorf("%+v", v)
	}
	if len(v.Operations) != 1 || v.Operations[0].Tool != "forecast" || v.Operations[0].Calls != 3 || len(v.History.Times) != 97 || len(v.LastCalls) != 3 {
		t.Errorf("%+v", v)
	}
	first := v.LastCalls[2]
	if first.Outcome != moorage.OutcomeError || first.ErrorCode != -32602 || first.DurationMS != 1250 || first.BytesIn != 1000 || first.UserID != s.owner.ID || strings.Contains(r.Body.String(), "arguments") {
		t.Errorf("%+v", first)
	}
}

func TestARecordingIsSaidToEverybodyAndShownToItsOwner(t *testing.T) {
	s := newSite(t)
	isUsed(s)
	s.usage.Record(s.server.ID, "ada")
	owner := s.do(exchange{Method: "GET", URL: "/servers/weather/usage", As: browser(s.owner)}).Body.String()
	guest := s.do(exchange{Method: "GET", URL: "/servers/weather/usage", As: browser(s.guest)}).Body.String()
	if !strings.Contains(owner, "is being recorded") || !strings.Contains(owner, "Stop recording") {
		t.Error("its owner is not told")
	}
	if !strings.Contains(guest, "is being recorded") || strings.Contains(guest, "/usage/record") {
		t.Error("who it is shared with is not told, or may end it")
	}
	s.pass(usage.RecordFor)
	if after := s.do(exchange{Method: "GET", URL: "/servers/weather/usage", As: browser(s.owner)}).Body.String(); strings.Contains(after, "is being recorded") {
		t.Error("it does not end by itself")
	}
}
