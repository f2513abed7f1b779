package moorage_test

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// door is a thing that only some places may do, and why each of them may.
type door struct {
	what  []string          // names of packages, as path.Name; a method of anything is .Name
	where map[string]string // rooms or files, with the reason
}

// calls is how a program reaches another address.
var calls = []string{
	"net.Dial", "net.DialIP", "net.DialTCP", "net.DialTimeout", "net.DialUDP", "net.DialUnix", "net.Dialer", "net.Resolver", "net.DefaultResolver",
	"net.LookupAddr", "net.LookupCNAME", "net.LookupHost", "net.LookupIP", "net.LookupMX", "net.LookupNS", "net.LookupSRV", "net.LookupTXT",
	"crypto/tls.Dial", "crypto/tls.DialWithDialer", "crypto/tls.Dialer", "net/smtp.SendMail", "net/smtp.Dial", "net/rpc.Dial",
	"net/http.Client", "net/http.DefaultClient", "net/http.DefaultTransport", "net/http.Get", "net/http.Head", "net/http.Post", "net/http.PostForm",
	"net/http.Transport", "net/http.ProxyFromEnvironment", "net/http/httputil.ReverseProxy", "net/http/httputil.NewSingleHostReverseProxy",
	"github.com/coder/websocket.Dial", "golang.org/x/net/proxy.FromEnvironment", "github.com/r3labs/sse/v2.NewClient",
}

// doors is what would undo a defence if anybody else did it, too.
var doors = []door{
	{calls, map[string]string{
		"outbound":                "addresses that somebody else chose, checked",
		"bench":                   "what it measures, on this machine; no part of the program",
		"auth":                    "the GitHub that the operator configured, to sign in",
		"cmd/moorage":             "the person's own machine, and the Moorage that they name",
		"gateway/proxy.go":        "such addresses, for calls that only pass through",
		"github":                  "the GitHub that the operator configured",
		"runner":                  "the addresses that the engine gave to our own instances",
		"runtime/docker/place.go": "no packet is sent: the system is asked for its own address",
		"runtime/runtimetest":     "a test's own container",
	}},
	{[]string{"os/exec.Command", "os/exec.CommandContext", "os/exec.Cmd"}, map[string]string{
		"bench":                    "the work by hand; no part of the program",
		"builder/clone/run.go":     "the clone worker: our own binary",
		"github/githubtest/git.go": "Git, for the fake GitHub of tests",
		"runner/runnertest":        "the Go compiler, for programs of tests",
	}},
	{[]string{"os.StartProcess", "syscall.Exec", "syscall.ForkExec", "syscall.StartProcess", "syscall.Connect", "syscall.Socket"}, nil},
	{[]string{docker + "container.HostConfig", docker + "container.Resources", docker + "mount.Mount", docker + "container.DeviceMapping"}, map[string]string{
		"runtime/docker/hardening.go": "the one place that turns a Spec into what the engine is asked to run",
	}},
	{[]string{docker + "network.CreateOptions", ".NetworkCreate"}, map[string]string{"runtime/docker/network.go": "the two networks of an instance"}},
	{[]string{".ContainerCreate"}, map[string]string{"runtime/docker/start.go": "what harden returns"}},
	{[]string{ // of the engine: ways around harden, and what copies between the host and a container
		".ContainerExecCreate", ".ContainerExecStart", ".ContainerExecAttach", ".ContainerUpdate", ".ContainerCommit", ".CopyToContainer", ".CopyFromContainer",
		".ImageBuild", ".ImageLoad", ".VolumeCreate", ".PluginInstall", ".PluginEnable", ".ServiceCreate", ".SwarmInit", ".SwarmJoin",
	}, nil},
	{[]string{".ImageImport"}, map[string]string{"runner/runnertest/engine.go": "images of tests, which hold one program"}},
	{[]string{"github.com/moby/buildkit/client.SolveOpt", ".AllowedEntitlements"}, map[string]string{"builder/build.go": "the one place that asks for a build"}},
	{[]string{module + "/secrets.NewMasker"}, map[string]string{
		"deploy/logbook.go": "what the steps of a deployment print and what is said of them",
		"runner/start.go":   "what an instance prints and says to people",
	}},
	{[]string{".AppendLog"}, map[string]string{"deploy/batch.go": "the logbook, which masks", "bench/seed.go": "a database that pages are measured on"}},
}

const docker = "github.com/docker/docker/api/types/"

func TestOnlyTheDoorsAreUsed(t *testing.T) {
	used := map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		s.names(func(name string, n ast.Node) {
			for _, d := range doors {
				method := name[strings.LastIndexByte(name, '.'):]
				if !slices.Contains(d.what, name) && !slices.Contains(d.what, method) {
					continue
				}
				place := d.place(s)
				used[place] = true
				if place == "" {
					t.Errorf("%s: %s is not for here; see the doors", s.at(n), name)
				}
			}
		})
	}
	for _, d := range doors {
		for place := range d.where {
			if !used[place] {
				t.Errorf("%s may use a door that it does not use", place)
			}
		}
	}
}

// place is the room or file that lets a source through, or "".
func (d door) place(s source) string {
	for place := range d.where {
		if s.path == place || within(s.room, place) {
			return place
		}
	}
	return ""
}

// names calls f with every name of a package that the file uses, as path.Name,
// whatever the package is called here, and with every other selector as .Name.
// A pointer to a type is left out: who only takes one has not made it.
func (s source) names(f func(name string, n ast.Node)) {
	packages := map[string]string{}
	for _, spec := range s.file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value) // the parser accepted it
		local := path.Base(version.ReplaceAllString(imported, ""))
		if spec.Name != nil {
			local = spec.Name.Name
		}
		packages[local] = imported
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if star, ok := n.(*ast.StarExpr); ok {
			if sel, ok := star.X.(*ast.SelectorExpr); ok && !strings.HasPrefix(sel.Sel.Name, "Default") {
				return false
			}
		}
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && packages[x.Name] != "" && x.Obj == nil {
			f(packages[x.Name]+"."+sel.Sel.Name, n)
		} else {
			f("."+sel.Sel.Name, n)
		}
		return true
	})
}

// version is the end of an import path that is no part of the package's name.
var version = regexp.MustCompile(`/v[0-9]+$`)

func TestNothingIsImportedWithoutItsName(t *testing.T) {
	for _, s := range sources(t) {
		for _, spec := range s.file.Imports {
			if spec.Name != nil && spec.Name.Name == "." {
				t.Errorf("%s: a dot import hides where a name comes from", s.at(spec))
			}
		}
	}
}
