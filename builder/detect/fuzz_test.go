package detect

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"moorage"
)

// kinds are the files that detection reads; the first byte of an input chooses.
var kinds = []string{"smithery.yaml", "server.json", "moorage.yaml", "package.json", "pyproject.toml", "go.mod", "Dockerfile", ".dockerignore", "smithery.yml", "requirements.txt"}

// FuzzPlan: whatever a repository's files say, a plan stays in the repository
// and within what the product knows, and its words are fit to be shown.
func FuzzPlan(f *testing.F) {
	for i, content := range []string{
		"runtime: container\nbuild:\n  dockerfile: ../Dockerfile\n  dockerBuildPath: ..\nstartCommand:\n  type: http\n  configSchema:\n    type: object\n    required: [apiKey]\n    properties:\n      apiKey: {type: string}\n",
		`{"name":"io.github.a/b","packages":[{"registryType":"oci","environmentVariables":[{"name":"A B","isSecret":true}],"transport":{"type":"stdio"}}]}`,
		"build:\n  dockerfile: /etc/passwd\n  context: ..\nrun:\n  transport: http\n  port: 99999\n  command: [a, b]\n",
		`{"name":"x","bin":{"x":"../../x"},"scripts":{"start":"a && b"},"dependencies":{"@modelcontextprotocol/sdk":"*"}}`,
		"[project]\nname = \"x\"\ndependencies = [\"mcp\"]\n[project.scripts]\nx = \"a.b:c\"\n",
		"module x\n\ngo 1.21\n\nrequire github.com/modelcontextprotocol/go-sdk v1.0.0\n",
		"FROM a AS b\nARG X=$Y\nENV P=1 \\\n Q=2\nEXPOSE 70000 8080/tcp\nCOPY --from=b . .\nCMD [\"x\"]\n",
		"*\n!x\n", "a: &a [*a]\n", "mcp\n",
	} {
		f.Add(byte(i), []byte(content), []byte("FROM scratch\nCOPY . .\n"))
	}
	f.Fuzz(func(t *testing.T, kind byte, content, dockerfile []byte) {
		dir := t.TempDir()
		for name, text := range map[string][]byte{"Dockerfile": dockerfile, kinds[int(kind)%len(kinds)]: content, "index.js": nil} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
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
			isSentence(t, err)
			return
		}
		holds(t, root, plan)
	})
}

func holds(t *testing.T, root *os.Root, plan moorage.Plan) {
	t.Helper()
	build, run := plan.Config.Build, plan.Config.Run
	if build.Dockerfile != "" && CheckPath(root, build.Dockerfile) != nil || build.Context != "" && CheckPath(root, build.Context) != nil {
		t.Errorf("builds %q with %q", build.Dockerfile, build.Context)
	}
	if run.Transport != "" && !run.Transport.Valid() || run.Port < 0 || run.Port > 65535 {
		t.Errorf("transport %q on port %d", run.Transport, run.Port)
	}
	if run.Network != "" && run.Network != moorage.NetworkInternet && run.Network != moorage.NetworkNone || run.RunAsRoot || run.WritableRoot {
		t.Errorf("a repository relaxes how its server runs: %+v", run)
	}
	for _, v := range plan.Variables {
		if !moorage.ValidEnvName(v.Name) {
			t.Errorf("asks for %q", v.Name)
		}
	}
	for parameter, name := range run.Query {
		if !moorage.ValidEnvName(name) || !utf8.ValidString(parameter) {
			t.Errorf("puts %q into %q", name, parameter)
		}
	}
	for _, text := range append([]string{plan.Name, plan.Description, plan.FoundIn}, run.Command...) {
		if !utf8.ValidString(text) {
			t.Errorf("%q is no text", text)
		}
	}
}

// isSentence checks what a person is shown when a repository cannot be planned.
func isSentence(t *testing.T, err error) {
	t.Helper()
	message := moorage.ErrorMessage(err)
	if moorage.ErrorCode(err) == moorage.Internal || moorage.ErrorNext(err) == "" || len(message) > 2000 ||
		strings.ContainsFunc(message, func(r rune) bool { return r < ' ' || r == 0x7f }) || !utf8.ValidString(message) {
		t.Errorf("%s %q: %v", moorage.ErrorCode(err), message, err)
	}
}

// FuzzCheckPath: a path that is taken is one in the repository, whatever links
// stand on its way.
func FuzzCheckPath(f *testing.F) {
	outside := f.TempDir()
	dir := f.TempDir()
	for _, name := range []string{filepath.Join(outside, "Dockerfile"), filepath.Join(dir, "Dockerfile"), filepath.Join(dir, "a", "b", "Dockerfile")} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			f.Fatal(err)
		}
	}
	for link, target := range map[string]string{"out": outside, "up": "..", "in": "a/b", "a/chain": "../up", "a/b/top": "../..", "loop": "loop"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			f.Fatal(err)
		}
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"Dockerfile", ".", "..", "a/../Dockerfile", "out/Dockerfile", "in/Dockerfile", "a/chain/x", "a/b/top/Dockerfile", "/etc/passwd", "a\\b", "a\x00", "loop", "./a//b/", "%2e%2e", "a/b/top/../../out", "in/../../x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, p string) {
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		if err := CheckPath(root, p); err != nil {
			isSentence(t, err)
			return
		}
		to, err := filepath.EvalSymlinks(filepath.Join(real, filepath.FromSlash(p)))
		if err != nil || to != real && !strings.HasPrefix(to, real+"/") {
			t.Errorf("%q leads to %q, %v", p, to, err)
		}
	})
}
