package detect

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// pyproject is what Moorage reads of a pyproject.toml (PEP 621, and Poetry's
// own table).
type pyproject struct {
	Project struct {
		Name        string            `toml:"name"`
		Description string            `toml:"description"`
		Scripts     map[string]string `toml:"scripts"`
	} `toml:"project"`
	Tool struct {
		Poetry struct {
			Name        string         `toml:"name"`
			Description string         `toml:"description"`
			Scripts     map[string]any `toml:"scripts"`
		} `toml:"poetry"`
	} `toml:"tool"`
}

// readPython writes a Dockerfile for a Python project.
func (d *draft) readPython() bool {
	if file := d.firstIn(d.subdir, "pyproject.toml"); file != "" {
		if d.readPyproject(file) {
			return true
		}
	}
	file := d.firstIn(d.subdir, "requirements.txt")
	if file == "" {
		return false
	}
	d.manifest = manifest{file: file, language: "Python", name: d.manifest.name, description: d.manifest.description}
	start := d.pythonFile()
	if start == nil {
		d.unreadable = file + " is there, but no server.py, main.py or app.py that could be started."
		return false
	}
	r := d.pythonRecipe()
	r.run([]string{"pip", "install", "-r", "requirements.txt"}, "/root/.cache/pip")
	d.finishPython(r, start)
	return true
}

func (d *draft) readPyproject(file string) bool {
	var p pyproject
	if err := toml.Unmarshal(d.read(file), &p); err != nil {
		d.unreadable = file + " is not TOML."
		return false
	}
	name := firstOf([]string{p.Project.Name, p.Tool.Poetry.Name})
	d.manifest = manifest{file: file, language: "Python", name: name,
		description: firstOf([]string{p.Project.Description, p.Tool.Poetry.Description})}
	script := p.script(name)
	start := []string{script}
	if script == "" {
		if start = d.pythonModule(name); start == nil {
			start = d.pythonFile()
		}
	}
	if start == nil {
		d.unreadable = file + " names no script in [project.scripts], so it is not clear how the server starts."
		return false
	}
	r := d.pythonRecipe()
	if d.isFile(path.Join(d.subdir, "uv.lock")) {
		r.run([]string{"pip", "install", "uv"}, "/root/.cache/pip")
		r.run([]string{"uv", "sync", "--frozen", "--no-dev"}, "/root/.cache/uv")
		r.line(`ENV PATH="/app/.venv/bin:$PATH"`)
	} else {
		r.run([]string{"pip", "install", "."}, "/root/.cache/pip")
	}
	d.finishPython(r, start)
	return true
}

func (d *draft) pythonRecipe() *recipe {
	r := &recipe{}
	r.line(generatedNote)
	r.line("FROM", d.bases.Python)
	r.line("WORKDIR /app")
	r.line("ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never HOME=/root")
	r.line(`COPY [".", "./"]`)
	return r
}

func (d *draft) finishPython(r *recipe, start []string) {
	r.line("ENV HOME=/tmp")
	r.line("USER 1000:1000")
	r.line("CMD", argvText(append(start, d.server.arguments()...)))
	d.offer(d.subdir, r)
}

var scriptName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// script returns the entry point named like the project, else one that speaks
// of a server, else the first by name.
func (p *pyproject) script(project string) string {
	names := slices.Collect(maps.Keys(p.Project.Scripts))
	if len(names) == 0 {
		names = slices.Collect(maps.Keys(p.Tool.Poetry.Scripts))
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !scriptName.MatchString(n) || len(n) > 100 })
	slices.Sort(names)
	if len(names) == 0 {
		return ""
	}
	if slices.Contains(names, project) {
		return project
	}
	if i := slices.IndexFunc(names, func(n string) bool { return strings.Contains(n, "mcp") || strings.Contains(n, "server") }); i >= 0 {
		return names[i]
	}
	return names[0]
}

// pythonModule finds a package that can be run with python -m.
func (d *draft) pythonModule(project string) []string {
	module := strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToLower(project))
	if !scriptName.MatchString(module) {
		return nil
	}
	for _, folder := range []string{"src", "."} {
		if d.isFile(path.Join(d.subdir, folder, module, "__main__.py")) {
			return []string{"python", "-m", module}
		}
	}
	return nil
}

func (d *draft) pythonFile() []string {
	for _, name := range []string{"server.py", "main.py", "app.py", "src/server.py", "src/main.py", "mcp_server.py"} {
		if d.isFile(path.Join(d.subdir, name)) {
			return []string{"python", name}
		}
	}
	return nil
}
