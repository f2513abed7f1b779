// Package static holds the styles, scripts and icons of the pages, embedded in
// the binary. Ours are in css, js and icons; htmx, Basecoat and uPlot are in vendor,
// put there by scripts/assets.sh.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"moorage"
)

//go:embed css js icons all:vendor
var files embed.FS

// prefix is where Handler expects to be mounted.
const prefix = "/static/"

// vendored are the files that the pages cannot do without.
var vendored = []string{"vendor/htmx.js", "vendor/hx-sse.js", "vendor/basecoat.css", "vendor/uplot.js", "vendor/uplot.css"}

// Check reports, as an error with a sentence, that the binary was built before
// the assets were there.
func Check() error {
	for _, name := range vendored {
		if _, err := fs.Stat(files, name); err != nil {
			return moorage.Errorf(moorage.Internal, "This binary was built without %s.", name).
				Try("Run make assets, then build again.").Because(err)
		}
	}
	return nil
}

// URL returns the address of a file, for example URL("css/app.css"). It holds
// a hash of all files together, so that it may be cached for ever and that
// modules find each other by relative imports.
func URL(name string) string { return prefix + hash() + "/" + name }

// hash names the state of all files: 12 hex digits.
var hash = sync.OnceValue(func() string {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(path)
		sum.Write([]byte(path + "\x00"))
		sum.Write(content)
		return err
	})
	if err != nil {
		panic(err) // reading what is embedded cannot fail
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
})

// Handler serves the files at /static/<hash>/…, to be cached for ever. An
// address with another hash (a page from before an update) gets the file of
// today and must ask again.
func Handler() http.Handler {
	server := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		version, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, prefix), "/")
		if !ok || name == "" || strings.HasSuffix(name, "/") || strings.HasPrefix(name, "vendor/.") {
			http.NotFound(w, r)
			return
		}
		if version == hash() {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			w.Header().Set("Cache-Control", "no-cache")
		}
		r2 := r.Clone(r.Context())
		r2.URL.Path = "/" + name
		server.ServeHTTP(w, r2)
	})
}
