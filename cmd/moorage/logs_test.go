package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"moorage"
	"moorage/handlers/api"
	"moorage/handlers/sse"
)

// elsewhere is the API of a Moorage with one deployment of so many lines,
// whose connections break off after every few.
func elsewhere(t *testing.T, lines int64, breaks int64, end api.Deployment) (url string, connections *atomic.Int64) {
	t.Helper()
	connections = new(atomic.Int64)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/deployments/{id}", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer moor_good" {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"detail":"This needs an API token that is good.","next":"Make one."}`)
			return
		}
		json.NewEncoder(w).Encode(end)
	})
	mux.HandleFunc("GET /api/deployments/{id}/log", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != "text/event-stream" {
			for n := range lines {
				fmt.Fprintf(w, "line %d\n", n+1)
			}
			return
		}
		connections.Add(1)
		after, _ := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
		s, err := sse.Start(w)
		if err != nil {
			panic(err)
		}
		for n := after + 1; n <= lines; n++ {
			if n == after+breaks {
				panic(http.ErrAbortHandler)
			}
			data, _ := json.Marshal(api.Line{Seq: n, Text: fmt.Sprintf("line %d", n)})
			s.Send(strconv.FormatInt(n, 10), "line", string(data))
		}
		data, _ := json.Marshal(end)
		s.Send("", "end", string(data))
		<-r.Context().Done() // the reader leaves first
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, connections
}

func wanted(lines int) string {
	var b strings.Builder
	for n := range lines {
		fmt.Fprintf(&b, "line %d\n", n+1)
	}
	return b.String()
}

func TestLogsFollowOverBrokenConnections(t *testing.T) {
	id := moorage.NewDeploymentID(time.Now())
	url, connections := elsewhere(t, 25, 10, api.Deployment{ID: id, Status: moorage.StatusLive, DeploymentURL: "https://mcp.example.com/mcp/weather"})
	var stdout, stderr bytes.Buffer
	err := run(t.Context(), []string{"logs", string(id), "-follow"}, environment("MOORAGE_URL", url+"/", "MOORAGE_TOKEN", "moor_good"), nil, &stdout, &stderr)
	if err != nil || stdout.String() != wanted(25) || stderr.String() != "Live at https://mcp.example.com/mcp/weather\n" {
		t.Errorf("%v\n%s\n%s", err, &stdout, &stderr)
	}
	if connections.Load() != 3 {
		t.Errorf("%d connections, want 3", connections.Load())
	}
}

func TestTheResultOfADeploymentIsTheExitStatus(t *testing.T) {
	id := moorage.NewDeploymentID(time.Now())
	for _, tt := range []struct {
		end    api.Deployment
		status int
		says   string
	}{
		{api.Deployment{Status: moorage.StatusFailed, Error: &api.Error{Message: "It did not build.", Next: "Look at line 3."}}, 1, "The deployment is failed.\nIt did not build. Look at line 3.\n"},
		{api.Deployment{Status: moorage.StatusCancelled}, 1, "The deployment is cancelled.\n"},
		{api.Deployment{Status: moorage.StatusRetired}, 0, "It was live, and another deployment has taken its place since.\n"},
		{api.Deployment{Status: moorage.StatusSuperseded}, 1, "The deployment is superseded: a newer one of the same server and branch goes first.\n"},
	} {
		url, _ := elsewhere(t, 2, 100, tt.end)
		var stdout, stderr bytes.Buffer
		err := run(t.Context(), []string{"logs", "-follow", string(id)}, environment("MOORAGE_URL", url, "MOORAGE_TOKEN", "moor_good"), nil, &stdout, &stderr)
		got := 0
		if err != nil {
			got = exitStatus(err)
		}
		if got != tt.status || stderr.String() != tt.says || stdout.String() != wanted(2) {
			t.Errorf("exit status %d, want %d; %s%s", got, tt.status, &stdout, &stderr)
		}
	}
}

func TestLogsWithoutFollowingAndWithABadToken(t *testing.T) {
	id := string(moorage.NewDeploymentID(time.Now()))
	url, _ := elsewhere(t, 3, 100, api.Deployment{})
	var stdout bytes.Buffer
	if err := run(t.Context(), []string{"logs", id}, environment("MOORAGE_URL", url, "MOORAGE_TOKEN", "moor_good"), nil, &stdout, io.Discard); err != nil || stdout.String() != wanted(3) {
		t.Errorf("%v %s", err, &stdout)
	}
	err := run(t.Context(), []string{"logs", id, "-follow"}, environment("MOORAGE_URL", url, "MOORAGE_TOKEN", "moor_bad"), nil, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "does not know the token") || !strings.Contains(err.Error(), url+"/tokens") {
		t.Error(err)
	}
	if err := run(t.Context(), []string{"logs", id}, environment("MOORAGE_URL", "http://127.0.0.1:1", "MOORAGE_TOKEN", "x"), nil, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Error(err)
	}
}
