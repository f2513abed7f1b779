package deploy

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"moorage"
	"moorage/runtime"
)

// evidence is what is known of a server that did not pass its probe.
type evidence struct {
	run       moorage.RunConfig
	variables values
	within    time.Duration
	exit      *runtime.Exit // nil: it still ran when the prober gave up
	words     []string      // its last lines, oldest first
	cause     error         // of the prober
}

// diagnose says what most likely went wrong, and what its owner can do.
func diagnose(e evidence) error {
	for _, suspect := range []func(evidence) *moorage.Error{
		tooLittleMemory, missingVariable, readOnlyRoot, notAllowed, stopped, unanswered,
	} {
		if found := suspect(e); found != nil {
			return found.Because(e.cause)
		}
	}
	return e.cause
}

func tooLittleMemory(e evidence) *moorage.Error {
	if e.exit == nil || !e.exit.OOMKilled {
		return nil
	}
	return e.exit.Explain()
}

var (
	envName = regexp.MustCompile(`\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b`)
	lacking = regexp.MustCompile(`(?i)missing|required|requires|not set|unset|undefined|not defined|not found|not provided|` +
		`no value|must be|must set|must provide|please (?:set|provide)|needs?\b|expected|is empty|KeyError|environment variable`)
	notAName = regexp.MustCompile(`^ERR_|^MODULE_NOT_FOUND$|_ERR(?:OR)?$|^E[A-Z]+_|_NOT_FOUND$`)
)

func missingVariable(e evidence) *moorage.Error {
	if name := e.missing(); name != "" {
		return errMissing(name)
	}
	return nil
}

// missing finds the name of a variable that is not set in a line that
// complains; "" when none does. The last such line counts: what made it stop
// comes last.
func (e evidence) missing() string {
	for _, line := range slices.Backward(e.words) {
		if !lacking.MatchString(line) {
			continue
		}
		for _, name := range e.names(line) {
			if _, set := e.variables.env[name]; !set {
				return name
			}
		}
	}
	return ""
}

// names returns what could be a variable in a line: those that the server is
// known to ask for, then what is written like one.
func (e evidence) names(line string) []string {
	var names []string
	for _, name := range e.variables.known {
		if mentions(line, name) {
			names = append(names, name)
		}
	}
	for _, name := range envName.FindAllString(line, -1) {
		if !notAName.MatchString(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// mentions reports whether the line holds the name as a word.
func mentions(line, name string) bool {
	word := func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	return slices.Contains(strings.FieldsFunc(line, word), name)
}

var readOnly = regexp.MustCompile(`(?i)read-only file ?system|\bEROFS\b`)

func readOnlyRoot(e evidence) *moorage.Error {
	line := e.last(readOnly)
	if line == "" || e.run.WritableRoot {
		return nil
	}
	return moorage.Errorf(moorage.Invalid, "The server writes to its own file system, which is read-only: %s", line).
		Try("Have it write below /tmp, or allow “Writable root file system” under Settings, then redeploy.")
}

var denied = regexp.MustCompile(`(?i)permission denied|operation not permitted|\bEACCES\b|\bEPERM\b|must (?:be )?run as root`)

func notAllowed(e evidence) *moorage.Error {
	line := e.last(denied)
	if line == "" || e.run.RunAsRoot {
		return nil
	}
	return moorage.Errorf(moorage.Invalid, "The server was not allowed to do what it tried: %s", line).
		Try("It runs as an ordinary user. When it must be root, allow “Run as root” under Settings, then redeploy.")
}

func stopped(e evidence) *moorage.Error {
	if e.exit == nil {
		return nil
	}
	told := e.exit.Explain()
	if line := e.lastLine(); line != "" {
		told.Message += " Its last words: " + line
	}
	return told
}

// unanswered takes the prober's word when it has one.
func unanswered(e evidence) *moorage.Error {
	var told *moorage.Error
	if errors.As(e.cause, &told) {
		return moorage.Errorf(told.Code, "%s", told.Message).Try("%s", cmp.Or(told.Next, "Its output is in the log."))
	}
	how := "on its standard input and output"
	if e.run.Transport.Listens() {
		how = fmt.Sprintf("on port %d at %s", e.run.Port, e.run.Endpoint())
	}
	return moorage.Errorf(moorage.Invalid, "The server did not answer %s within %s.", how, inWords(e.within)).
		Try("Its output is in the log. Check its transport, port and path under Settings, then redeploy.")
}

// last returns the last line that matches, fit for a sentence; "" when none does.
func (e evidence) last(pattern *regexp.Regexp) string {
	for _, line := range slices.Backward(e.words) {
		if pattern.MatchString(line) {
			return quotable(line)
		}
	}
	return ""
}

func (e evidence) lastLine() string {
	for _, line := range slices.Backward(e.words) {
		if q := quotable(line); q != "" {
			return q
		}
	}
	return ""
}

// escape matches ANSI control sequences (ECMA-48).
var escape = regexp.MustCompile(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])`)

// quotable makes a line fit for a sentence: without colours, whole or in part,
// without what turns the direction of text, and not too long.
func quotable(line string) string {
	const long = 200
	line = escape.ReplaceAllString(strings.ToValidUTF8(line, "\uFFFD"), "")
	line = strings.Map(func(r rune) rune {
		if !unicode.IsSpace(r) && unicode.In(r, unicode.Cc, unicode.Cf) {
			return -1
		}
		return r
	}, line)
	line = strings.Join(strings.Fields(line), " ")
	if runes := []rune(line); len(runes) > long {
		return string(runes[:long]) + "…"
	}
	return line
}
