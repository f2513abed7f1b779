package store_test

import (
	"slices"
	"testing"
	"time"

	"moorage/store"
)

func TestWhoFollowsTheCommitsIsToldOfEachBeforeAndAfter(t *testing.T) {
	var told []string
	db, err := store.Open(t.Context(), t.TempDir(), time.Now, func(point string) { told = append(told, point) })
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.SetSetting(t.Context(), "home", "1", nil); err != nil {
		t.Fatal(err)
	}
	if err := db.DeleteServer(t.Context(), "srv_nobody"); err == nil {
		t.Error("a server that is not there was deleted")
	}
	if want := []string{"before set home", "after set home"}; !slices.Equal(told, want) {
		t.Errorf("told %q, not %q", told, want)
	}
}
