package builder

import (
	"strings"
	"testing"

	"moorage/builder/detect"
)

// TestWhatMoorageWritesCanBeBuilt plans and builds projects of each language
// on a base image in which every program is the tool.
func TestWhatMoorageWritesCanBeBuilt(t *testing.T) {
	plain := newEngine(t, Options{})
	programs := "FROM scratch\nENV PATH=/bin\n"
	for _, name := range []string{"npm", "node", "corepack", "pnpm", "yarn", "pip", "uv", "python", "go"} {
		programs += "COPY tool /bin/" + name + "\n"
	}
	programs += "COPY tool /etc/ssl/certs/ca-certificates.crt\n"
	image, progress, err := buildTree(t, plain, map[string]string{"Dockerfile": programs}, ownDockerfile)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.all())
	}
	e := newEngine(t, Options{BaseImages: detect.BaseImages{Node: image.Ref, Python: image.Ref, Go: image.Ref}})
	for name, files := range map[string]map[string]string{
		"node": {"package.json": `{"name":"a","bin":"a.js","scripts":{"build":"b"}}`, "package-lock.json": "{}"},
		"pnpm": {"package.json": `{"main":"a \" b.js"}`, "pnpm-lock.yaml": ""},
		"uv":   {"pyproject.toml": "[project]\nname='a'\n[project.scripts]\na='a:b'\n", "uv.lock": ""},
		"pip":  {"requirements.txt": "", "server.py": ""},
		"go":   {"go.mod": "module m\n", "main.go": "package main\n"},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := e.Plan(t.Context(), tree(t, files), "")
			if err != nil {
				t.Fatal(err)
			}
			img, progress, err := buildTree(t, e, files, plan.Config.Build)
			if err != nil {
				t.Fatalf("%v\n%s\n%s", err, plan.Config.Build.Generated, progress.all())
			}
			made, err := e.docker.ImageInspect(t.Context(), img.ID)
			if err != nil {
				t.Fatal(err)
			}
			if user := made.Config.User; user == "" || strings.HasPrefix(user, "0") {
				t.Errorf("runs as %q", user)
			}
			if len(made.Config.Cmd)+len(made.Config.Entrypoint) == 0 {
				t.Error("starts nothing")
			}
		})
	}
}

func TestAPersonMayChooseTheDockerfile(t *testing.T) {
	e := newEngine(t, Options{})
	root := tree(t, map[string]string{"Dockerfile": "FROM a\n", "b/Dockerfile": "FROM b\n"})
	plan, err := e.Choose(t.Context(), root, "", "b/Dockerfile")
	if err != nil || plan.Config.Build.Dockerfile != "b/Dockerfile" {
		t.Errorf("%+v, %v", plan.Config, err)
	}
}
