package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"moorage/runtime"
)

// goodEngine is the first release of Docker without the known ways out of a
// container and out of a build of this year.
const goodEngine = "29.5.1"

// slowStorage are the drivers that copy whole images.
var slowStorage = []string{"vfs", "devicemapper"}

type engine interface {
	Host(ctx context.Context) (runtime.Host, error)
}

// Engine looks whether the container engine answers and is one to rely on.
func Engine(e engine) Check {
	return Check{"engine", within(patience, func(ctx context.Context) Finding {
		host, err := e.Host(ctx)
		if err != nil {
			return bad(err, "The container engine does not answer.", "Start it, or set DOCKER_HOST.")
		}
		return judge(host)
	})}
}

// judge says what matters most about an engine that answers.
func judge(h runtime.Host) Finding {
	where := fmt.Sprintf("Docker %s answers at %s", h.Version, h.Address)
	switch {
	case !h.Linux:
		return bad(nil, where+", and runs no Linux containers.", "Switch the engine to Linux containers.")
	case !h.Limits:
		return bad(nil, where+", and cannot bound the memory and the processes of a container.", "Turn on the memory and pids controllers of cgroups on its machine.")
	case strings.HasPrefix(h.Address, "tcp://"):
		return warn("Reach it through its socket, or through an SSH tunnel to it: who can speak to the engine owns its machine.", "%s, without encryption.", where)
	case slices.Contains(slowStorage, h.Storage):
		return warn("Use overlay2: builds are slow and fill the disk meanwhile.", "%s, and keeps images with %s.", where, h.Storage)
	case semver.Compare("v"+release(h.Version), "v"+goodEngine) < 0:
		return warn("It works. When you can, update it to "+goodEngine+" or newer, which mends known ways out of a container.", "%s, on %s (%s, %s).", where, h.Name, h.System, h.Storage)
	}
	return well("%s, on %s (%s, %s).", where, h.Name, h.System, rooted(h))
}

func rooted(h runtime.Host) string {
	if h.Rootless {
		return h.Storage + ", rootless"
	}
	return h.Storage
}

// release is the version without what a distribution adds: "20.10.24+dfsg1".
func release(version string) string {
	number, _, _ := strings.Cut(version, "+")
	number, _, _ = strings.Cut(number, "-")
	return number
}
