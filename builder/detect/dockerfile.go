package detect

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"moorage"
)

// analysis is what one Dockerfile says, read without running it.
type analysis struct {
	problem   string // it cannot be read, or needs what is not there
	context   string
	why       string       // this context
	copies    []copyOfFile // of the stages that the image needs
	ports     []int
	env       map[string]string // of the last stage
	command   []string          // entrypoint and command of the last stage
	variables []moorage.VariableAsk
}

// copyOfFile is one COPY or ADD from the context.
type copyOfFile struct{ sources []string }

// dockerfileName matches what people call them.
var dockerfileName = regexp.MustCompile(`^(?i:(Dockerfile|Containerfile)([.-][\w.-]+)?|[\w.-]+\.(Dockerfile|Containerfile))$`)

// elsewhere are folders whose Dockerfiles are not the server's.
var elsewhere = []string{".devcontainer", "test", "tests", "testdata", "e2e", "docs", "benchmarks", "fixtures", ".github"}

// worthChoosing reports whether a Dockerfile may be chosen unasked. Folders
// above the sub-folder that a person named do not count.
func (d *draft) worthChoosing(p string) bool {
	folder := path.Dir(p)
	if inside, ok := below(d.subdir, folder); ok {
		folder = inside
	}
	for part := range strings.SplitSeq(folder, "/") {
		if slices.Contains(elsewhere, strings.ToLower(part)) {
			return false
		}
	}
	name := strings.ToLower(path.Base(p))
	return !strings.Contains(name, "dev") && !strings.Contains(name, "test")
}

// dockerfileOrder lists every Dockerfile: the sub-folder's, what lies below
// it, the root's, then all others; plain names before variants.
func (d *draft) dockerfileOrder() []string {
	if d.ordered != nil {
		return d.ordered
	}
	found := []string{}
	for p := range d.files {
		if dockerfileName.MatchString(path.Base(p)) && !strings.HasSuffix(p, ".dockerignore") {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		if x, y := d.rank(a), d.rank(b); x != y {
			return x - y
		}
		return strings.Compare(a, b)
	})
	d.ordered = found[:min(len(found), maxDockerfiles)]
	return d.ordered
}

func (d *draft) rank(p string) int {
	folder, rank := path.Dir(p), 0
	switch {
	case folder == d.subdir:
	case strings.HasPrefix(folder, d.subdir+"/"):
		rank = 1000
	case folder == ".":
		rank = 2000
	default:
		rank = 3000
	}
	if !d.worthChoosing(p) {
		rank += 500
	}
	if name := path.Base(p); name != "Dockerfile" {
		rank += 5
	}
	return rank + 10*strings.Count(p, "/")
}

// dockerfile describes one for the plan.
func (d *draft) dockerfile(p string) moorage.Dockerfile {
	a := d.analyse(p)
	return moorage.Dockerfile{Path: p, Context: a.context, Problem: a.problem}
}

// analyse reads a Dockerfile once.
func (d *draft) analyse(p string) *analysis {
	if a := d.analysed[p]; a != nil {
		return a
	}
	if d.analysed == nil {
		d.analysed = map[string]*analysis{}
	}
	a := &analysis{env: map[string]string{}, context: path.Dir(p)}
	d.analysed[p] = a
	if problem := a.parse(d.read(p)); problem != "" {
		a.problem = problem
		return a
	}
	d.decideContext(p, a)
	return a
}

// parse reads the instructions of the stages that the last one needs.
func (a *analysis) parse(text []byte) (problem string) {
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return "It cannot be read: " + clip(err.Error(), 200) + "."
	}
	stages, globals, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return "It cannot be read: " + clip(err.Error(), 200) + "."
	}
	if len(stages) == 0 {
		return "It holds no FROM instruction."
	}
	outer := platformArgs()
	for _, g := range globals {
		for _, arg := range g.Args {
			outer[arg.Key] = arg.ValueString()
		}
	}
	for _, i := range neededStages(stages) {
		r := &stageReader{analysis: a, env: map[string]string{}, outer: outer, last: i == len(stages)-1, lex: shell.NewLex('\\')}
		r.lex.SkipUnsetEnv = true
		for _, c := range stages[i].Commands {
			r.read(c)
		}
	}
	return ""
}

// platformArgs are the arguments that BuildKit sets itself.
func platformArgs() map[string]string {
	return map[string]string{
		"TARGETPLATFORM": "linux/amd64", "TARGETOS": "linux", "TARGETARCH": "amd64", "TARGETVARIANT": "",
		"BUILDPLATFORM": "linux/amd64", "BUILDOS": "linux", "BUILDARCH": "amd64", "BUILDVARIANT": "",
	}
}

// neededStages lists the stages that the last one is made of, in file order:
// BuildKit builds no other.
func neededStages(stages []instructions.Stage) []int {
	index := map[string]int{}
	needs := make([][]int, len(stages))
	lookup := func(name string) (int, bool) {
		i, ok := index[strings.ToLower(name)]
		if n, err := strconv.Atoi(name); !ok && err == nil && n >= 0 && n < len(stages) {
			return n, true
		}
		return i, ok
	}
	for i, s := range stages {
		from := []string{s.BaseName}
		for _, c := range s.Commands {
			switch c := c.(type) {
			case *instructions.CopyCommand:
				from = append(from, c.From)
			case *instructions.RunCommand:
				for _, m := range instructions.GetMounts(c) {
					from = append(from, m.From)
				}
			}
		}
		for _, name := range from {
			if j, ok := lookup(name); ok && j < i {
				needs[i] = append(needs[i], j)
			}
		}
		if s.Name != "" {
			index[strings.ToLower(s.Name)] = i
		}
	}
	needed := map[int]bool{}
	for queue := []int{len(stages) - 1}; len(queue) > 0; queue = queue[1:] {
		if i := queue[0]; !needed[i] {
			needed[i] = true
			queue = append(queue, needs[i]...)
		}
	}
	order := make([]int, 0, len(needed))
	for i := range stages {
		if needed[i] {
			order = append(order, i)
		}
	}
	return order
}
