// Command gallery shows every page of Moorage in every state it is designed
// for, from literals: empty, one, many, long names, failing, forbidden. It
// listens on the loopback address alone.
//
//	go run ./views/gallery [127.0.0.1:8099]
package main

import (
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/a-h/templ"

	"moorage/static"
)

func main() {
	addr := "127.0.0.1:8099"
	if len(os.Args) > 1 {
		addr = os.Args[1]
	}
	if err := static.Check(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server := &http.Server{Addr: addr, Handler: site(demo{lines: 300, every: 150 * time.Millisecond}), ReadHeaderTimeout: 5 * time.Second}
	fmt.Printf("http://%s/\n", addr)
	if err := server.ListenAndServe(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// policy is what the real server sends; a page that breaks it shows it here.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https://avatars.githubusercontent.com; " +
	"media-src data:; font-src 'self'; connect-src 'self'; form-action 'self' https://github.com; base-uri 'none'; frame-ancestors 'none'"

// site serves the screens, and a deployment whose log is live.
func site(live demo) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", static.Handler())
	mux.HandleFunc("GET /{$}", index)
	for _, s := range screens() {
		mux.Handle("GET /"+s.name, templ.Handler(s.page))
	}
	mux.HandleFunc("GET /usage.json", usageLines)
	live.routes(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	})
}

func index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, "<!DOCTYPE html><title>Gallery</title><ul>")
	fmt.Fprint(w, `<li><a href="/deployments/demo">a deployment that is live</a></li>`)
	for _, s := range screens() {
		fmt.Fprintf(w, `<li><a href="/%s">%s</a></li>`, s.name, s.name)
	}
	fmt.Fprint(w, "</ul>")
}
