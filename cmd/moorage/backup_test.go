package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"moorage/backup"
)

func TestABackupBesideARunningMoorageMakesAnother(t *testing.T) {
	data := t.TempDir()
	running := start(t, data, "serve")
	running.says(`/setup\?code=`)
	a, id := seed(t, data)
	must(t, a.db.Close())
	file := filepath.Join(t.TempDir(), "moorage.tar.gz")
	made := start(t, data, "backup", file)
	if made.exit() != 0 || !strings.Contains(made.stdout.String(), "verified") || !strings.Contains(made.stdout.String(), filepath.Join(data, "master.key")) {
		t.Fatalf("%s%s", made.stdout, made.stderr)
	}
	for _, over := range [][]string{{"restore", file}, {"restore", file, "--replace"}} {
		if held := start(t, data, over...); held.exit() != exitTempFail {
			t.Errorf("%q beside a running one: %s%s", over, held.stdout, held.stderr)
		}
	}
	there := filepath.Join(t.TempDir(), "there")
	if keyless := start(t, there, "restore", file); keyless.exit() != 1 || !strings.Contains(keyless.stderr.String(), "--key") {
		t.Errorf("without the key: %s%s", keyless.stdout, keyless.stderr)
	}
	if done := start(t, there, "restore", file, "--key", filepath.Join(data, "master.key")); done.exit() != 0 {
		t.Fatal(done.stderr)
	}
	base := start(t, there, "serve").says(`(http://127\.0\.0\.1:\d+)`)[1]
	token := start(t, there, "token", "create", "--name", "test")
	if token.exit() != 0 {
		t.Fatal(token.stderr)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/api/deployments/"+string(id), nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token.stdout.String()))
	res, err := (&http.Client{}).Do(r)
	must(t, err)
	must(t, res.Body.Close())
	if res.StatusCode != http.StatusOK {
		t.Errorf("the deployment answers %s", res.Status)
	}
}

func TestACommandThatHasNoDataMakesNone(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "none")
	file := filepath.Join(t.TempDir(), "moorage.tar.gz")
	if p := start(t, empty, "backup", file); p.exit() != 1 || !strings.Contains(p.stderr.String(), "There is no Moorage in") {
		t.Errorf("%s%s", p.stdout, p.stderr)
	}
	if p := start(t, empty, "restore", file); p.exit() != 1 || !strings.Contains(p.stderr.String(), "cannot be read") {
		t.Errorf("%s%s", p.stdout, p.stderr)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a backup of nothing was made")
	}
}

// Just before and just after the last commit of a backup, everything of it is
// there but its name.
func TestAKillInTheMiddleLeavesNoHalfBackup(t *testing.T) {
	for _, point := range []string{"before write down backup.create", "after write down backup.create"} {
		t.Run(point, func(t *testing.T) {
			data := t.TempDir()
			killed := startWith(t, data, []string{"MOORAGE_FAILPOINT=" + point}, "serve")
			backUpInBrowser(t, killed)
			<-killed.ended
			folder := filepath.Join(data, "backups")
			if names := backupsIn(t, folder); len(names) > 0 {
				t.Errorf("%q are there", names)
			}
			again := start(t, data, "backup", folder)
			if again.exit() != 0 {
				t.Fatal(again.stderr)
			}
			names := backupsIn(t, folder)
			if len(names) != 1 {
				t.Fatalf("%q are there", names)
			}
			if check := start(t, data, "restore", "--check", filepath.Join(folder, names[0])); check.exit() != 0 {
				t.Error(check.stderr)
			}
		})
	}
}

// backUpInBrowser presses "Back up now" as the operator.
func backUpInBrowser(t *testing.T, p *moorageProcess) {
	t.Helper()
	link := p.says(`(http://127\.0\.0\.1:\d+)/setup\?code=([A-Za-z0-9_-]{22})\n`)
	jar, err := cookiejar.New(nil)
	must(t, err)
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(link[1]+"/setup", url.Values{"code": {link[2]}})
	must(t, err)
	must(t, res.Body.Close())
	if res, err := client.PostForm(link[1]+"/admin/backups", nil); err == nil {
		res.Body.Close()
		t.Errorf("it answers %s and was to be killed", res.Status)
	}
}

// backupsIn are the files whose names are those of backups.
func backupsIn(t *testing.T, folder string) []string {
	t.Helper()
	k := backup.Keeper{Folder: folder}
	list, err := k.List(t.Context())
	must(t, err)
	var names []string
	for _, b := range list {
		names = append(names, b.Name)
	}
	return names
}
