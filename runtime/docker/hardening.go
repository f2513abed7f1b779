package docker

import (
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"moorage"
	"moorage/runtime"
)

// nobody is the user of servers whose image names none, or root.
const nobody = "65534:65534"

// tmpfsOptions apply to /tmp and to what an image declares as a volume: small,
// in memory (so within its limit), and nothing in it can be executed.
// mode=1777 lets users other than root write.
const tmpfsOptions = "rw,noexec,nosuid,nodev,size=64m,mode=1777"

// maxImageVolumes bounds the tmpfs mounts that an image can ask for.
const maxImageVolumes = 16

// Limits of one instance, whatever the Spec asks for.
const (
	defaultMemoryMB, minMemoryMB, maxMemoryMB = 512, 16, 2048
	defaultCPUs, minCPUs, maxCPUs             = 1.0, 0.05, 2.0
	defaultPIDs, minPIDs, maxPIDs             = 128, 8, 512
)

// harden turns a checked Spec into what the engine is asked to run. It is the
// only place that fills a HostConfig, and it fills it from constants, from
// clamped numbers and from two relaxations that an owner can choose; nothing
// else of a Spec or an image gets there.
func (d *Docker) harden(spec runtime.Spec, img image.InspectResponse) (*container.Config, *container.HostConfig) {
	stdio := spec.Run.Transport == moorage.TransportStdio
	config := &container.Config{
		Image:        img.ID, // what was inspected is what runs, even if a tag moves
		User:         userOf(spec, img),
		Env:          environment(spec, img),
		Cmd:          slices.Clone(spec.Run.Command),
		Labels:       d.labels(spec),
		OpenStdin:    stdio,
		StdinOnce:    stdio, // when Moorage goes away stdin ends, and so does the server
		AttachStdin:  stdio,
		AttachStdout: true,
		AttachStderr: true,
		StopSignal:   "SIGTERM",
		Healthcheck:  &container.HealthConfig{Test: []string{"NONE"}},
	}
	yes := true
	host := &container.HostConfig{
		NetworkMode:    networkMode(spec),
		DNS:            resolvers(spec),
		CapDrop:        []string{"ALL"},
		SecurityOpt:    []string{"no-new-privileges", "seccomp=" + d.seccomp},
		Init:           &yes, // reaps zombies; and when it dies the kernel ends all that it started
		ReadonlyRootfs: !spec.Run.WritableRoot,
		Tmpfs:          tmpfs(img),
		CgroupnsMode:   container.CgroupnsModePrivate,
		IpcMode:        container.IPCModePrivate,
		RestartPolicy:  container.RestartPolicy{Name: container.RestartPolicyDisabled},
		LogConfig:      logConfig(stdio),
		Resources:      resources(spec.Run.Limits),
	}
	return config, host
}

func resources(l moorage.Limits) container.Resources {
	memory := int64(clamp(l.MemoryMB, defaultMemoryMB, minMemoryMB, maxMemoryMB)) << 20
	pids := int64(clamp(l.PIDs, defaultPIDs, minPIDs, maxPIDs))
	return container.Resources{
		Memory:     memory,
		MemorySwap: memory, // memory and swap together: no swap
		NanoCPUs:   int64(clamp(l.CPUs, defaultCPUs, minCPUs, maxCPUs) * 1e9),
		PidsLimit:  &pids,
		Ulimits: []*container.Ulimit{
			{Name: "nofile", Soft: 1024, Hard: 1024},
			{Name: "core", Soft: 0, Hard: 0},
		},
	}
}

// clamp returns v within [low, high], and the default for what is no positive number.
func clamp[N int | float64](v, byDefault, low, high N) N {
	if !(v > 0) || math.IsNaN(float64(v)) {
		return byDefault
	}
	return min(max(v, low), high)
}

// logConfig lets the engine keep the last output of an HTTP server. What a
// stdio server prints is people's data, read from the attach stream alone, so
// none of it is written to the engine's disk.
func logConfig(stdio bool) container.LogConfig {
	if stdio {
		return container.LogConfig{Type: "none"}
	}
	return container.LogConfig{Type: "local", Config: map[string]string{"max-size": "10m", "max-file": "3"}}
}

// userOf keeps a user that the image names, by number or by name, unless it is root.
func userOf(spec runtime.Spec, img image.InspectResponse) string {
	user := imageUser(img)
	if isRoot(user) && !spec.Run.RunAsRoot {
		return nobody
	}
	return user
}

func imageUser(img image.InspectResponse) string {
	if img.Config == nil {
		return ""
	}
	return img.Config.User
}

// isRoot reads a user as the engine does: user[:group], numbers as Atoi takes
// them. A name that the image's own /etc/passwd maps to 0 is not seen here; such a
// root has no capability and cannot gain one.
func isRoot(user string) bool {
	name, _, _ := strings.Cut(user, ":")
	if name == "" || name == "root" {
		return true
	}
	n, err := strconv.Atoi(name)
	return err == nil && n == 0
}

// tmpfs gives a server /tmp and, in place of each volume that its image
// declares, memory that ends with it: an anonymous volume would be an unbounded
// piece of the host's disk.
func tmpfs(img image.InspectResponse) map[string]string {
	mounts := map[string]string{"/tmp": tmpfsOptions}
	if img.Config == nil {
		return mounts
	}
	for volume := range img.Config.Volumes {
		if clean := path.Clean(volume); mayCover(clean) && len(mounts) < maxImageVolumes {
			mounts[clean] = tmpfsOptions
		}
	}
	return mounts
}

// mayCover reports whether a tmpfs may hide this folder of the image.
func mayCover(folder string) bool {
	if !path.IsAbs(folder) || folder == "/" || strings.ContainsRune(folder, 0) {
		return false
	}
	for _, kernel := range []string{"/proc", "/sys", "/dev"} {
		if folder == kernel || strings.HasPrefix(folder, kernel+"/") {
			return false
		}
	}
	return true
}
