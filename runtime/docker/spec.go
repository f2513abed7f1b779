package docker

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"

	"moorage"
	"moorage/runtime"
)

// Sizes that the kernel takes for one argument and for all of them together
// (MAX_ARG_STRLEN, and a share of ARG_MAX), in bytes.
const (
	maxArgument  = 128<<10 - 1
	maxArguments = 1 << 20
)

// check refuses what the engine or the kernel would refuse later with words
// that help nobody. The values of variables are never repeated.
func check(spec runtime.Spec) error {
	if spec.Instance == "" || spec.Server == "" || spec.Deployment == "" {
		return moorage.Errorf(moorage.Internal, "A container was asked for without saying whose it is.")
	}
	if _, err := reference.ParseAnyReference(spec.Image); err != nil {
		return moorage.Errorf(moorage.Invalid, "%q is not the name of an image.", spec.Image).Because(err)
	}
	switch run := spec.Run; {
	case !run.Transport.Valid():
		return moorage.Errorf(moorage.Invalid, "%q is not a transport.", run.Transport).Try("Choose stdio, http or sse.")
	case run.Transport.Listens() && (run.Port < 1 || run.Port > 65535):
		return moorage.Errorf(moorage.Invalid, "Port %d is not between 1 and 65535.", run.Port).
			Try("Set the port that the server listens on.")
	case run.Network != moorage.NetworkInternet && run.Network != moorage.NetworkNone:
		return moorage.Errorf(moorage.Invalid, "%q is not a network.", run.Network).Try("Choose internet or none.")
	}
	return checkArguments(spec)
}

func checkArguments(spec runtime.Spec) error {
	total := 0
	for _, arg := range spec.Run.Command {
		if len(arg) > maxArgument || strings.ContainsRune(arg, 0) {
			return moorage.Errorf(moorage.Invalid, "An argument of the command is too long, or holds a zero byte.")
		}
		total += len(arg) + 1
	}
	for name, value := range spec.Env {
		if !moorage.ValidEnvName(name) {
			return moorage.Errorf(moorage.Invalid, "%q cannot be the name of a variable.", name).
				Try("Use letters, digits and underscores, and start with a letter.")
		}
		if len(name)+1+len(value) > maxArgument || strings.ContainsRune(value, 0) {
			return moorage.Errorf(moorage.Invalid, "The value of %s is longer than 128 KiB, or holds a zero byte.", name)
		}
		total += len(name) + len(value) + 2
	}
	if total > maxArguments {
		return moorage.Errorf(moorage.Invalid, "The variables and the command are together larger than 1 MiB.")
	}
	return nil
}

// environment returns NAME=value in the order of the names, so that the same
// Spec makes the same container.
func environment(spec runtime.Spec, img image.InspectResponse) []string {
	vars := make(map[string]string, len(spec.Env)+2)
	if userOf(spec, img) != imageUser(img) && !hasHome(img) {
		vars["HOME"] = "/tmp" // nobody's own home does not exist, and many programs keep a cache there
	}
	maps.Copy(vars, spec.Env)
	if spec.Run.Transport.Listens() {
		vars["PORT"] = strconv.Itoa(spec.Run.Port) // the port that Addr names, so not for a variable to change
	}
	env := make([]string, 0, len(vars))
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		env = append(env, name+"="+vars[name])
	}
	return env
}

func hasHome(img image.InspectResponse) bool {
	return img.Config != nil && slices.ContainsFunc(img.Config.Env, func(e string) bool { return strings.HasPrefix(e, "HOME=") })
}

// name is the name of the instance's container and of its network.
func name(instance moorage.InstanceID) string { return "moorage-" + string(instance) }

// labels are written on containers and networks alike, so that a restart of
// Moorage knows what they are without its database.
func (d *Docker) labels(spec runtime.Spec) map[string]string {
	return map[string]string{
		runtime.LabelHome:       d.home,
		runtime.LabelServer:     string(spec.Server),
		runtime.LabelDeployment: string(spec.Deployment),
		runtime.LabelInstance:   string(spec.Instance),
		runtime.LabelTransport:  string(spec.Run.Transport),
		runtime.LabelPort:       strconv.Itoa(spec.Run.Port),
	}
}
