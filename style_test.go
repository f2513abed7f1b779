package moorage_test

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/token"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	maxFile = 300 // lines
	maxFunc = 60
)

// longTables may be longer, because they are a flat list and read as one:
// path of a file, or path and function, with the reason.
var longTables = map[string]string{
	"handlers/routes.go routes":    "the table of contents: a row for each route",
	"views/gallery/lists.go lists": "literals: a row for each screen",
}

// notOutsideTests are the names that product code does not use, and why.
var notOutsideTests = map[string]string{
	"context.TODO":       "take the caller's context",
	"http.DefaultClient": "it has no timeout; make a client that knows its limits",
	"http.Get":           "it uses http.DefaultClient",
	"http.Head":          "it uses http.DefaultClient",
	"http.Post":          "it uses http.DefaultClient",
	"http.PostForm":      "it uses http.DefaultClient",
	"log.Fatal":          "only main ends the process",
	"log.Fatalf":         "only main ends the process",
	"log.Printf":         "log through the injected slog.Logger",
	"log.Println":        "log through the injected slog.Logger",
	"time.Sleep":         "wait for what happens, not for time",
}

// notInTests are the names that tests do not use, and why.
var notInTests = map[string]string{
	"t.Skip":     "a test that cannot run fails and says what is missing",
	"t.SkipNow":  "a test that cannot run fails and says what is missing",
	"t.Skipf":    "a test that cannot run fails and says what is missing",
	"time.Sleep": "wait for what happens, not for time",
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		if n := s.fset.File(s.file.Pos()).LineCount(); n > maxFile && longTables[s.path] == "" {
			t.Errorf("%s has %d lines; %d are enough", s.path, n, maxFile)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && s.lines(f) > maxFunc && longTables[s.path+" "+f.Name.Name] == "" {
				t.Errorf("%s: %s has %d lines; %d are enough", s.at(f), f.Name.Name, s.lines(f), maxFunc)
			}
		}
	}
}

func TestSourcesAreFormatted(t *testing.T) {
	for _, s := range sources(t) {
		text, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		formatted, err := format.Source(text)
		if err != nil || !bytes.Equal(text, formatted) {
			t.Errorf("%s: run gofmt -w on it (%v)", s.path, err)
		}
	}
}

func TestNamesThatAreNotUsed(t *testing.T) {
	for _, s := range sources(t) {
		forbidden := notOutsideTests
		if s.test {
			forbidden = notInTests
		}
		bubble := slices.Contains(s.imports(), "testing/synctest") // where time is not the real one
		s.uses(func(name string, n ast.Node) {
			if why, ok := forbidden[name]; ok && !(bubble && name == "time.Sleep") {
				t.Errorf("%s: %s: %s", s.at(n), name, why)
			}
		})
	}
}

func TestOnlyMainBeginsAContextOrEndsTheProcess(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.file.Name.Name == "main" {
			continue
		}
		s.uses(func(name string, n ast.Node) {
			if name == "context.Background" || name == "os.Exit" {
				t.Errorf("%s: %s belongs to main", s.at(n), name)
			}
		})
	}
}

func TestNoShellIsStarted(t *testing.T) {
	shells := []string{"sh", "ash", "bash", "dash", "zsh", "busybox", "env", "cmd", "cmd.exe", "powershell"}
	for _, s := range sources(t) {
		if !slices.Contains(s.imports(), "os/exec") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, _ := strconv.Unquote(lit.Value); slices.Contains(shells, path.Base(text)) {
					t.Errorf("%s: no shell; give the program its arguments", s.at(n))
				}
			}
			return true
		})
	}
}

func TestNothingHappensAtInit(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: no init; construct it where it is used", s.at(f))
			}
		}
	}
}

func TestNothingIsLeftForLater(t *testing.T) {
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			for _, mark := range []string{"TO" + "DO", "FIX" + "ME", "XX" + "X"} {
				if strings.Contains(group.Text(), mark) {
					t.Errorf("%s: %s: do it or drop it", s.at(group), mark)
				}
			}
		}
	}
}

func TestEveryRoomSaysWhatItIs(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test {
			said[s.room] = said[s.room] || s.file.Doc != nil
		}
	}
	for room, ok := range said {
		if !ok {
			t.Errorf("%s has no package comment", room)
		}
	}
}
