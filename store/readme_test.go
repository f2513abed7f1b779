package store_test

import "testing"

func TestAReadmeIsKeptWithItsDeployment(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	d := queue(t, db, s, "main")
	if text := get[string](t)(db.Readme(t.Context(), d.ID)); text != "" {
		t.Errorf("before it was read it says %q", text)
	}
	must(t, db.SetReadme(t.Context(), d.ID, "# One"))
	must(t, db.SetReadme(t.Context(), d.ID, "# Two"))
	if text := get[string](t)(db.Readme(t.Context(), d.ID)); text != "# Two" {
		t.Errorf("it says %q", text)
	}
}
