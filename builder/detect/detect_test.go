package detect

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"moorage"
)

func repository(t *testing.T, files map[string]string) *os.Root {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func TestWhatIsFoundInARepository(t *testing.T) {
	for _, l := range layouts {
		t.Run(l.name, func(t *testing.T) {
			p, err := Plan(t.Context(), repository(t, l.files), l.subdir, BaseImages{})
			if err != nil {
				t.Fatal(err)
			}
			l.check(t, p)
		})
	}
}

func TestDetailsOfAPlan(t *testing.T) {
	p, err := Plan(t.Context(), repository(t, F{
		"Dockerfile":    "FROM x\n",
		"smithery.yaml": "startCommand:\n  type: http\n  configSchema:\n    required: [apiKey]\n    properties:\n      apiKey: {type: string, description: The key}\n      units: {type: string, enum: [metric, imperial], default: metric}\n",
		"server.json":   `{"name":"io.github.a/weather","title":"The Weather","description":"Rain or shine.","packages":[{"registryType":"npm","transport":{"type":"stdio"},"environmentVariables":[{"name":"UNITS","description":"Which units"}]}]}`,
	}), "", BaseImages{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "The Weather" || p.Description != "Rain or shine." {
		t.Errorf("named %q, %q", p.Name, p.Description)
	}
	if q := p.Config.Run.Query; len(q) != 2 || q["apiKey"] != "API_KEY" || q["units"] != "UNITS" {
		t.Errorf("query %v", q)
	}
	units := p.Variables[1]
	if units.Name != "UNITS" || units.Description != "Which units" || units.Default != "metric" || !slices.Equal(units.Choices, []string{"metric", "imperial"}) {
		t.Errorf("%+v", units)
	}
	if key := p.Variables[0]; !key.Required || !key.Secret || key.From != "smithery.yaml" {
		t.Errorf("%+v", key)
	}
}

func TestAPersonMayChooseAnotherBuild(t *testing.T) {
	root := repository(t, F{"Dockerfile": "FROM x\n", "other/Dockerfile": "FROM x\nEXPOSE 90\nCOPY f .\n", "other/f": "", "package.json": `{"main":"a.js"}`})
	p, err := Choose(t.Context(), root, "", "other/Dockerfile", BaseImages{})
	if err != nil {
		t.Fatal(err)
	}
	if b := p.Config.Build; b.Dockerfile != "other/Dockerfile" || b.Context != "other" || p.Config.Run.Port != 90 || len(p.Dockerfiles) != 3 {
		t.Errorf("%+v", p)
	}
	p, err = Choose(t.Context(), root, "", "", BaseImages{Node: "local/node:1"})
	if err != nil {
		t.Fatal(err)
	}
	if b := p.Config.Build; b.Dockerfile != "" || !strings.Contains(b.Generated, "FROM local/node:1\n") {
		t.Errorf("%+v", b)
	}
	if _, err := Choose(t.Context(), root, "", "../Dockerfile", BaseImages{}); moorage.ErrorCode(err) != moorage.Invalid {
		t.Error(err)
	}
	_, err = Choose(t.Context(), repository(t, F{"Dockerfile": "FROM x\n"}), "", "", BaseImages{})
	wantError(t, err, "Moorage cannot write a Dockerfile")
}

func wantError(t *testing.T, err error, message string) {
	t.Helper()
	if moorage.ErrorCode(err) != moorage.Invalid || !strings.Contains(moorage.ErrorMessage(err), message) || moorage.ErrorNext(err) == "" {
		t.Errorf("got %q %q, want %q", moorage.ErrorMessage(err), moorage.ErrorNext(err), message)
	}
}

func TestWhatCannotBePlannedSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		files   F
		subdir  string
		message string
	}{
		"nothing":                   {F{"README.md": ""}, "", "Nothing to build was found in the repository's root: no moorage.yaml"},
		"nothing in a folder":       {F{"a/README.md": ""}, "a", "Nothing to build was found in “a”"},
		"a library":                 {F{"package.json": `{"name":"lib"}`}, "", "names no bin, start script or main file"},
		"a manifest that is broken": {F{"package.json": `{`}, "", "package.json is not JSON"},
		"no such folder":            {F{"a": ""}, "b", "holds no “b”"},
		"a file as a folder":        {F{"a": ""}, "a", "“a” is not a folder"},
		"a folder above":            {F{"a": ""}, "..", "“..” is not a path inside"},
		"smithery context above":    {F{"Dockerfile": "FROM x\n", "smithery.yaml": "build: {dockerBuildPath: '..'}\n"}, "", "“..” is not a path inside"},
		"smithery context around":   {F{"Dockerfile": "FROM x\n", "smithery.yaml": "build: {dockerBuildPath: 'a/../../b'}\n"}, "", "“../b” is not a path inside"},
		"smithery absolute":         {F{"Dockerfile": "FROM x\n", "smithery.yaml": "build: {dockerfile: /etc/passwd}\n"}, "", "“/etc/passwd” is not a path inside"},
		"smithery backslash":        {F{"Dockerfile": "FROM x\n", "smithery.yaml": "build: {dockerfile: 'a\\b'}\n"}, "", "is not a path inside"},
		"smithery is no YAML":       {F{"Dockerfile": "FROM x\n", "smithery.yaml": "a: [\n"}, "", "smithery.yaml cannot be read"},
		"moorage.yaml, field":       {F{"Dockerfile": "FROM x\n", "moorage.yaml": "prot: 1\n"}, "", "field prot not found"},
		"moorage.yaml, port":        {F{"Dockerfile": "FROM x\n", "moorage.yaml": "port: 70000\n"}, "", "port is a number from 1 to 65535"},
		"moorage.yaml, variable":    {F{"Dockerfile": "FROM x\n", "moorage.yaml": "variables: [{name: 1x}]\n"}, "", "“1x” is no name for a variable"},
		"moorage.yaml, Dockerfile":  {F{"moorage.yaml": "dockerfile: Dockerfile\n"}, "", "holds no “Dockerfile”"},
		"a YAML bomb": {F{"Dockerfile": "FROM x\n", "smithery.yaml": "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" +
			"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nstartCommand: {exampleConfig: {x: *f}}\n"}, "", "smithery.yaml cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Plan(t.Context(), repository(t, c.files), c.subdir, BaseImages{})
			wantError(t, err, c.message)
		})
	}
}

func TestLinksThatLeaveTheRepositoryAreNotFollowed(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "Dockerfile"), []byte("FROM canary\nEXPOSE 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	root := repository(t, F{"package.json": `{"main":"a.js"}`, "a": ""})
	for link, target := range map[string]string{"Dockerfile": filepath.Join(outside, "Dockerfile"), "out": outside} {
		if err := os.Symlink(target, filepath.Join(root.Name(), link)); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Plan(t.Context(), root, "", BaseImages{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Config.Build.Generated == "" || p.Config.Run.Port == 1 {
		t.Errorf("%+v", p.Config)
	}
	for _, path := range []string{"out", "out/Dockerfile", "Dockerfile"} {
		wantError(t, CheckPath(root, path), "leads out of the repository")
	}
	if err := CheckPath(root, "a"); err != nil {
		t.Error(err)
	}
}

func TestAHugeRepositoryIsLookedAtInPart(t *testing.T) {
	root := repository(t, F{"Dockerfile": "FROM x\n"})
	if err := os.Mkdir(filepath.Join(root.Name(), "many"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range maxEntries {
		name := filepath.Join(root.Name(), "many", strconv.Itoa(i))
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Plan(t.Context(), root, "", BaseImages{})
	if err != nil {
		t.Fatal(err)
	}
	if p.FoundIn != "Dockerfile" || !strings.Contains(findingsText(p), "Not every folder was looked at") {
		t.Errorf("%s", findingsText(p))
	}
}

func TestPlanningEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Plan(ctx, repository(t, F{"Dockerfile": "FROM x\n"}), "", BaseImages{}); err == nil {
		t.Error("planned with a cancelled context")
	}
}

func TestNamesOfSecretsAndOfProperties(t *testing.T) {
	for name, secret := range map[string]bool{
		"API_KEY": true, "GITHUB_PERSONAL_ACCESS_TOKEN": true, "DB_PASSWORD": true, "SECRET_KEY_BASE": true, "DATABASE_URL": true,
		"MAX_TOKENS": false, "KEYBOARD": false, "BASE_URL": false, "TOKEN_LIMIT": false,
	} {
		if SecretName(name) != secret {
			t.Errorf("%s: secret %v", name, !secret)
		}
	}
	for property, want := range map[string]string{"apiKey": "API_KEY", "baseURL": "BASE_URL", "HTTPProxy": "HTTP_PROXY", "already_snake": "ALREADY_SNAKE", "kebab-case": "KEBAB_CASE", "oauth2Token": "OAUTH2_TOKEN"} {
		if got := screaming(property); got != want {
			t.Errorf("%s became %s, want %s", property, got, want)
		}
	}
}
