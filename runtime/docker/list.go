package docker

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"moorage"
	"moorage/runtime"
)

// List implements runtime.Runtime. A network whose container is gone, which a
// crash in the middle of a start leaves, is listed without a ContainerID.
func (d *Docker) List(ctx context.Context) ([]runtime.Listed, error) {
	// Networks first: one that is being used appears with its container then.
	networks, err := d.engine.NetworkList(ctx, network.ListOptions{Filters: d.labelled("")})
	if err != nil {
		return nil, d.translate("list networks", err)
	}
	containers, err := d.engine.ContainerList(ctx, container.ListOptions{All: true, Filters: d.labelled("")})
	if err != nil {
		return nil, d.translate("list containers", err)
	}
	var all []runtime.Listed
	seen := make(map[moorage.InstanceID]bool)
	for _, c := range containers {
		l := listed(c.Labels, time.Unix(c.Created, 0))
		l.ContainerID, l.Running = c.ID, c.State == container.StateRunning
		seen[l.Instance] = true
		all = append(all, l)
	}
	for _, n := range networks {
		if l := listed(n.Labels, n.Created); !seen[l.Instance] {
			seen[l.Instance] = true
			all = append(all, l)
		}
	}
	slices.SortFunc(all, func(a, b runtime.Listed) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return all, nil
}

func listed(labels map[string]string, created time.Time) runtime.Listed {
	return runtime.Listed{
		Server:     moorage.ServerID(labels[runtime.LabelServer]),
		Deployment: moorage.DeploymentID(labels[runtime.LabelDeployment]),
		Instance:   moorage.InstanceID(labels[runtime.LabelInstance]),
		Transport:  moorage.Transport(labels[runtime.LabelTransport]),
		CreatedAt:  created.UTC(),
	}
}

// Adopt implements runtime.Runtime. The engine sends what the server prints from
// now on, be it in the middle of a line.
func (d *Docker) Adopt(ctx context.Context, l runtime.Listed) (runtime.Container, error) {
	found, err := d.inspectOurs(ctx, l.ContainerID)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(found.Config.Labels[runtime.LabelPort])
	transport := moorage.Transport(found.Config.Labels[runtime.LabelTransport])
	if err != nil || !transport.Listens() {
		return nil, moorage.Errorf(moorage.Invalid, "Only a container that listens on a port can be taken up again.")
	}
	if !found.State.Running {
		return nil, moorage.Errorf(moorage.Conflict, "This container has ended.").Try("Start a new one.")
	}
	c := d.newInstance(ctx, moorage.InstanceID(found.Config.Labels[runtime.LabelInstance]))
	c.id, c.output.torn = found.ID, true
	if err := d.meetAgain(ctx, c.owner); err != nil {
		c.release()
		return nil, err
	}
	if err := errors.Join(c.attach(ctx, transport), c.locate(ctx, port)); err != nil {
		c.release()
		return nil, err
	}
	c.watch(container.WaitConditionNotRunning)
	c.running = true
	return c, nil
}

// meetAgain makes sure that a server from before a restart can be reached from
// where Moorage runs now, which may be another place: what was started for the
// machine cannot be reached from inside a container, nor the other way round.
func (d *Docker) meetAgain(ctx context.Context, instance moorage.InstanceID) error {
	own, err := d.ownContainer(ctx)
	if err != nil {
		return err
	}
	found, err := d.engine.NetworkInspect(ctx, name(instance), network.InspectOptions{})
	if err != nil {
		return d.translate("inspect network", err)
	}
	if _, meeting := found.Options[optionInhibitIPv4]; meeting != (own != "") {
		return moorage.Errorf(moorage.Conflict, "This container was started for a Moorage at another place.").Try("Start a new one.")
	}
	return d.join(ctx, instance)
}

// Remove implements runtime.Runtime.
func (d *Docker) Remove(ctx context.Context, l runtime.Listed) error {
	if l.ContainerID != "" {
		_, err := d.inspectOurs(ctx, l.ContainerID)
		if err != nil && moorage.ErrorCode(err) != moorage.NotFound {
			return err
		}
		if err != nil {
			l.ContainerID = ""
		}
	}
	return d.erase(ctx, l.ContainerID, l.Instance)
}

// inspectOurs returns a container of this data folder, and NotFound for any other.
func (d *Docker) inspectOurs(ctx context.Context, id string) (container.InspectResponse, error) {
	found, err := d.engine.ContainerInspect(ctx, id)
	if cerrdefs.IsNotFound(err) || (err == nil && found.Config.Labels[runtime.LabelHome] != d.home) {
		return found, moorage.Errorf(moorage.NotFound, "There is no such container.").Because(err)
	}
	if err != nil {
		return found, d.translate("inspect container", err)
	}
	return found, nil
}

// erase kills and removes a container ("": whichever the instance has) and then the
// networks of its instance. What is gone already is no error.
func (d *Docker) erase(ctx context.Context, id string, owner moorage.InstanceID) error {
	if err := d.removeContainers(ctx, id, owner); err != nil || owner == "" {
		return err
	}
	return d.removeNetworks(ctx, owner)
}

func (d *Docker) removeContainers(ctx context.Context, id string, owner moorage.InstanceID) error {
	ids := []string{id}
	if id == "" {
		var err error
		if ids, err = d.containersOf(ctx, owner); err != nil {
			return err
		}
	}
	for _, id := range ids {
		err := d.engine.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
		if cerrdefs.IsConflict(err) {
			err = d.awaitRemoval(ctx, id) // somebody else is at it
		}
		if err != nil && !cerrdefs.IsNotFound(err) {
			return d.translate("remove container", err)
		}
	}
	return nil
}

// containersOf finds the container of an instance by its label: the answer that
// had its id may have been lost.
func (d *Docker) containersOf(ctx context.Context, owner moorage.InstanceID) (ids []string, err error) {
	if owner == "" {
		return nil, nil
	}
	found, err := d.engine.ContainerList(ctx, container.ListOptions{All: true, Filters: d.labelled(owner)})
	if err != nil {
		return nil, d.translate("list containers", err)
	}
	for _, c := range found {
		ids = append(ids, c.ID)
	}
	return ids, nil
}

func (d *Docker) awaitRemoval(ctx context.Context, id string) error {
	results, errs := d.engine.ContainerWait(ctx, id, container.WaitConditionRemoved)
	select {
	case <-results:
		return nil
	case err := <-errs:
		return err
	}
}
