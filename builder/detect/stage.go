package detect

import (
	"path"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"moorage"
)

// stageReader reads one stage into the analysis. It knows the variables that
// the stage has set so far, as far as they can be known without running it.
type stageReader struct {
	*analysis
	env   map[string]string // ARG and ENV of the stage
	outer map[string]string // ARG before the first FROM, and the platform's
	last  bool
	lex   *shell.Lex
}

// Get and Keys make it the environment that words are expanded with.
func (r *stageReader) Get(name string) (string, bool) {
	if v, ok := r.env[name]; ok {
		return v, true
	}
	v, ok := r.outer[name]
	return v, ok
}

// Keys lists the names that Get knows.
func (r *stageReader) Keys() []string {
	keys := make([]string, 0, len(r.env)+len(r.outer))
	for k := range r.env {
		keys = append(keys, k)
	}
	for k := range r.outer {
		keys = append(keys, k)
	}
	return keys
}

func (r *stageReader) expand(word string) string {
	out, _, err := r.lex.ProcessWord(word, r)
	if err != nil {
		return word
	}
	return out
}

func (r *stageReader) read(c instructions.Command) {
	switch c := c.(type) {
	case *instructions.ArgCommand:
		for _, arg := range c.Args {
			r.arg(arg)
		}
	case *instructions.EnvCommand:
		for _, pair := range c.Env {
			r.setEnv(pair.Key, r.expand(pair.Value))
		}
	case *instructions.CopyCommand:
		if c.From == "" {
			r.copy(c.SourcePaths)
		}
	case *instructions.AddCommand:
		r.copy(c.SourcePaths)
	case *instructions.ExposeCommand:
		for _, port := range c.Ports {
			r.expose(port)
		}
	case *instructions.EntrypointCommand:
		if r.last {
			r.command = words(c.CmdLine, c.PrependShell)
		}
	case *instructions.CmdCommand:
		if r.last {
			r.command = append(r.command, words(c.CmdLine, c.PrependShell)...)
		}
	}
}

// arg records an argument. One that is named like a secret is asked for: the
// server is likely to want it when it runs.
func (r *stageReader) arg(arg instructions.KeyValuePairOptional) {
	if arg.Value != nil {
		r.env[arg.Key] = r.expand(*arg.Value)
	} else if _, known := r.outer[arg.Key]; !known {
		delete(r.env, arg.Key)
	}
	if r.last && SecretName(arg.Key) {
		r.variables = append(r.variables, moorage.VariableAsk{Name: arg.Key, Secret: true, From: "Dockerfile"})
	}
}

func (r *stageReader) setEnv(name, value string) {
	r.env[name] = value
	if !r.last {
		return
	}
	r.analysis.env[name] = value
	if machinery.MatchString(name) {
		return
	}
	if placeholder.MatchString(value) || SecretName(name) {
		r.variables = append(r.variables, moorage.VariableAsk{Name: name, From: "Dockerfile"})
	}
}

func (r *stageReader) expose(port string) {
	port, protocol, _ := strings.Cut(r.expand(port), "/")
	n, err := strconv.Atoi(port)
	if r.last && err == nil && validPort(n) && protocol != "udp" {
		r.ports = append(r.ports, n)
	}
}

// maxCopies bounds the instructions whose sources are looked for.
const maxCopies = 300

// copy records what is taken from the context: no URLs, no heredocs.
func (r *stageReader) copy(sources []string) {
	var local []string
	for _, s := range sources {
		s = r.expand(s)
		if strings.Contains(s, "://") || strings.HasPrefix(s, "git@") || strings.Contains(s, "$") {
			continue
		}
		// BuildKit reads every source from the context's root, "..", too.
		if s = strings.TrimPrefix(path.Clean("/"+s), "/"); s == "" {
			s = "."
		}
		local = append(local, s)
	}
	if len(local) > 0 && len(r.copies) < maxCopies {
		r.copies = append(r.copies, copyOfFile{sources: local})
	}
}

func words(line []string, shellForm bool) []string {
	if shellForm {
		return strings.Fields(strings.Join(line, " "))
	}
	return line
}

func validPort(n int) bool { return n > 0 && n < 65536 }
