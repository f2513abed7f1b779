package builder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"moorage"
)

func TestPathsThatLeaveTheRepositoryAreRefused(t *testing.T) {
	e := newEngine(t, Options{})
	only := map[string]string{"Dockerfile": "FROM scratch\n"}
	root, outside := tree(t, only), t.TempDir()
	writeFiles(t, outside, only)
	for link, target := range map[string]string{"out": outside, "Dockerfile.out": filepath.Join(outside, "Dockerfile")} {
		if err := os.Symlink(target, filepath.Join(root.Name(), link)); err != nil {
			t.Fatal(err)
		}
	}
	for path, says := range map[string]string{
		"..": "not a path", "../Dockerfile": "not a path", "sub/../../x": "not a path", "/etc/passwd": "not a path", "a\\b": "not a path", "a\x00b": "not a path",
		"out/Dockerfile": "leads out of", "out": "leads out of", "Dockerfile.out": "leads out of", "nowhere": "holds no",
	} {
		for _, config := range []moorage.BuildConfig{{Dockerfile: path, Context: "."}, {Dockerfile: "Dockerfile", Context: path}, {Generated: base, Context: path}} {
			_, err := e.Build(t.Context(), Build{Root: root, Ref: "moorage/none:1", Config: config}, newRecord())
			wantError(t, err, moorage.Invalid, says)
			wantError(t, err, moorage.Invalid, strings.ReplaceAll(path, "\x00", ""))
		}
	}
}

func TestTheContextIsAFolderItsLinksAndItsIgnoreFile(t *testing.T) {
	e := newEngine(t, Options{})
	root := tree(t, map[string]string{
		"sub/tool": "the tool", "sub/kept": "x", "sub/ignored": "x", "sub/.dockerignore": "ignored\n", "above": "x",
		"docker/Dockerfile": base + "COPY . /src/\n" + `RUN ["/bin/tool", "has", "/src/kept", "/src/link"]` + "\n" +
			`RUN ["/bin/tool", "lacks", "/src/ignored", "/src/above"]` + "\n",
	})
	if err := os.Symlink("/etc/passwd", filepath.Join(root.Name(), "sub", "link")); err != nil {
		t.Fatal(err)
	}
	progress := newRecord()
	_, err := e.Build(t.Context(), Build{Root: root, Ref: imageRef(t, e),
		Config: moorage.BuildConfig{Dockerfile: "docker/Dockerfile", Context: "sub"}}, progress)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.all())
	}
}

func TestAContextThatIsTooBigIsRefused(t *testing.T) {
	e := newEngine(t, Options{ContextBytes: 1 << 20})
	_, _, err := buildTree(t, e, map[string]string{
		"Dockerfile": "FROM scratch\nCOPY . /\n", "big": strings.Repeat(t.Name()+time.Now().String(), 1<<16),
	}, ownDockerfile)
	wantError(t, err, moorage.Limited, "The build context is bigger than 1.0 MB")
}
