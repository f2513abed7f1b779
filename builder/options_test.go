package builder

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	bk "github.com/moby/buildkit/client"

	"moorage"
)

// asked are the only fields of a build that may be set. Whatever BuildKit adds
// one day (an entitlement, a network, a policy) is forbidden until it is listed here.
var asked = []string{"FrontendAttrs", "Session", "Exports", "SharedKey"}

// attribute matches what the frontend may be told. It reads more: a network for
// all steps, hosts, other contexts, build arguments that choose a frontend.
var attribute = regexp.MustCompile(`^(filename|cmdline|no-cache|build-arg:BUILDKIT_CACHE_MOUNT_NS|label:moorage\.(server|deployment))$`)

func TestNoBuildAsksForMoreThanAnImage(t *testing.T) {
	for seed := range uint64(100_000) {
		b := randomBuild(rand.New(rand.NewPCG(seed, 1)))
		if fault := asksTooMuch(b, solveOptions(b, &source{})); fault != "" {
			t.Fatalf("seed %d: %s\n%+v", seed, fault, b)
		}
	}
}

// asksTooMuch returns what is wrong, or "".
func asksTooMuch(b Build, o bk.SolveOpt) string {
	fields := reflect.ValueOf(o)
	for i := range fields.NumField() {
		if name := fields.Type().Field(i).Name; !slices.Contains(asked, name) && !fields.Field(i).IsZero() {
			return name + " is set"
		}
	}
	for name, value := range o.FrontendAttrs {
		if !attribute.MatchString(name) {
			return "the frontend is told " + name
		}
		if (name == "filename" || name == "cmdline") && value != map[string]string{"filename": "Dockerfile", "cmdline": "moorage"}[name] {
			return fmt.Sprintf("%s is %q", name, value)
		}
	}
	server, _, _ := strings.Cut(b.Ref, ":")
	switch {
	case o.FrontendAttrs["build-arg:BUILDKIT_CACHE_MOUNT_NS"] != server || o.SharedKey != server:
		return "it shares its cache with another server"
	case o.FrontendAttrs["cmdline"] == "" || o.FrontendAttrs["filename"] == "":
		return "a line “# syntax=” would choose the frontend"
	case len(o.Session) != 1 || len(o.Exports) != 1 || o.Exports[0].Type != "moby" || len(o.Exports[0].Attrs) != 1 || o.Exports[0].Attrs["name"] != b.Ref:
		return "more comes of it than an image in the engine"
	}
	return ""
}

// randomBuild is one as no interface of ours would let through. The labels'
// names are the pipeline's, not a person's.
func randomBuild(r *rand.Rand) Build {
	word := func() string {
		words := []string{"", "..", "/etc/passwd", "security.insecure", "network.host", "host", "# syntax=evil", "force-network-mode", "a:b", "\x00", "context:x", "☃"}
		return words[r.IntN(len(words))] + strings.Repeat("x", r.IntN(3))
	}
	return Build{
		Subdir: word(), Ref: word() + ":" + word(), Labels: map[string]string{"moorage.server": word(), "moorage.deployment": word()},
		Config: moorage.BuildConfig{Dockerfile: word(), Context: word(), Generated: word(), NoCache: r.IntN(2) == 0},
	}
}
