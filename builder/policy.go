package builder

import (
	"bytes"
	"errors"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"moorage"
)

// checkDockerfile reads a Dockerfile before BuildKit does and refuses what
// would need a right that builds do not have. guard refuses the same things
// once more in what the Dockerfile came to mean; this is where a person is
// told the line.
func checkDockerfile(text []byte, note func(format string, args ...any)) error {
	if syntax, _, _, ok := parser.DetectSyntax(text); ok {
		note("The line “# syntax=%s” is ignored: Moorage brings its own Dockerfile frontend and downloads no other.", syntax)
	}
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return unreadable(err)
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return unreadable(err)
	}
	for _, stage := range stages {
		for _, command := range stage.Commands {
			if run, ok := command.(*instructions.RunCommand); ok {
				if err := checkRun(run); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func checkRun(run *instructions.RunCommand) error {
	line := 0
	if at := run.Location(); len(at) > 0 {
		line = at[0].Start.Line
	}
	switch {
	case instructions.GetSecurity(run) == instructions.SecurityInsecure:
		return notAllowed(line, "--security=insecure")
	case instructions.GetNetwork(run) == instructions.NetworkHost:
		return notAllowed(line, "--network=host")
	case len(instructions.GetDevices(run)) > 0:
		return notAllowed(line, "--device")
	}
	return nil
}

func notAllowed(line int, flag string) error {
	return moorage.Errorf(moorage.Forbidden, "Line %d of the Dockerfile asks for %s, which builds on Moorage may not have.", line, flag).
		Try("Take the flag out of the Dockerfile.")
}

func unreadable(err error) error {
	what := err.Error()
	var at *parser.LocationError
	if errors.As(err, &at) {
		what = at.Unwrap().Error()
	}
	what, _, _ = strings.Cut(what, "\n")
	return moorage.Errorf(moorage.Invalid, "The Dockerfile cannot be read: %s.", strings.TrimSuffix(clipLine(what), ".")).
		Try("Mend that line, commit, then deploy again.").Because(err)
}
