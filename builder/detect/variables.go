package detect

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"moorage"
)

var (
	secretEnds = []string{"KEY", "APIKEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASS", "PASSPHRASE",
		"CREDENTIAL", "CREDENTIALS", "PAT", "DSN", "COOKIE", "JWT"}
	secretParts = []string{"SECRET", "PASSWORD", "PASSPHRASE"}
	secretURLs  = []string{"DATABASE_URL", "DATABASE_URI", "POSTGRES_URL", "REDIS_URL", "MONGODB_URI", "MONGO_URI", "CONNECTION_STRING", "WEBHOOK_URL"}
)

// SecretName guesses from a variable's name whether its value is a secret.
func SecretName(name string) bool {
	name = strings.ToUpper(name)
	for _, url := range secretURLs {
		if strings.HasSuffix(name, url) {
			return true
		}
	}
	parts := strings.Split(name, "_")
	if slices.Contains(secretEnds, parts[len(parts)-1]) {
		return true
	}
	return slices.ContainsFunc(parts, func(p string) bool { return slices.Contains(secretParts, p) })
}

// screaming turns a property's name into a variable's: apiKey → API_KEY.
func screaming(property string) string {
	var b strings.Builder
	runes := []rune(property)
	for i, r := range runes {
		switch {
		case r >= 'A' && r <= 'Z':
			wordStarts := i > 0 && (isLower(runes[i-1]) || i+1 < len(runes) && isLower(runes[i+1]))
			if wordStarts && !strings.HasSuffix(b.String(), "_") {
				b.WriteByte('_')
			}
			b.WriteRune(r)
		case r >= '0' && r <= '9' && i > 0:
			b.WriteRune(r)
		case r >= 'a' && r <= 'z':
			b.WriteRune(r - 'a' + 'A')
		case !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	return b.String()
}

func isLower(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// machinery names variables that tell a base image or a tool how to behave:
// nobody wants to be asked for them.
var machinery = regexp.MustCompile(`^(PATH|HOME|LANG|LC_.*|TZ|TERM|SHELL|USER|HOST|HOSTNAME|PORT|NODE_ENV|NODE_OPTIONS|NPM_.*|PNPM_.*|YARN_.*|PYTHON.*|PIP_.*|UV_.*|POETRY_.*|VIRTUAL_ENV|GO(PATH|OS|ARCH|FLAGS|PROXY|TOOLCHAIN|CACHE|MODCACHE)|CGO_.*|DEBIAN_FRONTEND|TRANSPORT|MCP_TRANSPORT|MCP_PORT|MCP_HOST|JAVA_.*|RUST.*|CARGO_.*)$`)

// placeholder recognises values that stand for "put yours here".
var placeholder = regexp.MustCompile(`(?i)^$|^<.*>$|^\$?\{.*\}$|your|change_?me|replace|placeholder|xxx|^\.\.\.$|example\.com|^todo$|insert`)

// collectVariables asks for what each file names, the earliest first.
func (d *draft) collectVariables() {
	for _, v := range d.wish.variables {
		d.ask(v)
	}
	for _, v := range d.server.variables() {
		d.ask(v)
	}
	if d.build.Path != "" {
		for _, v := range d.analyse(d.build.Path).variables {
			d.ask(v)
		}
	}
	for _, folder := range d.lookIn() {
		if file := d.firstIn(folder, ".env.example", ".env.sample", ".env.template", "example.env", ".env.dist"); file != "" {
			for _, v := range envFile(file, string(d.read(file))) {
				d.ask(v)
			}
		}
	}
}

// lookIn lists the folders that a file about the whole server may lie in.
func (d *draft) lookIn() []string {
	if d.subdir == "." {
		return []string{"."}
	}
	return []string{d.subdir, "."}
}

var envLine = regexp.MustCompile(`^\s*(#\s*)?(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*)$`)

// envFile reads an example of an environment file: the comment above a line
// describes it; a line that is commented out is offered, not required.
func envFile(file, text string) []moorage.VariableAsk {
	var asks []moorage.VariableAsk
	var comment []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		m := envLine.FindStringSubmatch(line)
		switch {
		case m != nil && !machinery.MatchString(m[2]):
			value, tail := envValue(m[3])
			if tail != "" {
				comment = append(comment, tail)
			}
			asks = append(asks, moorage.VariableAsk{
				Name: m[2], Description: strings.Join(comment, " "), Default: value,
				From: path.Base(file),
			})
			comment = nil
		case strings.HasPrefix(line, "#"):
			if text := strings.Trim(line, "#=- \t"); text != "" {
				comment = append(comment, text)
			}
		default:
			comment = nil
		}
	}
	return asks
}

// envValue splits a value from the comment behind it. A placeholder is no value.
func envValue(raw string) (value, comment string) {
	raw = strings.TrimSpace(raw)
	if quote := strings.IndexAny(raw, `"'`); quote == 0 {
		if end := strings.IndexByte(raw[1:], raw[0]); end >= 0 {
			value, comment = raw[1:end+1], raw[end+2:]
		}
	} else {
		value, comment, _ = strings.Cut(raw, " #")
	}
	value = strings.TrimSpace(value)
	if placeholder.MatchString(value) {
		value = ""
	}
	return value, strings.Trim(comment, "# \t")
}
