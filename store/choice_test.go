package store_test

import (
	"testing"

	"moorage"
)

func TestWhatAPersonLeavesOutIsKeptUntilTheyWantItAgain(t *testing.T) {
	db, _ := open(t)
	ada, joan := newUser(t, db, "ada"), newUser(t, db, "joan")
	s := newServer(t, db, ada.ID, "weather")
	deployed(t, db, s, said("rain", "1"), said("wind", "1"), said("new", "1"))
	bell, stop := db.Watch("servers")
	defer stop()
	must(t, db.Choose(t.Context(), ada.ID, moorage.ServerChoice{Server: s.ID, On: true, Shown: []string{"rain", "wind", "no-such", ""}, Tools: []string{"wind"}}))
	<-bell
	c := get[moorage.Choice](t)(db.Choice(t.Context(), ada.ID))
	if len(c) != 1 || !c.WithoutTool(s.ID, "rain") || c.WithoutServer(s.ID) {
		t.Errorf("%v", c)
	}
	must(t, db.Choose(t.Context(), ada.ID, moorage.ServerChoice{Server: s.ID, Shown: []string{"wind"}, Tools: []string{"wind"}}))
	c = get[moorage.Choice](t)(db.Choice(t.Context(), ada.ID))
	if len(c) != 2 || !c.WithoutTool(s.ID, "rain") || !c.WithoutServer(s.ID) { // what was not shown stays as it was
		t.Errorf("%v", c)
	}
	if c := get[moorage.Choice](t)(db.Choice(t.Context(), joan.ID)); len(c) > 0 || c.WithoutServer(s.ID) {
		t.Errorf("somebody else leaves out %v", c)
	}
	must(t, db.Choose(t.Context(), ada.ID, moorage.ServerChoice{Server: s.ID, On: true, Shown: []string{"rain"}, Tools: []string{"rain"}}))
	if c := get[moorage.Choice](t)(db.Choice(t.Context(), ada.ID)); len(c) > 0 {
		t.Errorf("%v", c)
	}
}
