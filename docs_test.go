package moorage_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	inBackticks = regexp.MustCompile("`([^`\n]+)`")
	pathLike    = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*/?$`)
	linkTarget  = regexp.MustCompile(`\]\(([^)#\s]+)`)
	settingName = regexp.MustCompile(`"(MOORAGE_[A-Z_]+|DOCKER_HOST)"`)
)

// made are the folders of what is built, not kept.
var made = []string{"bin", "static/vendor"}

// methods of MCP look like paths.
var methods = []string{"tools/list", "tools/call", "server/discover"}

func TestPathsInTheDocumentsExist(t *testing.T) {
	for _, document := range documents(t) {
		for _, m := range inBackticks.FindAllStringSubmatch(read(t, document), -1) {
			if p := m[1]; looksLikeOurs(p) && !exists(p) {
				t.Errorf("%s names %s, which is not there", document, p)
			}
		}
	}
}

func TestLinksInTheDocumentsLeadSomewhere(t *testing.T) {
	for _, document := range documents(t) {
		for _, m := range linkTarget.FindAllStringSubmatch(read(t, document), -1) {
			target := m[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if !exists(path.Join(path.Dir(document), target)) {
				t.Errorf("%s links to %s, which is not there", document, target)
			}
		}
	}
}

func TestEverySettingIsInTheReadme(t *testing.T) {
	readme := read(t, "README.md")
	names := settingName.FindAllStringSubmatch(read(t, "cmd/moorage/config.go"), -1)
	if len(names) == 0 {
		t.Fatal("cmd/moorage/config.go holds no settings")
	}
	for _, m := range names {
		if !strings.Contains(readme, "| `"+m[1]+"` |") {
			t.Errorf("README.md has no row for %s", m[1])
		}
	}
}

func TestEverySettingReachesTheContainer(t *testing.T) {
	compose := read(t, "compose.yaml")
	set := []string{"DOCKER_HOST", "MOORAGE_DATA"} // by the image and its volumes
	for _, m := range settingName.FindAllStringSubmatch(read(t, "cmd/moorage/config.go"), -1) {
		if !slices.Contains(set, m[1]) && !strings.Contains(compose, "      "+m[1]+":") {
			t.Errorf("compose.yaml does not pass %s on", m[1])
		}
	}
}

func TestEveryRoomIsInTheArchitecture(t *testing.T) {
	document := read(t, "docs/architecture.md")
	for room := range mayImport {
		if room != "." && !strings.Contains(document, "| `"+room+"` |") {
			t.Errorf("docs/architecture.md has no row for %s", room)
		}
	}
}

// looksLikeOurs reports whether a piece of code in a document names a path of
// this repository: a known suffix, or a slash behind the name of a folder of
// ours. A first part with a dot is a host: github.com/acme/weather.
func looksLikeOurs(p string) bool {
	if !pathLike.MatchString(p) || slices.Contains(methods, p) || strings.HasPrefix(p, "./") {
		return false // the last is where somebody runs the program
	}
	if slices.ContainsFunc(made, func(m string) bool { return within(p, m) }) {
		return false
	}
	first, _, deep := strings.Cut(p, "/")
	if deep {
		return !strings.Contains(strings.TrimPrefix(first, "."), ".")
	}
	return slices.Contains([]string{".go", ".md", ".sh", ".sql", ".templ"}, path.Ext(p)) && path.Ext(p) != p
}

func exists(p string) bool {
	_, err := os.Stat(filepath.FromSlash(p))
	return err == nil
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// documents lists every Markdown file that a person reads first, and all below docs.
func documents(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir("docs", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(p) == ".md" {
			found = append(found, filepath.ToSlash(p))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
