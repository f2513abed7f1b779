package builder

import (
	"bytes"
	"regexp"
	"strings"

	"moorage"
)

const (
	maxLine    = 300  // runes of a line that is shown outside the log
	maxPartial = 4096 // bytes of an unfinished line that are kept
)

// outputTail remembers what of a step's output explains a failure best: the
// first line that speaks of an error, else the last line.
type outputTail struct {
	partial []byte
	first   string
	last    string
}

// errorLine recognises lines such as "npm error code E404", "error[E0432]",
// "fatal: …", "ModuleNotFoundError: …", "exec: not found".
var errorLine = regexp.MustCompile(`(?i)\b(error|err!|fatal|panic|exception|failed|not found|no such|cannot|denied)\b|Error\b`)

// ansi is a terminal's escape sequence.
var ansi = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

func (o *outputTail) add(chunk []byte) {
	for {
		end := bytes.IndexByte(chunk, '\n')
		if end < 0 {
			break
		}
		o.line(string(append(o.partial, chunk[:end]...)))
		o.partial, chunk = o.partial[:0], chunk[end+1:]
	}
	o.partial = append(o.partial, chunk[:min(len(chunk), maxPartial-len(o.partial))]...)
}

func (o *outputTail) line(line string) {
	line = strings.TrimSpace(clipLine(ansi.ReplaceAllString(line, "")))
	if line == "" {
		return
	}
	o.last = line
	if o.first == "" && errorLine.MatchString(line) {
		o.first = line
	}
}

// best returns the line that explains most, or "".
func (o *outputTail) best() string {
	o.line(string(o.partial))
	o.partial = nil
	if o.first != "" {
		return o.first
	}
	return o.last
}

// explain makes the sentence for a build that failed of itself.
func (b *board) explain(err error) error {
	v := b.failed
	if v == nil {
		return explainWithoutStep(err)
	}
	if image, ok := strings.CutPrefix(v.name, "[internal] load metadata for "); ok {
		return baseImage(image, v.err).Because(err)
	}
	if image, ok := strings.CutPrefix(afterBracket(v.name), "FROM "); ok {
		return baseImage(image, v.err).Because(err)
	}
	why := v.output.best()
	if why == "" {
		why = clipLine(lastCause(v.err))
	}
	return moorage.Errorf(moorage.Invalid, "The build failed at step “%s”: %s", clipLine(v.name), why).
		Try("Read the step's output below, mend the Dockerfile or what it runs, push, then deploy again.").Because(err)
}

func explainWithoutStep(err error) error {
	text := err.Error()
	if strings.Contains(text, "dockerfile parse error") || strings.Contains(text, "failed to parse") {
		return unreadable(err)
	}
	if strings.Contains(text, "connection refused") || strings.Contains(text, "transport: Error while dialing") ||
		strings.Contains(text, "no such file or directory") && strings.Contains(text, "docker.sock") {
		return engineGone(err)
	}
	return moorage.Errorf(moorage.Invalid, "The build failed: %s", clipLine(lastCause(text))).
		Try("Mend the Dockerfile, push, then deploy again.").Because(err)
}

// baseImage explains an image that could not be had. The engine gives the
// reason as text only.
func baseImage(image, reason string) *moorage.Error {
	image = clipLine(strings.TrimPrefix(image, "docker.io/library/"))
	e := moorage.Errorf(moorage.Invalid, "The image %s, which the Dockerfile builds on, could not be pulled.", image)
	switch {
	case containsAny(reason, "no such host", "dial tcp", "i/o timeout", "connection refused", "TLS handshake", "server misbehaving"):
		e.Code = moorage.Unavailable
		return e.Try("The container engine cannot reach that image's registry: check the network of this machine, or pull the image into the engine beforehand.")
	case containsAny(reason, "toomanyrequests", "429"):
		e.Code = moorage.Limited
		return e.Try("The registry limits how often images are pulled: wait, then deploy again.")
	}
	return e.Try("Check the image's name and tag, and that it needs no sign-in: builds pull public images only.")
}

// afterBracket takes "[stage 1/3] " off a vertex's name.
func afterBracket(name string) string {
	if strings.HasPrefix(name, "[") {
		if _, rest, ok := strings.Cut(name, "] "); ok {
			return rest
		}
	}
	return name
}

// lastCause returns the innermost part of a wrapped error's text that is
// still a clause: what stands after the last "failed to …: " wrapper.
func lastCause(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	for strings.HasPrefix(text, "failed to ") || strings.HasPrefix(text, "rpc error: ") {
		_, rest, ok := strings.Cut(text, ": ")
		if !ok {
			break
		}
		text = rest
	}
	return text
}

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// clipLine makes one short line without control characters.
func clipLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < 0x20 || r == 0x7f:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > maxLine {
		return string(runes[:maxLine-1]) + "…"
	}
	return s
}
