package detect

import (
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"gopkg.in/yaml.v3"

	"moorage"
)

// readYAML decodes the first document of a file. The library refuses aliases
// that multiply; the file itself is at most 1 MiB.
func (d *draft) readYAML(file string, into any, strict bool) error {
	decoder := yaml.NewDecoder(bytes.NewReader(d.read(file)))
	decoder.KnownFields(strict)
	err := decoder.Decode(into)
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	if lines := strings.Split(what, "\n"); len(lines) > 1 {
		what = strings.TrimSpace(lines[1])
	}
	return moorage.Errorf(moorage.Invalid, "%s cannot be read: %s.", file, clip(what, 200)).
		Try("Mend that line, commit, then try again.").Because(err)
}

// fromFile makes a path that a file names relative to its own folder a path of
// the repository, and refuses one that leaves it.
func (d *draft) fromFile(file, named string) (string, error) {
	if path.IsAbs(named) || strings.ContainsAny(named, "\x00\\") {
		return "", CheckPath(d.root, named)
	}
	p := path.Join(path.Dir(file), named)
	if err := CheckPath(d.root, p); err != nil {
		return "", err
	}
	return p, nil
}
