package handlers

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"moorage/backup"
)

func TestAnAdminBacksUpAndTakesTheFileAway(t *testing.T) {
	s := newSite(t)
	exchange{URL: "/admin/backups", As: browser(s.admin), ExpectedStatus: ok, ExpectedContent: []string{"There is no backup yet.", "Back up now"}}.test(t, s)
	make := exchange{Method: "POST", URL: "/admin/backups", As: browser(s.admin), ExpectedStatus: moved, ExpectedTo: "/admin/backups"}
	make.test(t, s)
	name := backup.FileName(s.clock())
	exchange{URL: "/admin/backups", As: browser(s.admin), ExpectedStatus: ok, ExpectedContent: []string{name, "verified when it was made"}, Absent: []string{"no backup yet"}}.test(t, s)
	w := exchange{Method: "POST", URL: "/admin/backups/download", Body: url.Values{"name": {name}}, As: browser(s.admin), ExpectedStatus: ok}.test(t, s)
	stored, err := os.ReadFile(filepath.Join(s.keeper.Folder, name))
	must(t, err)
	if !bytes.Equal(w.Body.Bytes(), stored) || w.Header().Get("Content-Disposition") != `attachment; filename="`+name+`"` {
		t.Errorf("%d bytes of %d came with %v", w.Body.Len(), len(stored), w.Header())
	}
	exchange{URL: "/admin/audit", As: browser(s.admin), ExpectedStatus: ok, ExpectedContent: []string{"made the backup <strong>" + name, "downloaded the backup <strong>" + name}}.test(t, s)
	exchange{Method: "POST", URL: "/admin/backups/download", Body: url.Values{"name": {"../moorage.db"}}, As: browser(s.admin), ExpectedStatus: http.StatusNotFound}.test(t, s)
}

func TestABackupThatFailedNeedsAttention(t *testing.T) {
	s := newSite(t)
	s.keeper.Maker.Free = func(string) (int64, error) { return 1 << 20, nil }
	exchange{Method: "POST", URL: "/admin/backups", As: browser(s.admin), ExpectedStatus: http.StatusServiceUnavailable, ExpectedContent: []string{"There is no room for a backup", "MOORAGE_BACKUPS"}}.test(t, s)
	exchange{URL: "/", As: browser(s.admin), ExpectedStatus: ok, ExpectedContent: []string{"The last backup failed.", "There is no room for a backup"}}.test(t, s)
	exchange{URL: "/", As: browser(s.owner), ExpectedStatus: ok, Absent: []string{"backup"}}.test(t, s)
	exchange{URL: "/admin/backups", As: browser(s.admin), ExpectedStatus: ok, ExpectedContent: []string{"There is no room for a backup"}}.test(t, s)
	s.keeper.Maker.Free = nil
	exchange{Method: "POST", URL: "/admin/backups", As: browser(s.admin), ExpectedStatus: moved}.test(t, s)
	exchange{URL: "/", As: browser(s.admin), ExpectedStatus: ok, Absent: []string{"The last backup failed."}}.test(t, s)
}

func TestBackupsThatAreSwitchedOffAreSaidToBe(t *testing.T) {
	s := newSite(t)
	s.keeper.Folder = ""
	exchange{URL: "/admin/backups", As: browser(s.admin), ExpectedStatus: ok, ExpectedContent: []string{"MOORAGE_BACKUPS"}, Absent: []string{"Back up now"}}.test(t, s)
	exchange{Method: "POST", URL: "/admin/backups", As: browser(s.admin), ExpectedStatus: http.StatusConflict}.test(t, s)
}
