package store_test

import (
	"testing"
	"time"

	"moorage"
)

func TestWhatIsLookedUpAtEveryCallIsNeverOfBeforeAChange(t *testing.T) {
	db, _ := open(t)
	ada := newUser(t, db, "ada")
	s := newServer(t, db, ada.ID, "weather")
	token := moorage.APIToken{ID: moorage.NewTokenID(time.Now()), UserID: ada.ID, Name: "ci", Hash: []byte("hash")}
	must(t, db.CreateAPIToken(t.Context(), token))
	for range 2 { // read, and remembered
		wantEqual(t, "title", get[moorage.Server](t)(db.ServerBySlug(t.Context(), "weather")).Title, s.Title)
		wantEqual(t, "role", get[moorage.User](t)(db.User(t.Context(), ada.ID)).Role, ada.Role)
		wantEqual(t, "token", get[moorage.APIToken](t)(db.APITokenByHash(t.Context(), token.Hash)).ID, token.ID)
	}
	s.Title = "changed"
	must(t, db.UpdateServer(t.Context(), s))
	wantEqual(t, "title", get[moorage.Server](t)(db.ServerBySlug(t.Context(), "weather")).Title, "changed")
	ada.Name = "changed"
	must(t, db.UpdateUser(t.Context(), ada))
	wantEqual(t, "name", get[moorage.User](t)(db.User(t.Context(), ada.ID)).Name, "changed")
	must(t, db.DeleteAPIToken(t.Context(), ada.ID, token.ID))
	_, err := db.APITokenByHash(t.Context(), token.Hash)
	wantCode(t, err, moorage.NotFound)
	must(t, db.DeleteServer(t.Context(), s.ID))
	_, err = db.ServerBySlug(t.Context(), "weather")
	wantCode(t, err, moorage.NotFound)
}
