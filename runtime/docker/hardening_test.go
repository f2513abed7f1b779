package docker

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"moorage"
	"moorage/runtime"
)

// filledByHarden are the only fields of a HostConfig that may be set, and what
// they may hold. Whatever the SDK adds one day is forbidden until it is listed
// here. The values are written out: a default that is weakened fails here.
var filledByHarden = map[string]func(h *container.HostConfig) bool{
	"NetworkMode": func(h *container.HostConfig) bool {
		return h.NetworkMode == "none" || strings.HasPrefix(string(h.NetworkMode), "moorage-")
	},
	"DNS":     func(h *container.HostConfig) bool { return len(h.DNS) == 0 || h.DNS[0] == "127.0.0.1" },
	"CapDrop": func(h *container.HostConfig) bool { return reflect.DeepEqual([]string(h.CapDrop), []string{"ALL"}) },
	"SecurityOpt": func(h *container.HostConfig) bool {
		return len(h.SecurityOpt) == 2 && h.SecurityOpt[0] == "no-new-privileges" && strings.HasPrefix(h.SecurityOpt[1], "seccomp={")
	},
	"Init":           func(h *container.HostConfig) bool { return *h.Init },
	"ReadonlyRootfs": func(h *container.HostConfig) bool { return true },
	"Tmpfs": func(h *container.HostConfig) bool {
		for folder, options := range h.Tmpfs {
			if options != "rw,noexec,nosuid,nodev,size=64m,mode=1777" || !strings.HasPrefix(folder, "/") || inKernel.MatchString(folder) {
				return false
			}
		}
		return h.Tmpfs["/tmp"] != "" && len(h.Tmpfs) <= 16
	},
	"CgroupnsMode":  func(h *container.HostConfig) bool { return h.CgroupnsMode == "private" },
	"IpcMode":       func(h *container.HostConfig) bool { return h.IpcMode == "private" },
	"RestartPolicy": func(h *container.HostConfig) bool { return h.RestartPolicy.Name == "no" },
	"LogConfig": func(h *container.HostConfig) bool {
		kept := map[string]string{"max-size": "10m", "max-file": "3"}
		return h.LogConfig.Type == "none" && h.LogConfig.Config == nil || h.LogConfig.Type == "local" && maps.Equal(h.LogConfig.Config, kept)
	},
	"Resources": onlyOurResources,
}

// inKernel matches folders that no tmpfs may cover.
var inKernel = regexp.MustCompile(`^/(proc|sys|dev)?(/|$)`)

func onlyOurResources(h *container.HostConfig) bool {
	r := h.Resources
	limits := map[string]container.Ulimit{"nofile": {Name: "nofile", Soft: 1024, Hard: 1024}, "core": {Name: "core"}}
	for _, l := range r.Ulimits {
		if *l != limits[l.Name] {
			return false
		}
	}
	within := r.Memory >= 16<<20 && r.Memory <= 2048<<20 && r.MemorySwap == r.Memory &&
		r.NanoCPUs >= 5e7 && r.NanoCPUs <= 2e9 && *r.PidsLimit >= 8 && *r.PidsLimit <= 512 && len(r.Ulimits) == 2
	rest := r
	rest.Memory, rest.MemorySwap, rest.NanoCPUs, rest.PidsLimit, rest.Ulimits = 0, 0, 0, nil, nil
	return within && reflect.DeepEqual(rest, container.Resources{})
}

func TestNoSpecReachesTheHost(t *testing.T) {
	d, err := New("", "home")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(100_000) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		spec, img := g.spec(), g.image()
		config, host := d.harden(spec, img)
		if fault := obeys(spec, img, config, host); fault != "" {
			t.Fatalf("seed %d: %s\nspec %+v\nimage %+v", seed, fault, spec, img.Config)
		}
	}
}

// obeys returns what is wrong, or "".
func obeys(spec runtime.Spec, img image.InspectResponse, config *container.Config, host *container.HostConfig) string {
	fields := reflect.ValueOf(host).Elem()
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Name
		allowed, listed := filledByHarden[name]
		if !listed && !fields.Field(i).IsZero() {
			return name + " is set"
		}
		if listed && !allowed(host) {
			return fmt.Sprintf("%s is %v", name, fields.Field(i))
		}
	}
	stdio, internet := spec.Run.Transport == moorage.TransportStdio, spec.Run.Network == moorage.NetworkInternet
	zero := spec.Run.Limits == moorage.Limits{}
	switch {
	case zero && (host.Memory != 512<<20 || host.NanoCPUs != 1e9 || *host.PidsLimit != 128):
		return "the limits that nobody chose are not the defaults"
	case stdio && !internet && host.NetworkMode != "none":
		return "a server that needs no network has one"
	case !internet && !slices.Equal(host.DNS, []string{"127.0.0.1"}) || internet && host.DNS != nil:
		return "it asks another name server"
	case stdio != (host.LogConfig.Type == "none"):
		return "what a stdio server prints is kept by the engine, or what an HTTP server prints is not"
	case isRoot(imageUser(img)) && !spec.Run.RunAsRoot && config.User != "65534:65534":
		return "it runs as " + config.User
	case config.StopSignal != "SIGTERM" || !slices.Equal(config.Healthcheck.Test, []string{"NONE"}):
		return "the image says how it is stopped or watched"
	case host.ReadonlyRootfs == spec.Run.WritableRoot:
		return "the root is writable though nobody asked"
	case isRoot(config.User) && !spec.Run.RunAsRoot:
		return "it runs as root"
	case config.Tty || len(config.ExposedPorts) > 0 || len(config.Volumes) > 0 || config.Entrypoint != nil:
		return "a field of the configuration is set that must not be"
	case config.Image != img.ID:
		return "another image runs than was inspected"
	case config.Labels[runtime.LabelHome] != "home" || len(config.Labels) != 6:
		return "labels are missing"
	}
	for _, value := range spec.Env {
		if strings.HasPrefix(value, "secret-") && (strings.Contains(fmt.Sprint(config.Labels), value) || strings.Contains(fmt.Sprint(config.Cmd), value)) {
			return "the value of a variable is in a label or an argument"
		}
	}
	return ""
}

// generator makes specs that no interface of ours would let through.
type generator struct{ *rand.Rand }

func (g generator) word() string {
	words := []string{
		"", "root", "0", "00", "+0", "0:0", "root:docker", "node", "1000", "1000:1000", "65534", "host", "none", "default",
		"container:abc", "/", "/var/run/docker.sock", "..", "../..", "/proc", "/dev/sda", "/data", "data", "/data:rw", "ALL",
		"privileged", "seccomp=unconfined", "a\x00b", "bind,src=/", "--privileged", "moorage-x", "☃", "SYS_ADMIN", "size=64g",
	}
	return words[g.IntN(len(words))] + strings.Repeat("x", g.IntN(3))
}

func (g generator) number() int {
	return []int{0, 1, -1, 64, 128, 512, 1024, 4096, 1 << 30, math.MaxInt, math.MinInt}[g.IntN(11)]
}

func (g generator) words() []string {
	var all []string
	for range g.IntN(5) {
		all = append(all, g.word())
	}
	return all
}

func (g generator) spec() runtime.Spec {
	spec := runtime.Spec{
		Instance: moorage.InstanceID(g.word()), Server: moorage.ServerID(g.word()), Deployment: moorage.DeploymentID(g.word()),
		Image: g.word(), Env: map[string]string{},
		Run: moorage.RunConfig{
			Transport: moorage.Transport([]string{"stdio", "http", "sse", g.word()}[g.IntN(4)]),
			Network:   moorage.Network([]string{"internet", "none", g.word()}[g.IntN(3)]),
			Port:      g.number(), Path: g.word(), Command: g.words(),
			RunAsRoot: g.IntN(2) == 0, WritableRoot: g.IntN(2) == 0,
			Limits: moorage.Limits{
				MemoryMB: g.number(), PIDs: g.number(),
				CPUs: []float64{0, 0.5, -1, 1e300, math.NaN(), math.Inf(1), math.Inf(-1)}[g.IntN(7)],
			},
		},
	}
	for i := range g.IntN(4) {
		spec.Env[g.word()] = fmt.Sprintf("secret-%d-%d", g.Uint64(), i)
	}
	return spec
}

func (g generator) image() image.InspectResponse {
	img := image.InspectResponse{ID: "sha256:" + strings.Repeat("ab", 32)}
	if g.IntN(8) == 0 {
		return img
	}
	volumes := map[string]struct{}{}
	for range g.IntN(30) {
		volumes[g.word()] = struct{}{}
	}
	img.Config = &dockerspec.DockerOCIImageConfig{}
	img.Config.User, img.Config.Volumes, img.Config.Env = g.word(), volumes, g.words()
	img.Config.Entrypoint, img.Config.Labels = g.words(), map[string]string{runtime.LabelHome: "forged"}
	return img
}

func TestUsersOfImages(t *testing.T) {
	for user, want := range map[string]string{
		"": nobody, "root": nobody, "0": nobody, "0:0": nobody, "root:root": nobody, "00": nobody, "+0": nobody, ":5": nobody,
		"node": "node", "1000": "1000", "1000:0": "1000:0", "65534:65534": "65534:65534",
	} {
		var img image.InspectResponse
		img.Config = &dockerspec.DockerOCIImageConfig{}
		img.Config.User = user
		if got := userOf(runtime.Spec{}, img); got != want {
			t.Errorf("%q runs as %q, want %q", user, got, want)
		}
		if got := userOf(runtime.Spec{Run: moorage.RunConfig{RunAsRoot: true}}, img); got != user {
			t.Errorf("%q, relaxed, runs as %q", user, got)
		}
	}
}
