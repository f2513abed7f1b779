package detect

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// readGo writes a Dockerfile for a Go module. The image holds the program and
// the certificates, nothing else.
func (d *draft) readGo() bool {
	file := d.firstIn(d.subdir, "go.mod")
	if file == "" {
		return false
	}
	module := modfile.ModulePath(d.read(file))
	d.manifest = manifest{file: file, language: "Go", name: module}
	mains := d.goMains()
	if len(mains) == 0 {
		d.unreadable = file + " is there, but no main package at its root or under cmd."
		return false
	}
	chosen := chooseMain(mains, path.Base("/"+module))
	r := &recipe{}
	r.line(generatedNote)
	if len(mains) > 1 {
		r.line(fmt.Sprintf("# Main packages: %s.", strings.Join(mains[:min(len(mains), 10)], ", ")))
	}
	r.line("FROM", d.bases.Go, "AS build")
	r.line("WORKDIR /src")
	r.line("ENV CGO_ENABLED=0")
	r.line(`COPY [".", "./"]`)
	r.run([]string{"go", "build", "-trimpath", "-o", "/out/server", chosen}, "/go/pkg/mod", "/root/.cache/go-build")
	r.line("FROM scratch")
	r.line(`COPY --from=build ["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/"]`)
	r.line(`COPY --from=build ["/out/server", "/server"]`)
	r.line("USER 65532:65532")
	r.line("ENTRYPOINT", argvText([]string{"/server"}))
	if arguments := d.server.arguments(); len(arguments) > 0 {
		r.line("CMD", argvText(arguments))
	}
	d.offer(d.subdir, r)
	return true
}

var mainPackage = regexp.MustCompile(`(?m)^package main\b`)

// goMains lists the main packages at the module's root and under cmd, as
// arguments of go build.
func (d *draft) goMains() []string {
	found := map[string]bool{}
	for file := range d.files {
		folder, name := path.Dir(file), path.Base(file)
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || !plainPath.MatchString(folder) {
			continue
		}
		relative, inside := below(d.subdir, folder)
		if !inside || relative != "." && path.Dir(relative) != "cmd" || found[relative] {
			continue
		}
		if mainPackage.Match(d.read(file)) {
			found[relative] = true
		}
	}
	var list []string
	for folder := range found {
		if folder == "." {
			list = append(list, ".")
		} else {
			list = append(list, "./"+folder)
		}
	}
	slices.Sort(list)
	return list
}

// below makes folder relative to base, when it lies there.
func below(base, folder string) (string, bool) {
	switch {
	case base == ".":
		return folder, true
	case folder == base:
		return ".", true
	}
	return strings.CutPrefix(folder, base+"/")
}

// chooseMain prefers the root, then the command named like the module, then
// one that speaks of MCP or of a server.
func chooseMain(mains []string, module string) string {
	for _, fits := range []func(string) bool{
		func(m string) bool { return m == "." },
		func(m string) bool { return path.Base(m) == module },
		func(m string) bool { return strings.Contains(path.Base(m), "mcp") },
		func(m string) bool { return strings.Contains(path.Base(m), "server") },
	} {
		if i := slices.IndexFunc(mains, fits); i >= 0 {
			return mains[i]
		}
	}
	return mains[0]
}
