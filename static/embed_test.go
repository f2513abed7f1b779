package static

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, url string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
	return w
}

func TestFilesAreServedForEver(t *testing.T) {
	for name, kind := range map[string]string{
		"css/app.css": "text/css", "js/page.js": "javascript", "js/page/times.js": "javascript", "icons/icons.svg": "image/svg+xml", "vendor/htmx.js": "javascript",
	} {
		w := get(t, URL(name))
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Type"), kind) || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %v", URL(name), w.Code, w.Header())
		}
	}
}

func TestAnotherHashIsNotKept(t *testing.T) {
	w := get(t, "/static/000000000000/css/app.css")
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("%d, %v", w.Code, w.Header())
	}
}

func TestFoldersAndWhatIsNotThereAreNotServed(t *testing.T) {
	for _, url := range []string{"/static/", "/static/x", URL(""), URL("js/"), URL("vendor/.assets"), URL("vendor/.gitkeep"), URL("nothing.css"), "/static/../embed.go", URL("../embed.go")} {
		if w := get(t, url); w.Code == http.StatusOK {
			t.Errorf("%s is served", url)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := Check(); err != nil {
		t.Fatal(err)
	}
}

var imported = regexp.MustCompile(`(?:from|import) "(\.[^"]+)"`)

// Modules find each other by relative imports, and use nothing that a strict
// content security policy forbids or that makes markup of text.
func TestModulesAreWhole(t *testing.T) {
	err := fs.WalkDir(files, "js", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		source, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		for _, match := range imported.FindAllStringSubmatch(string(source), -1) {
			target := resolve(path, match[1])
			if _, err := fs.Stat(files, target); err != nil {
				t.Errorf("%s imports %s: %v", path, match[1], err)
			}
		}
		for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"} {
			if strings.Contains(string(source), word) {
				t.Errorf("%s uses %s", path, word)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func resolve(from, relative string) string {
	folder := from[:strings.LastIndex(from, "/")]
	for {
		switch {
		case strings.HasPrefix(relative, "./"):
			relative = relative[2:]
		case strings.HasPrefix(relative, "../"):
			relative, folder = relative[3:], folder[:strings.LastIndex(folder, "/")]
		default:
			return folder + "/" + relative
		}
	}
}
