package store_test

import (
	"fmt"
	"testing"
	"time"

	"moorage"
)

func TestADeliveryIsTakenOnceByEachHookUntilGitHubForgetsIt(t *testing.T) {
	db, clock := open(t)
	user := newUser(t, db, "ada")
	server := newServer(t, db, user.ID, "weather")
	take := func(hook moorage.ServerID, code moorage.Code) {
		t.Helper()
		_, err := db.TakePush(t.Context(), moorage.Delivery{ID: "one", Hook: hook}, []moorage.Decision{{ServerID: server.ID, Reason: "Why."}}, nil)
		wantCode(t, err, code)
	}
	take("", "")
	take("", moorage.Conflict)
	take(server.ID, "")
	take(server.ID, moorage.Conflict)
	clock.Move(29 * 24 * time.Hour)
	take("", moorage.Conflict)
	clock.Move(2 * 24 * time.Hour)
	take("", "")
	wantEqual(t, "decisions", len(get[[]moorage.Decision](t)(db.Decisions(t.Context(), server.ID))), 3)
}

func TestAPushThatCannotBeStoredWholeLeavesNothing(t *testing.T) {
	db, _ := open(t)
	user := newUser(t, db, "ada")
	server := newServer(t, db, user.ID, "weather")
	decided := []moorage.Decision{{ServerID: server.ID, Deployment: "dep_1", Reason: "Why."}}
	good := moorage.Deployment{ID: "dep_1", ServerID: server.ID, Source: server.Source, Config: server.Config, Trigger: moorage.TriggerPush, CreatedBy: user.ID, Status: moorage.StatusQueued}
	gone := good
	gone.ID, gone.ServerID = "dep_2", "srv_gone"
	if _, err := db.TakePush(t.Context(), moorage.Delivery{ID: "one"}, decided, []moorage.Deployment{good, gone}); err == nil {
		t.Fatal("a deployment of no server was stored")
	}
	wantEqual(t, "decisions", len(get[[]moorage.Decision](t)(db.Decisions(t.Context(), server.ID))), 0)
	wantEqual(t, "deployments", len(get[[]moorage.Deployment](t)(db.Deployments(t.Context(), moorage.DeploymentFilter{}))), 0)
	_, err := db.TakePush(t.Context(), moorage.Delivery{ID: "one"}, decided, []moorage.Deployment{good})
	must(t, err) // the delivery was not used up
}

func TestTwentyDecisionsOfEachServerAreKept(t *testing.T) {
	db, _ := open(t)
	user := newUser(t, db, "ada")
	one, two := newServer(t, db, user.ID, "weather"), newServer(t, db, user.ID, "sun")
	for i := range 30 {
		decided := []moorage.Decision{{ServerID: one.ID, Reason: fmt.Sprint("Reason ", i, ".")}}
		if i < 5 {
			decided = append(decided, moorage.Decision{ServerID: two.ID, Reason: "Why."})
		}
		_, err := db.TakePush(t.Context(), moorage.Delivery{ID: fmt.Sprint(i)}, decided, nil)
		must(t, err)
	}
	list := get[[]moorage.Decision](t)(db.Decisions(t.Context(), one.ID))
	wantEqual(t, "decisions", len(list), 20)
	wantEqual(t, "the newest", list[0].Reason, "Reason 29.")
	wantEqual(t, "the oldest", list[19].Reason, "Reason 10.")
	wantEqual(t, "of the other", len(get[[]moorage.Decision](t)(db.Decisions(t.Context(), two.ID))), 5)
}
