package moorage_test

import (
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "moorage"

// mayImport is the whole architecture: which rooms each room may import besides
// the root. "*" means any. A room that is not listed here does not belong.
var mayImport = map[string][]string{
	".":                   {},
	"aggregate":           {"handlers/sse", "jsonrpc", "runner"},
	"auth":                {},
	"auth/oauth":          {},
	"backup":              {"disk"},
	"bench":               {"store"},
	"builder":             {"builder/clone", "builder/detect", "outbound"},
	"builder/clone":       {"outbound"},
	"builder/detect":      {},
	"cmd/moorage":         {"*"},
	"deploy":              {"builder", "runtime", "secrets"},
	"disk":                {},
	"doctor":              {"disk", "runtime"},
	"e2e":                 {},
	"examples":            {},
	"examples/greeter":    {},
	"examples/pack":       {},
	"failpoint":           {},
	"github":              {},
	"github/githubtest":   {},
	"handlers":            {"auth", "auth/oauth", "doctor", "gateway", "handlers/api", "handlers/feed", "handlers/sse", "pins", "snippets", "static", "usage", "views", "views/parts"},
	"handlers/api":        {"handlers/feed", "handlers/sse", "usage"},
	"handlers/feed":       {"handlers/sse"},
	"gateway":             {"handlers/sse", "jsonrpc", "runner"},
	"handlers/sse":        {},
	"jsonrpc":             {},
	"migrations":          {},
	"monitor":             {},
	"outbound":            {},
	"pins":                {"jsonrpc"},
	"runner":              {"jsonrpc", "pins", "runtime", "secrets"},
	"runner/runnertest":   {"runtime", "runtime/docker"},
	"runtime":             {},
	"runtime/docker":      {"runtime"},
	"runtime/runtimetest": {"runtime"},
	"secrets":             {},
	"snippets":            {},
	"static":              {},
	"store":               {"disk", "migrations"},
	"telemetry":           {},
	"usage":               {},
	"views":               {"static", "views/parts"},
	"views/gallery":       {"static", "views", "views/parts"},
	"views/parts":         {},
}

// onlyIn names the libraries that leak into everything they touch, and the
// rooms that may touch them. What stands under a room counts as the room.
var onlyIn = map[string][]string{
	"database/sql":                        {"store"},
	"github.com/coder/websocket":          {"runner"},
	"github.com/docker/docker":            {"runtime/docker", "builder", "runner/runnertest"},
	"github.com/go-git/go-git/v5":         {"builder", "github/githubtest"},
	"github.com/google/go-github/v92":     {"github"},
	"github.com/labstack/echo/v4":         {"handlers", "cmd"},
	"github.com/markbates/goth":           {"auth"},
	"github.com/moby/buildkit":            {"builder"},
	"github.com/modelcontextprotocol":     {"aggregate", "runner", "examples"},
	"github.com/pressly/goose/v3":         {"store"},
	"github.com/prometheus/client_golang": {"telemetry"},
	"github.com/r3labs/sse/v2":            {"cmd"},
	"go.opentelemetry.io/otel":            {"telemetry"},
	"modernc.org/sqlite":                  {"store"},
	"os/exec":                             {"bench", "builder", "github/githubtest", "runner/runnertest"}, // the clone worker; Git for the fake GitHub
}

// nowhere may be imported by nobody.
var nowhere = map[string]string{
	"github.com/markbates/goth/gothic": "it keeps sign-in state in globals and takes it from the URL",
	"plugin":                           "nothing is loaded while running",
	"unsafe":                           "nothing needs it",
}

// nameless are the names of packages whose room nobody has found yet.
var nameless = []string{
	"base", "common", "core", "helper", "helpers", "internal", "lib", "misc", "model", "models",
	"pkg", "service", "services", "shared", "types", "util", "utils",
}

func TestRoomsImportOnlyWhatTheMapAllows(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		allowed, listed := mayImport[s.room]
		if !listed {
			t.Errorf("%s: the room %s is not on the map", s.path, s.room)
			continue
		}
		for _, imported := range s.imports() {
			room, ours := strings.CutPrefix(imported, module+"/")
			if ours && !slices.Contains(allowed, "*") && !slices.Contains(allowed, room) {
				t.Errorf("%s: %s must not import %s", s.path, s.room, room)
			}
		}
	}
}

func TestExamplesStandAlone(t *testing.T) {
	for _, s := range sources(t) {
		if within(s.room, "examples") && slices.Contains(s.imports(), module) {
			t.Errorf("%s: an example is somebody else's server; it must not import %s", s.path, module)
		}
	}
}

func TestTheVocabularyImportsTheStandardLibraryOnly(t *testing.T) {
	for _, s := range sources(t) {
		if s.room != "." || s.test {
			continue
		}
		for _, imported := range s.imports() {
			if strings.Contains(imported, ".") || strings.HasPrefix(imported, module) {
				t.Errorf("%s must not import %s", s.path, imported)
			}
		}
	}
}

func TestLibrariesStayInTheirRooms(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, imported := range s.imports() {
			if why, ok := nowhere[imported]; ok {
				t.Errorf("%s must not import %s: %s", s.path, imported, why)
			}
			for library, rooms := range onlyIn {
				if within(imported, library) && !slices.ContainsFunc(rooms, func(r string) bool { return within(s.room, r) }) {
					t.Errorf("%s must not import %s: it belongs to %s", s.path, imported, strings.Join(rooms, ", "))
				}
			}
		}
	}
}

func TestEveryRoomHasAName(t *testing.T) {
	for _, s := range sources(t) {
		for _, part := range append(strings.Split(s.room, "/"), s.file.Name.Name) {
			if slices.Contains(nameless, part) {
				t.Errorf("%s: %q says nothing; find the noun", s.path, part)
			}
		}
	}
}

func TestTheMapHoldsNoRoomThatIsGone(t *testing.T) {
	there := map[string]bool{}
	for _, s := range sources(t) {
		there[s.room] = true
	}
	for room := range mayImport {
		if !there[room] {
			t.Errorf("%s is on the map and not in the tree", room)
		}
	}
}

// within reports whether the slash-separated name is root or stands under it.
func within(name, root string) bool {
	return name == root || strings.HasPrefix(name, path.Clean(root)+"/")
}
