//go:build corpus

package detect

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"moorage"
)

// record is what the test itself reads of a published server.json, apart from
// the code that it tests.
type record struct {
	Server json.RawMessage `json:"server"`
}

type published struct {
	Name     string
	Packages []struct {
		EnvironmentVariables []struct {
			Name     string
			IsSecret bool
		}
	}
}

func TestCorpusEveryPublishedServerJSONIsPlannedWithItsVariables(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(os.Getenv("MOORAGE_CORPUS"), "registry", "records-2025-12-18.json"))
	if err != nil {
		t.Fatal(err)
	}
	var records []record
	if err := json.Unmarshal(raw, &records); err != nil {
		t.Fatal(err)
	}
	planned, asked := 0, 0
	for _, r := range records {
		var p published
		if err := json.Unmarshal(r.Server, &p); err != nil {
			t.Fatal(err)
		}
		plan := planOf(t, p.Name, r.Server)
		planned++
		asks := map[string]moorage.VariableAsk{}
		for _, v := range plan.Variables {
			asks[v.Name] = v
		}
		for _, pack := range p.Packages[:min(1, len(p.Packages))] {
			for _, v := range pack.EnvironmentVariables {
				if ask, found := asks[v.Name]; moorage.ValidEnvName(v.Name) && (!found || v.IsSecret && !ask.Secret) {
					t.Errorf("%s: %s is asked for as %+v", p.Name, v.Name, ask)
				}
				asked++
			}
		}
	}
	t.Logf("%d records planned, %d variables asked for", planned, asked)
	if planned < 2_000 || asked < 1_000 {
		t.Errorf("only %d records with %d variables were there", planned, asked)
	}
}

func planOf(t *testing.T, name string, serverJSON []byte) moorage.Plan {
	t.Helper()
	dir := t.TempDir()
	for file, content := range map[string][]byte{"server.json": serverJSON, "Dockerfile": []byte("FROM scratch\nCMD [\"/server\"]\n")} {
		if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	plan, err := Plan(t.Context(), root, "", BaseImages{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return plan
}
