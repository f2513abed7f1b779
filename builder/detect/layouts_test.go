package detect

import (
	"strings"
	"testing"

	"moorage"
)

// layout is a repository and what is to be found in it.
type layout struct {
	name   string
	files  map[string]string
	subdir string

	foundIn    string
	dockerfile string // "": a generated one
	context    string
	generated  []string // parts of the generated Dockerfile
	problem    string   // part of the chosen Dockerfile's
	transport  moorage.Transport
	port       int
	path       string   // "": not looked at
	variables  string   // names, those of secrets with a *
	findings   []string // parts of what is said
}

const (
	stdio = moorage.TransportStdio
	http  = moorage.TransportHTTP
	sse   = moorage.TransportSSE
)

// F is a repository's files.
type F = map[string]string

var layouts = []layout{
	{name: "a Dockerfile at the root", files: F{"Dockerfile": "FROM x\nCOPY . .\nCMD [\"node\", \"a.js\"]\n", "a.js": ""},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: stdio},
	{name: "a Dockerfile that exposes a port", files: F{"Dockerfile": "FROM x\nARG P=3000\nEXPOSE $P/tcp\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: http, port: 3000, findings: []string{"EXPOSE 3000"}},
	{name: "a Dockerfile that sets PORT", files: F{"Dockerfile": "FROM x\nENV PORT=9000 HOST=0.0.0.0\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: http, port: 9000},
	{name: "a command that says stdio beats EXPOSE", files: F{"Dockerfile": "FROM x\nEXPOSE 80\nENTRYPOINT [\"server\"]\nCMD [\"stdio\"]\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: stdio, findings: []string{"Its command says “stdio”"}},
	{name: "a command that says streamable-http and a port", files: F{"Dockerfile": "FROM x\nCMD server --transport streamable-http --port 8123\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: http, port: 8123},
	{name: "a command that says --transport=http and no port", files: F{"Dockerfile": "FROM x\nCMD [\"s\", \"--transport=http\"]\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: http, port: 8080, findings: []string{"No port is named"}},
	{name: "a command that says the old transport", files: F{"Dockerfile": "FROM x\nEXPOSE 8000\nCMD [\"s\", \"--transport\", \"sse\"]\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: sse, port: 8000, findings: []string{"the old HTTP+SSE on port 8000"}},
	{name: "a command that says --sse", files: F{"Dockerfile": "FROM x\nCMD [\"s\", \"--sse\", \"--port\", \"9001\"]\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: sse, port: 9001},
	{name: "ENV chooses the old transport, EXPOSE its port", files: F{"Dockerfile": "FROM x\nENV FASTMCP_TRANSPORT=sse\nEXPOSE 8000\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: sse, port: 8000, findings: []string{"FASTMCP_TRANSPORT=sse"}},
	{name: "moorage.yaml says the old transport", files: F{"Dockerfile": "FROM x\n", "moorage.yaml": "transport: sse\nport: 4000\npath: /events\n"},
		foundIn: "moorage.yaml", dockerfile: "Dockerfile", context: ".", transport: sse, port: 4000, path: "/events"},
	{name: "server.json says the old transport and its path", files: F{"Dockerfile": "FROM x\n", "server.json": `{"name":"io.github.a/b","packages":[{"registryType":"oci","transport":{"type":"sse","url":"http://localhost:5000/mcp"}}]}`},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: sse, port: 5000, path: "/mcp"},
	{name: "the usual path of the old transport goes without saying", files: F{"Dockerfile": "FROM x\n", "server.json": `{"name":"io.github.a/b","packages":[{"registryType":"oci","transport":{"type":"sse","url":"http://localhost:5000/sse"}}]}`},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: sse, port: 5000},
	{name: "of both, Streamable HTTP counts", files: F{"Dockerfile": "FROM x\n", "server.json": `{"name":"io.github.a/b","packages":[{"registryType":"oci","transport":{"type":"streamable-http","url":"http://localhost:5000/mcp"}},{"registryType":"oci","transport":{"type":"sse","url":"http://localhost:5001/sse"}}]}`},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: http, port: 5000},
	{name: "of both, Streamable HTTP counts though it comes last", files: F{"Dockerfile": "FROM x\n", "server.json": `{"name":"io.github.a/b","packages":[{"registryType":"oci","transport":{"type":"sse","url":"http://localhost:5001/sse"}},{"registryType":"oci","transport":{"type":"streamable-http","url":"http://localhost:5000/mcp"}}]}`},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: http, port: 5000},
	{name: "ENV chooses the transport", files: F{"Dockerfile": "FROM x\nENV MCP_TRANSPORT=http MCP_PORT=7000\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: http, port: 7000},
	{name: "a port of another stage does not count", files: F{"Dockerfile": "FROM x AS dev\nEXPOSE 80\nFROM x\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: stdio},
	{name: "variables of a Dockerfile", files: F{"Dockerfile": "FROM x\nARG VERSION\nARG API_TOKEN\nENV BASE_URL=\"\" DB_PASSWORD=x NODE_ENV=production MODE=fast\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: stdio, variables: "API_TOKEN* BASE_URL DB_PASSWORD*"},
	{name: "variables of .env.example", files: F{"Dockerfile": "FROM x\n", ".env.example": "# The key of the weather service\nWEATHER_KEY=your-key-here\n\nLIMIT=10 # how many\n#OPTIONAL=\nPORT=1\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: stdio, variables: "WEATHER_KEY* LIMIT OPTIONAL"},
	{name: "a Dockerfile that wants the root", files: F{"services/api/Dockerfile": "FROM x\nCOPY package.json ./\nCOPY services/api services/api\n", "package.json": "{}", "services/api/index.js": ""},
		subdir: "services/api", foundIn: "services/api/Dockerfile", dockerfile: "services/api/Dockerfile", context: ".", transport: stdio,
		findings: []string{"with the repository's root as context", "not all of them in services/api"}},
	{name: "a Dockerfile that wants its own folder", files: F{"src/weather/Dockerfile": "FROM x\nCOPY pyproject.toml README.md ./\nCOPY . .\n", "src/weather/pyproject.toml": "", "src/weather/README.md": "", "README.md": ""},
		subdir: "src/weather", foundIn: "src/weather/Dockerfile", dockerfile: "src/weather/Dockerfile", context: "src/weather", transport: stdio},
	{name: "a Dockerfile in a docker folder", files: F{"docker/Dockerfile": "FROM x\nCOPY . .\n", "package.json": "{}"},
		foundIn: "docker/Dockerfile", dockerfile: "docker/Dockerfile", context: ".", transport: stdio, findings: []string{"no project of its own"}},
	{name: "a Dockerfile between", files: F{"a/b/docker/Dockerfile": "FROM x\nCOPY go.mod go.sum* ./\n", "a/b/go.mod": "module m"},
		subdir: "a/b", foundIn: "a/b/docker/Dockerfile", dockerfile: "a/b/docker/Dockerfile", context: "a/b", transport: stdio},
	{name: "stages, heredocs, URLs and unused stages need no files", files: F{"x/Dockerfile": "FROM a AS one\nCOPY src /src\nFROM b AS unused\nCOPY nowhere /\nFROM c\nCOPY --from=one /out /\nADD https://example.com/f /f\nCOPY <<EOF /g\nhi\nEOF\n", "x/src/f": ""},
		subdir: "x", foundIn: "x/Dockerfile", dockerfile: "x/Dockerfile", context: "x", transport: stdio},
	{name: "goreleaser's Dockerfile with a Go module", files: F{"Dockerfile": "FROM scratch\nCOPY server /\n", ".goreleaser.yaml": "", "go.mod": "module example.com/server\n", "main.go": "package main\n"},
		foundIn: "go.mod", context: ".", generated: []string{"FROM golang:1.26 AS build", `"go", "build", "-trimpath", "-o", "/out/server", "."`, "USER 65532"}, transport: stdio,
		findings: []string{"copies “server”, which only the release pipeline (.goreleaser.yaml) makes"}},
	{name: "goreleaser's platforms", files: F{"Dockerfile": "FROM scratch\nARG TARGETPLATFORM\nCOPY $TARGETPLATFORM/server /\n", "go.mod": "module m\n", "cmd/m/main.go": "package main\n"},
		foundIn: "go.mod", context: ".", generated: []string{`"./cmd/m"`}, transport: stdio, findings: []string{"only a release pipeline makes"}},
	{name: "a Dockerfile that copies dist, and nothing else known", files: F{"Dockerfile": "FROM x\nCOPY dist/ /app\n", ".gitignore": "dist\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", problem: "“dist”, which is made before the image is built", transport: stdio, findings: []string{"likely to fail"}},
	{name: "a second Dockerfile that can be built", files: F{"Dockerfile": "FROM x\nCOPY dist/ /app\n", "Dockerfile.full": "FROM x\nCOPY . .\n"},
		foundIn: "Dockerfile.full", dockerfile: "Dockerfile.full", context: ".", transport: stdio, findings: []string{"2 Dockerfiles were found"}},
	{name: "only a Dockerfile for development", files: F{"Dockerfile.dev": "FROM x\n"},
		foundIn: "Dockerfile.dev", dockerfile: "Dockerfile.dev", context: ".", transport: stdio},
	{name: "a sub-folder named like one for tests", files: F{"tests/server/Dockerfile": "FROM x\nCOPY ../f .\n", "tests/server/f": "", "package.json": `{"main":"a.js"}`}, subdir: "tests/server",
		foundIn: "tests/server/Dockerfile", dockerfile: "tests/server/Dockerfile", context: "tests/server", transport: stdio},
	{name: "a development container is nobody's server", files: F{".devcontainer/Dockerfile": "FROM x\n", "package.json": `{"name":"a","main":"a.js"}`},
		foundIn: "package.json", context: ".", generated: []string{`CMD ["node", "a.js"]`}, transport: stdio},
	{name: "a monorepo without a choice", files: F{"b/Dockerfile": "FROM x\n", "a/Dockerfile": "FROM x\n", "a/deep/Dockerfile": "FROM x\n"},
		foundIn: "a/Dockerfile", dockerfile: "a/Dockerfile", context: "a", transport: stdio, findings: []string{"3 Dockerfiles were found"}},
	{name: "a sub-folder whose Dockerfile is the root's", files: F{"Dockerfile": "FROM x\nCOPY pkg pkg\n", "pkg/f": ""}, subdir: "pkg",
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: stdio},
	{name: "a Dockerfile that cannot be read", files: F{"Dockerfile": "FROMM x\n"},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", problem: "It cannot be read", transport: stdio},

	{name: "smithery, http", files: F{"Dockerfile": "FROM x\n", "smithery.yaml": "runtime: container\nbuild: {dockerfile: Dockerfile, dockerBuildPath: .}\nstartCommand:\n  type: http\n  configSchema:\n    type: object\n    required: [apiKey]\n    properties:\n      apiKey: {type: string, description: The key}\n      units: {type: string, enum: [metric, imperial], default: metric}\nenv: {TRANSPORT: http}\n"},
		foundIn: "smithery.yaml", dockerfile: "Dockerfile", context: ".", transport: http, port: 8081, variables: "API_KEY* UNITS TRANSPORT"},
	{name: "smithery, stdio, with the variables of its function", files: F{"Dockerfile": "FROM x\nEXPOSE 80\n", "smithery.yaml": "startCommand:\n  type: stdio\n  configSchema:\n    properties:\n      key: {type: string}\n      url: {type: string}\n  commandFunction: |-\n    (config) => ({ command: 'node', args: ['a.js'], env: { WEATHER_API_KEY: config.key, 'BASE_URL': config?.url || '' } })\n"},
		foundIn: "smithery.yaml", dockerfile: "Dockerfile", context: ".", transport: stdio, variables: "WEATHER_API_KEY* BASE_URL"},
	{name: "smithery names another Dockerfile and context", files: F{"deploy/smithery.Dockerfile": "FROM x\nCOPY . .\n", "app/f": "", "smithery.yaml": "build: {dockerfile: deploy/smithery.Dockerfile, dockerBuildPath: app}\nstartCommand: {type: stdio}\n"},
		foundIn: "smithery.yaml", dockerfile: "deploy/smithery.Dockerfile", context: "app", transport: stdio},
	{name: "smithery in TypeScript has no Dockerfile", files: F{"smithery.yaml": "runtime: typescript\n", "package.json": `{"name":"@a/s","scripts":{"build":"smithery build","start":"node .smithery/index.cjs"}}`, "package-lock.json": "{}"},
		foundIn: "smithery.yaml", context: ".", generated: []string{`"npm", "ci"`, `"npm", "run", "build"`, `CMD ["node", ".smithery/index.cjs"]`}, transport: http, port: 8081},
	{name: "moorage.yaml says all", files: F{"x/Dockerfile": "FROM x\n", "moorage.yaml": "name: Weather\ndockerfile: x/Dockerfile\ncontext: x\ntransport: http\nport: 4000\npath: /rpc\ncommand: [server, --fast]\nnetwork: none\nvariables:\n  - {name: KEY_FILE, required: true}\n  - {name: SECRET_SAUCE}\n"},
		foundIn: "moorage.yaml", dockerfile: "x/Dockerfile", context: "x", transport: http, port: 4000, variables: "KEY_FILE SECRET_SAUCE*", findings: []string{"Starts server --fast"}},
	{name: "moorage.yaml beats smithery.yaml", files: F{"Dockerfile": "FROM x\n", "moorage.yaml": "transport: stdio\n", "smithery.yaml": "startCommand: {type: http}\n"},
		foundIn: "moorage.yaml", dockerfile: "Dockerfile", context: ".", transport: stdio},
	{name: "server.json fills in what the Dockerfile leaves open", files: F{"Dockerfile": "FROM x\n", "server.json": `{"name":"io.github.a/b","title":"B","packages":[{"registryType":"oci","transport":{"type":"streamable-http","url":"http://localhost:5000/mcp"},"environmentVariables":[{"name":"B_TOKEN","isSecret":true,"isRequired":true},{"name":"B_MODE","choices":["a","b"],"default":"a"}]}]}`},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: http, port: 5000, variables: "B_TOKEN* B_MODE"},
	{name: "server.json of the first schema, with a module", files: F{"go.mod": "module m\n", "main.go": "package main\n", "server.json": `{"name":"io.github.a/b","packages":[{"registry_type":"oci","transport":{"type":"stdio"},"package_arguments":[{"type":"positional","value":"stdio"}],"runtimeArguments":[{"type":"named","name":"-e","value":"B_KEY={key}","is_required":true}],"environment_variables":[{"name":"B_URL","is_required":true}]}]}`},
		foundIn: "server.json", context: ".", generated: []string{`CMD ["stdio"]`}, transport: stdio, variables: "B_URL B_KEY*"},
	{name: "a server.json of something else", files: F{"Dockerfile": "FROM x\n", "server.json": `{"port": 80}`},
		foundIn: "Dockerfile", dockerfile: "Dockerfile", context: ".", transport: stdio},

	{name: "Node with a lock, a build and a bin", files: F{"package.json": `{"name":"@acme/weather","bin":{"other":"o.js","weather":"./dist/index.js"},"scripts":{"build":"tsc"}}`, "package-lock.json": "{}"},
		foundIn: "package.json", context: ".", generated: []string{"FROM node:22-slim", `--mount=type=cache,target=/root/.npm ["npm", "ci"]`, `["npm", "run", "build"]`, `CMD ["node", "dist/index.js"]`, "USER 1000:1000"}, transport: stdio},
	{name: "Node without a lock, with a start script", files: F{"package.json": `{"scripts":{"start":"tsx src/a.ts"}}`},
		foundIn: "package.json", context: ".", generated: []string{`["npm", "install"]`, `CMD ["npm", "--silent", "start"]`}, transport: stdio},
	{name: "Node with pnpm", files: F{"package.json": `{"bin":"cli.js"}`, "pnpm-lock.yaml": ""},
		foundIn: "package.json", context: ".", generated: []string{`["pnpm", "install", "--frozen-lockfile"]`, `"cli.js"`}, transport: stdio},
	{name: "a Node workspace", files: F{"package.json": `{"workspaces":["packages/*"]}`, "package-lock.json": "{}", "packages/a/package.json": `{"name":"a","bin":"dist/a.js","scripts":{"build":"tsc"}}`}, subdir: "packages/a",
		foundIn: "packages/a/package.json", context: ".", generated: []string{`["npm", "ci"]`, "WORKDIR /app/packages/a"}, transport: stdio},
	{name: "Python with a script", files: F{"pyproject.toml": "[project]\nname = \"weather-mcp\"\n[project.scripts]\nzz = \"a:b\"\nweather-mcp = \"w:main\"\n"},
		foundIn: "pyproject.toml", context: ".", generated: []string{"FROM python:3.13-slim", `["pip", "install", "."]`, `CMD ["weather-mcp"]`}, transport: stdio},
	{name: "Python with uv", files: F{"pyproject.toml": "[project]\nname='a'\n[project.scripts]\na='a:b'\n", "uv.lock": ""},
		foundIn: "pyproject.toml", context: ".", generated: []string{`["uv", "sync", "--frozen", "--no-dev"]`, "/app/.venv/bin"}, transport: stdio},
	{name: "Python with a module", files: F{"pyproject.toml": "[project]\nname='my-server'\n", "src/my_server/__main__.py": ""},
		foundIn: "pyproject.toml", context: ".", generated: []string{`CMD ["python", "-m", "my_server"]`}, transport: stdio},
	{name: "Python with requirements", files: F{"requirements.txt": "mcp\n", "server.py": ""},
		foundIn: "requirements.txt", context: ".", generated: []string{`"-r", "requirements.txt"`, `CMD ["python", "server.py"]`}, transport: stdio},
	{name: "Go with several commands", files: F{"go.mod": "module example.com/tool\n", "cmd/cli/main.go": "package main\n", "cmd/tool-mcp/main.go": "package main\n", "x_test.go": "package main\n"},
		foundIn: "go.mod", context: ".", generated: []string{`"./cmd/tool-mcp"`}, transport: stdio},
	{name: "Go in a sub-folder", files: F{"go/go.mod": "module m\n", "go/main.go": "// c\npackage main\n"}, subdir: "go",
		foundIn: "go/go.mod", context: "go", generated: []string{`"go", "build"`}, transport: stdio},
}

func (l layout) check(t *testing.T, p moorage.Plan) {
	t.Helper()
	build, run := p.Config.Build, p.Config.Run
	if p.FoundIn != l.foundIn {
		t.Errorf("found in %q, want %q", p.FoundIn, l.foundIn)
	}
	if build.Dockerfile != l.dockerfile || build.Context != l.context {
		t.Errorf("builds %q with %q, want %q with %q", build.Dockerfile, build.Context, l.dockerfile, l.context)
	}
	for _, part := range l.generated {
		if !strings.Contains(build.Generated, part) {
			t.Errorf("the generated Dockerfile lacks %s:\n%s", part, build.Generated)
		}
	}
	first := p.Dockerfiles[0]
	if first.Path != build.Dockerfile || first.Generated != build.Generated || first.Context != build.Context {
		t.Errorf("the first Dockerfile is %+v, the chosen one %+v", first, build)
	}
	if !strings.Contains(first.Problem, l.problem) || (l.problem == "") != (first.Problem == "") {
		t.Errorf("problem %q, want %q", first.Problem, l.problem)
	}
	if run.Transport != l.transport || run.Port != l.port {
		t.Errorf("runs %s %d, want %s %d", run.Transport, run.Port, l.transport, l.port)
	}
	if l.path != "" && run.Path != l.path || run.Transport == sse && l.path != run.Path {
		t.Errorf("it is spoken to at %q, want %q", run.Path, l.path)
	}
	var names []string
	for _, v := range p.Variables {
		name := v.Name
		if v.Secret {
			name += "*"
		}
		names = append(names, name)
		if v.Secret && v.Default != "" || v.From == "" {
			t.Errorf("asks for %+v", v)
		}
	}
	if got := strings.Join(names, " "); got != l.variables {
		t.Errorf("asks for %q, want %q", got, l.variables)
	}
	said := findingsText(p)
	for _, part := range l.findings {
		if !strings.Contains(said, part) {
			t.Errorf("nothing says %q in:\n%s", part, said)
		}
	}
	if run.Network == "" {
		t.Error("no network is chosen")
	}
}

func findingsText(p moorage.Plan) string {
	var b strings.Builder
	for _, f := range p.Findings {
		b.WriteString(string(f.Topic) + ": " + f.What + ". " + f.Why + "\n")
	}
	return b.String()
}
