package detect

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"moorage"
)

// recipe is a Dockerfile in the making. Commands and paths are written in
// their JSON forms only: no shell reads what a repository named.
type recipe struct{ strings.Builder }

func (r *recipe) line(parts ...string) {
	r.WriteString(strings.Join(parts, " "))
	r.WriteByte('\n')
}

// run writes RUN with a cache for each folder that is named.
func (r *recipe) run(argv []string, caches ...string) {
	parts := []string{"RUN"}
	for _, c := range caches {
		parts = append(parts, "--mount=type=cache,target="+c)
	}
	r.line(append(parts, argvText(argv))...)
}

// argvText writes words as a JSON array, which Dockerfiles take for commands.
func argvText(argv []string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(argv); err != nil { // strings can always be encoded
		return "[]"
	}
	return strings.ReplaceAll(strings.TrimSpace(b.String()), `","`, `", "`)
}

// plainPath is a path that means itself in every instruction.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9@._/+-]+$`)

// offer makes a recipe the Dockerfile that Moorage would write.
func (d *draft) offer(context string, r *recipe) {
	d.generated = &moorage.Dockerfile{Context: context, Generated: r.String()}
}

const generatedNote = "# Written by Moorage: the repository brings no Dockerfile that can be built from its source."

// readManifest looks for the file of a language that says how a server starts,
// and writes a Dockerfile for it. A file that says too little is remembered,
// for the sentence that says why nothing was found.
func (d *draft) readManifest() error {
	for _, read := range []func() bool{d.readNode, d.readPython, d.readGo} {
		if read() {
			return nil
		}
	}
	return nil
}
