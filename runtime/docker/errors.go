package docker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"moorage"
)

// reasons are what the engine says when an image cannot run. It has no codes
// for them, so its words are all there is to tell them apart; words that are
// not here get the general sentence.
var reasons = []struct {
	words   string
	code    moorage.Code
	message string
	next    string
}{
	{"no command specified", moorage.Invalid, "The image says no command to run.",
		"Set the command of the server, or add a CMD to its Dockerfile."},
	{"executable file not found", moorage.Invalid, "The command of the server is not in the image.",
		"Check the command, and what the Dockerfile copies."},
	{"exec format error", moorage.Invalid, "The image is made for another kind of machine.",
		"Build it for this one."},
	{"unable to find user", moorage.Invalid, "The image runs as a user that it does not have.",
		"Add the user in its Dockerfile, or name one by number."},
	{"unable to find group", moorage.Invalid, "The image runs as a group that it does not have.",
		"Add the group in its Dockerfile, or name one by number."},
	{"read-only file system", moorage.Invalid, "The server needs a folder that the image does not have.",
		"Create it in the Dockerfile, or allow a writable root in the settings of the server."},
	{"address pool", moorage.Limited, "Docker has no free network left for this server.",
		"Stop servers that nobody uses, or give Docker more and smaller default-address-pools."},
	{"argument list too long", moorage.Invalid, "The variables and the command are together too large.",
		"Shorten them."},
}

// translate turns an error of the engine into one with a sentence. Doing says
// what was tried, for the log.
func (d *Docker) translate(doing string, err error) error {
	cause := fmt.Errorf("%s: %w", doing, err)
	switch {
	case errors.Is(err, context.Canceled):
		return moorage.Errorf(moorage.Unavailable, "This was cancelled.").Because(cause)
	case errors.Is(err, context.DeadlineExceeded):
		return moorage.Errorf(moorage.Unavailable, "Docker took too long.").
			Try("Look whether the machine is overloaded, then try again.").Because(cause)
	case errors.Is(err, fs.ErrPermission):
		return moorage.Errorf(moorage.Unavailable, "Moorage may not use Docker at %s.", d.address()).
			Try("Add its user to the group of that socket, then try again.").Because(cause)
	case client.IsErrConnectionFailed(err):
		return moorage.Errorf(moorage.Unavailable, "Docker does not answer at %s.", d.address()).
			Try("Start it, then try again.").Because(cause)
	case cerrdefs.IsConflict(err):
		return moorage.Errorf(moorage.Conflict, "Docker has a container or network of this name already.").Because(cause)
	}
	return explain(cause)
}

// explain finds the sentence for what stopped a container from starting.
func explain(cause error) error {
	said := strings.ToLower(cause.Error())
	for _, r := range reasons {
		if strings.Contains(said, r.words) {
			return moorage.Errorf(r.code, "%s", r.message).Try("%s", r.next).Because(cause)
		}
	}
	return moorage.Errorf(moorage.Internal, "Docker could not run the server.").
		Try("Look into the log of Moorage for what Docker said.").Because(cause)
}
