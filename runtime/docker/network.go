package docker

import (
	"context"
	"errors"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"

	"moorage"
	"moorage/runtime"
)

// needsNetwork reports whether a server gets a bridge. Without internet a
// stdio server needs none: it has a loopback device and its stdin.
func needsNetwork(spec runtime.Spec) bool {
	return spec.Run.Network == moorage.NetworkInternet || spec.Run.Transport == moorage.TransportHTTP
}

func networkMode(spec runtime.Spec) container.NetworkMode {
	if needsNetwork(spec) {
		return container.NetworkMode(name(spec.Instance))
	}
	return "none"
}

// resolvers keeps a server without internet from looking names up. Engines before 23
// forward the questions of an internal network to the host's resolvers, which
// is a way out for data; an address of the container's own loopback is asked
// there, where nobody answers.
func resolvers(spec runtime.Spec) []string {
	if spec.Run.Network == moorage.NetworkInternet {
		return nil
	}
	return []string{"127.0.0.1"}
}

// createNetwork makes the bridge that one instance has for itself, and returns
// "" when it needs none. Nobody else joins it, and members could not speak
// with each other if somebody did.
//
// An HTTP server without internet gets an internal bridge: no route leads out
// of it. What remains reachable from it is the host itself, at the bridge's
// address, and with it whatever the host serves on all its addresses; taking
// that address away (inhibit_ipv4) would also keep Moorage from reaching the
// server. Such services need a firewall rule, or to listen on 127.0.0.1 only.
// The same holds for a server with internet.
func (d *Docker) createNetwork(ctx context.Context, spec runtime.Spec) error {
	if !needsNetwork(spec) {
		return nil
	}
	ctx, cancel := settled(ctx)
	defer cancel()
	_, err := d.engine.NetworkCreate(ctx, name(spec.Instance), network.CreateOptions{
		Driver:   "bridge",
		Internal: spec.Run.Network != moorage.NetworkInternet,
		Options:  map[string]string{"com.docker.network.bridge.enable_icc": "false"},
		Labels:   d.labels(spec),
	})
	if err != nil {
		return d.translate("create network", err)
	}
	return nil
}

// removeNetworks removes the networks of an instance. One that another
// container has joined by hand stays until that one has left.
func (d *Docker) removeNetworks(ctx context.Context, instance moorage.InstanceID) error {
	found, err := d.engine.NetworkList(ctx, network.ListOptions{Filters: d.labelled(instance)})
	if err != nil {
		return d.translate("list networks", err)
	}
	var errs []error
	for _, n := range found {
		err := d.engine.NetworkRemove(ctx, n.ID)
		if err != nil && !cerrdefs.IsNotFound(err) && !cerrdefs.IsPermissionDenied(err) {
			errs = append(errs, d.translate("remove network", err))
		}
	}
	return errors.Join(errs...)
}

// labelled selects what is ours; with an instance, what is that one's.
func (d *Docker) labelled(instance moorage.InstanceID) filters.Args {
	args := filters.NewArgs(filters.Arg("label", runtime.LabelHome+"="+d.home))
	if instance != "" {
		args.Add("label", runtime.LabelInstance+"="+string(instance))
	}
	return args
}
