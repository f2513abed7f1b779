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

// bridge is one network that an instance gets for itself.
type bridge struct {
	name     string
	internal bool // no route leads out of it
	options  map[string]string
}

// Options of the engine's bridge driver.
const (
	optionICC         = "com.docker.network.bridge.enable_icc"
	optionInhibitIPv4 = "com.docker.network.bridge.inhibit_ipv4"
)

// bridges lists what an instance gets. Without internet a stdio server needs
// none: it has a loopback device and its stdin. The first one of an HTTP server
// is where Moorage reaches it.
//
// From the engine's machine Moorage reaches the server by the bridge's own
// address, so members need not speak with each other. An HTTP server without
// internet gets an internal bridge. What remains reachable from it is the
// machine itself, at that address, and with it whatever the machine serves on
// all its addresses. Such services need a firewall rule, or to listen on
// 127.0.0.1 only. The same holds for a server with internet.
//
// From inside a container Moorage joins the first bridge, which is internal
// and has no address of the machine's: the two are alone there. The way to the
// internet is another bridge, which Moorage does not join, so that it never
// becomes Moorage's own way.
func bridges(spec runtime.Spec, inside bool) []bridge {
	first := name(spec.Instance)
	internet := spec.Run.Network == moorage.NetworkInternet
	alone := map[string]string{optionICC: "false"}
	switch {
	case !spec.Run.Transport.Listens() && !internet:
		return nil
	case !spec.Run.Transport.Listens() || !inside:
		return []bridge{{first, !internet, alone}}
	}
	meeting := bridge{first, true, map[string]string{optionInhibitIPv4: "true"}}
	if !internet {
		return []bridge{meeting}
	}
	return []bridge{meeting, {first + "-out", false, alone}}
}

func networkMode(spec runtime.Spec) container.NetworkMode {
	if len(bridges(spec, false)) == 0 {
		return "none"
	}
	return container.NetworkMode(name(spec.Instance))
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

// createNetworks makes the bridges of an instance. Nobody joins them but the
// instance and, from inside a container, Moorage.
func (d *Docker) createNetworks(ctx context.Context, spec runtime.Spec, inside bool) error {
	ctx, cancel := settled(ctx)
	defer cancel()
	for _, b := range bridges(spec, inside) {
		options := network.CreateOptions{Driver: "bridge", Internal: b.internal, Options: b.options, Labels: d.labels(spec)}
		if _, err := d.engine.NetworkCreate(ctx, b.name, options); err != nil {
			return d.translate("create network", err)
		}
	}
	return nil
}

// join makes Moorage's own container, if it is in one, a member of the network
// where it meets the server. To be a member already is no error.
func (d *Docker) join(ctx context.Context, instance moorage.InstanceID) error {
	own, err := d.ownContainer(ctx)
	if err != nil || own == "" {
		return err
	}
	ctx, cancel := settled(ctx)
	defer cancel()
	joined, err := d.isMember(ctx, name(instance), own)
	if err != nil || joined {
		return err
	}
	if err := d.engine.NetworkConnect(ctx, name(instance), own, nil); err != nil {
		return d.translate("join the network of the server", err)
	}
	return nil
}

// leave takes Moorage's own container off a network, which could not be
// removed otherwise.
func (d *Docker) leave(ctx context.Context, id string) error {
	own, err := d.ownContainer(ctx)
	if err != nil || own == "" {
		return err
	}
	joined, err := d.isMember(ctx, id, own)
	if err != nil || !joined {
		return err
	}
	if err := d.engine.NetworkDisconnect(ctx, id, own, true); err != nil && !cerrdefs.IsNotFound(err) {
		return d.translate("leave the network of the server", err)
	}
	return nil
}

func (d *Docker) isMember(ctx context.Context, id, container string) (bool, error) {
	found, err := d.engine.NetworkInspect(ctx, id, network.InspectOptions{})
	if cerrdefs.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, d.translate("inspect network", err)
	}
	_, member := found.Containers[container]
	return member, nil
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
		if err := d.leave(ctx, n.ID); err != nil {
			errs = append(errs, err)
			continue
		}
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
