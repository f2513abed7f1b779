package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"moorage/github/githubtest"
)

// doctorHere runs moorage doctor on a data folder, with a GitHub and without an engine.
func doctorHere(t *testing.T, data string, args ...string) (out string, exit int) {
	t.Helper()
	g := githubtest.New(t, githubtest.Options{})
	var stdout, stderr bytes.Buffer
	err := run(t.Context(), append([]string{"doctor", "--data", data}, args...), environment(
		"DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "no-engine.sock"), "MOORAGE_GITHUB_URL", g.URL, "MOORAGE_GITHUB_API_URL", g.APIURL), nil, &stdout, &stderr)
	if stderr.Len() > 0 {
		t.Errorf("on stderr: %s", &stderr)
	}
	if err != nil {
		exit = exitStatus(err)
	}
	return stdout.String(), exit
}

// hasLine wants a line of the doctor that begins so and holds that.
func hasLine(t *testing.T, out, begins, holds string) {
	t.Helper()
	if !regexp.MustCompile(`(?m)^` + begins + `.*` + regexp.QuoteMeta(holds)).MatchString(out) {
		t.Errorf("no line %q with %q:\n%s", begins, holds, out)
	}
}

func TestTheDoctorLooksBeforeTheFirstStartAndMakesNothing(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	out, exit := doctorHere(t, data)
	if exit != 1 {
		t.Errorf("exit status %d without an engine", exit)
	}
	hasLine(t, out, `failing +engine +`, "Docker does not answer at ")
	hasLine(t, out, ` +`, "Start it, then try again.")
	hasLine(t, out, `ok +registry +`, "No registry is configured")
	hasLine(t, out, `ok +github +`, " answers.")
	hasLine(t, out, `ok +data folder +`, data+" is not there yet")
	hasLine(t, out, `ok +master key +`, "none yet")
	hasLine(t, out, `ok +database +`, "none yet")
	hasLine(t, out, `ok +clock +`, "that of GitHub.")
	hasLine(t, out, `ok +git +`, "runs")
	hasLine(t, out, `1 of 10 checks fail`, "")
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("the data folder was made: %v", err)
	}
}

func TestTheDoctorLooksBesideARunningMoorage(t *testing.T) {
	data := t.TempDir()
	start(t, data, "serve").says(`/setup\?code=`)
	out, _ := doctorHere(t, data)
	hasLine(t, out, `ok +master key +`, filepath.Join(data, "master.key"))
	hasLine(t, out, `ok +database +`, "Both files are whole (SQLite ")
	hasLine(t, out, `warning +github +`, "not connected to GitHub yet")

	must(t, os.Remove(filepath.Join(data, "master.key")))
	out, exit := doctorHere(t, data, "--json")
	var document struct {
		State  string
		Checks []struct{ Name, State, Says, Try string }
	}
	must(t, json.Unmarshal([]byte(out), &document))
	if exit != 1 || document.State != "failing" || len(document.Checks) != 10 {
		t.Errorf("exit status %d: %s", exit, out)
	}
	for _, c := range document.Checks {
		if c.Name == "master key" && (c.State != "failing" || !strings.Contains(c.Says, "missing") || c.Try == "") {
			t.Errorf("%+v", c)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "master.key")); !os.IsNotExist(err) {
		t.Error("the doctor made a key")
	}
}
