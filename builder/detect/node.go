package detect

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// packageJSON is what Moorage reads of a package.json.
type packageJSON struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Main        string            `json:"main"`
	Bin         json.RawMessage   `json:"bin"` // one path, or name → path
	Scripts     map[string]string `json:"scripts"`
	Workspaces  json.RawMessage   `json:"workspaces"`
}

// readNode writes a Dockerfile for a Node project.
func (d *draft) readNode() bool {
	file := d.firstIn(d.subdir, "package.json")
	if file == "" {
		return false
	}
	var p packageJSON
	if err := json.Unmarshal(d.read(file), &p); err != nil {
		d.unreadable = file + " is not JSON."
		return false
	}
	d.manifest = manifest{file: file, language: "Node", name: p.Name, description: p.Description}
	start := p.start(d)
	if start == nil {
		d.unreadable = file + " names no bin, start script or main file, so it is not clear how the server starts."
		return false
	}
	context, folder := d.nodeContext()
	r := &recipe{}
	r.line(generatedNote)
	r.line("FROM", d.bases.Node)
	r.line("WORKDIR /app")
	r.line(`COPY [".", "./"]`)
	d.nodeInstall(r, context)
	if _, ok := p.Scripts["build"]; ok {
		if folder != "." {
			r.line("WORKDIR", path.Join("/app", folder))
		}
		r.run([]string{"npm", "run", "build"})
	} else if folder != "." {
		r.line("WORKDIR", path.Join("/app", folder))
	}
	r.line("ENV NODE_ENV=production HOME=/tmp")
	r.line("USER 1000:1000")
	r.line("CMD", argvText(append(start, d.server.arguments()...)))
	d.offer(context, r)
	return true
}

// nodeContext decides between the project's folder and, for a workspace whose
// lock file lies at the root, the root.
func (d *draft) nodeContext() (context, folder string) {
	if d.subdir == "." || !plainPath.MatchString(d.subdir) || d.lockFile(d.subdir) != "" {
		return d.subdir, "."
	}
	var root packageJSON
	if json.Unmarshal(d.read("package.json"), &root) == nil && len(root.Workspaces) > 0 || d.has("pnpm-workspace.yaml") {
		return ".", d.subdir
	}
	return d.subdir, "."
}

func (d *draft) lockFile(folder string) string {
	return d.firstIn(folder, "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock")
}

func (d *draft) nodeInstall(r *recipe, context string) {
	switch path.Base(d.lockFile(context)) {
	case "package-lock.json", "npm-shrinkwrap.json":
		r.run([]string{"npm", "ci"}, "/root/.npm")
	case "pnpm-lock.yaml":
		r.run([]string{"corepack", "enable"})
		r.run([]string{"pnpm", "install", "--frozen-lockfile"}, "/root/.local/share/pnpm/store")
	case "yarn.lock":
		r.run([]string{"corepack", "enable"})
		r.run([]string{"yarn", "install"}, "/usr/local/share/.cache/yarn")
	default:
		r.run([]string{"npm", "install"}, "/root/.npm")
	}
}

// start says how the server is started: its bin, its start script, its main
// file, or a file that is commonly one. A start script that is a plain node
// command is run without npm, which would print to standard output.
func (p *packageJSON) start(d *draft) []string {
	if bin := p.bin(); bin != "" {
		return []string{"node", bin}
	}
	script := p.Scripts["start"]
	if words := strings.Fields(script); len(words) > 0 {
		if words[0] == "node" && !strings.ContainsAny(script, "&|;<>$`'\"\\*()") {
			return words
		}
		return []string{"npm", "--silent", "start"}
	}
	if p.Main != "" {
		return []string{"node", cleanPath(p.Main)}
	}
	for _, name := range []string{"server.js", "index.js", "server.mjs", "index.mjs", "src/index.js", "src/server.js"} {
		if d.isFile(path.Join(d.subdir, name)) {
			return []string{"node", name}
		}
	}
	return nil
}

// bin returns the one that is named like the package, else the first by name.
func (p *packageJSON) bin() string {
	var one string
	if json.Unmarshal(p.Bin, &one) == nil && one != "" {
		return cleanPath(one)
	}
	var many map[string]string
	if json.Unmarshal(p.Bin, &many) != nil || len(many) == 0 {
		return ""
	}
	if file, ok := many[path.Base("/"+p.Name)]; ok {
		return cleanPath(file)
	}
	return cleanPath(many[slices.Sorted(maps.Keys(many))[0]])
}

// cleanPath makes a path of a manifest one that lies below the project.
func cleanPath(p string) string {
	return strings.TrimPrefix(path.Clean(fmt.Sprintf("/%s", clip(p, 300))), "/")
}
