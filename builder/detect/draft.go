package detect

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"moorage"
)

const (
	maxVariables   = 100
	maxDockerfiles = 50
	maxText        = 500 // runes of a description
)

// draft is a plan in the making.
type draft struct {
	*survey
	subdir string // "." is the root
	bases  BaseImages

	wish       wish                // what moorage.yaml or smithery.yaml asks for
	server     *serverJSON         // nil: there is none
	manifest   manifest            // of the language; zero: there is none
	generated  *moorage.Dockerfile // nil: Moorage cannot write one
	unreadable string              // why a manifest that is there was not enough

	build    moorage.Dockerfile   // the chosen one
	ordered  []string             // Dockerfiles; nil: not yet
	analysed map[string]*analysis // by path
	plan     moorage.Plan
}

// wish is what a file made for the purpose asks for; zero values leave it open.
type wish struct {
	file        string
	name        string
	description string
	dockerfile  string
	context     string
	transport   moorage.Transport
	port        int
	path        string
	command     []string
	network     moorage.Network
	query       map[string]string
	variables   []moorage.VariableAsk
}

// manifest is what a language's own file says of the project.
type manifest struct {
	file        string // package.json
	language    string // Node
	name        string
	description string
}

func (d *draft) find(topic moorage.Topic, what, why string) {
	d.plan.Findings = append(d.plan.Findings, moorage.Finding{Topic: topic, What: what, Why: why})
}

// ask adds a variable, or fills in what an earlier file left open about it.
func (d *draft) ask(v moorage.VariableAsk) {
	v.Description = clip(strings.TrimSpace(v.Description), maxText)
	v.Default = clip(v.Default, maxText)
	v.Secret = v.Secret || SecretName(v.Name)
	if v.Secret {
		v.Default = "" // what a repository holds is no secret, and what is secret has no default
	}
	i := slices.IndexFunc(d.plan.Variables, func(have moorage.VariableAsk) bool { return have.Name == v.Name })
	switch {
	case !moorage.ValidEnvName(v.Name), i < 0 && len(d.plan.Variables) >= maxVariables:
	case i < 0:
		d.plan.Variables = append(d.plan.Variables, v)
	default:
		have := &d.plan.Variables[i]
		if have.Description == "" {
			have.Description = v.Description
		}
		if have.Secret = have.Secret || v.Secret; have.Secret {
			have.Default = ""
		} else if have.Default == "" {
			have.Default = v.Default
		}
		if len(have.Choices) == 0 {
			have.Choices = v.Choices
		}
		have.Required = have.Required || v.Required
	}
}

// describeSource says which files decided.
func (d *draft) describeSource() {
	p := &d.plan
	switch {
	case d.wish.file != "":
		p.FoundIn = d.wish.file
	case d.build.Path != "":
		p.FoundIn = d.build.Path
	case d.server != nil:
		p.FoundIn = d.server.file
	default:
		p.FoundIn = d.manifest.file
	}
	where := "The repository's root"
	if d.subdir != "." {
		where = "The folder " + d.subdir
	}
	d.find(moorage.TopicSource, where+" is deployed", "It holds "+d.manifestsText()+".")
	if d.truncated {
		d.find(moorage.TopicSource, "Not every folder was looked at", fmt.Sprintf("The repository holds more than %d files and folders.", maxEntries))
	}
}

func (d *draft) manifestsText() string {
	var files []string
	add := func(file string) {
		if file != "" && !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	add(d.wish.file)
	add(d.build.Path)
	if d.server != nil {
		add(d.server.file)
	}
	add(d.manifest.file)
	return strings.Join(files, ", ")
}

// describeBuild fills in what is built and lists the Dockerfiles, the chosen
// one first.
func (d *draft) describeBuild() {
	p := &d.plan
	p.Config.Build = moorage.BuildConfig{Dockerfile: d.build.Path, Context: d.build.Context, Generated: d.build.Generated}
	p.Dockerfiles = []moorage.Dockerfile{d.build}
	if d.generated != nil && d.build.Generated == "" {
		p.Dockerfiles = append(p.Dockerfiles, *d.generated)
	}
	for _, file := range d.dockerfileOrder() {
		if file != d.build.Path && len(p.Dockerfiles) < maxDockerfiles {
			p.Dockerfiles = append(p.Dockerfiles, d.dockerfile(file))
		}
	}
	d.explainBuild()
}

func (d *draft) explainBuild() {
	b := d.build
	if b.Generated != "" {
		why := fmt.Sprintf("There is no Dockerfile; %s says how the server starts.", d.manifest.file)
		if others := d.dockerfileOrder(); len(others) > 0 {
			why = fmt.Sprintf("%s says how the server starts.", d.manifest.file)
			if problem := d.dockerfile(others[0]).Problem; problem != "" {
				why = fmt.Sprintf("%s cannot be built from the source alone: %s", others[0], problem)
			}
		}
		d.find(moorage.TopicBuild, "Builds a Dockerfile that Moorage writes for "+d.manifest.language, why)
		return
	}
	d.find(moorage.TopicBuild, fmt.Sprintf("Builds %s with %s as context", b.Path, contextText(b.Context)), d.analyse(b.Path).why)
	if b.Problem != "" {
		d.find(moorage.TopicBuild, "This build is likely to fail", b.Problem)
	}
	if n := len(d.dockerfileOrder()); n > 1 {
		d.find(moorage.TopicBuild, fmt.Sprintf("%d Dockerfiles were found", n), "Another one can be chosen.")
	}
}

func contextText(folder string) string {
	if folder == "." {
		return "the repository's root"
	}
	return folder
}

// nameIt suggests a title and a description: what the earliest file says.
func (d *draft) nameIt() {
	names, descriptions := []string{d.wish.name}, []string{d.wish.description}
	if d.server != nil {
		names = append(names, d.server.Title, path.Base("/"+d.server.Name))
		descriptions = append(descriptions, d.server.Description)
	}
	names = append(names, path.Base("/"+d.manifest.name))
	descriptions = append(descriptions, d.manifest.description)
	if d.subdir != "." {
		names = append(names, path.Base(d.subdir))
	}
	d.plan.Name = clip(firstOf(names), 100)
	d.plan.Description = clip(firstOf(descriptions), maxText)
}

func firstOf(texts []string) string {
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" && t != "/" {
			return t
		}
	}
	return ""
}
