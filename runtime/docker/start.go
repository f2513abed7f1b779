package docker

import (
	"context"
	"net"
	"strconv"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"moorage"
	"moorage/runtime"
)

// Start implements runtime.Runtime.
func (d *Docker) Start(ctx context.Context, spec runtime.Spec) (runtime.Container, error) {
	if err := check(spec); err != nil {
		return nil, err
	}
	img, err := d.image(ctx, spec.Image)
	if err != nil {
		return nil, err
	}
	c := d.newInstance(ctx, spec.Instance)
	if err := c.start(ctx, spec, img); err != nil {
		// What the first error says is what the person can act on; what could
		// not be removed is when the engine is back.
		_ = c.Stop(ctx, 0)
		return nil, err
	}
	return c, nil
}

// image returns what the engine knows of an image. Nothing is ever pulled here.
func (d *Docker) image(ctx context.Context, ref string) (image.InspectResponse, error) {
	img, err := d.engine.ImageInspect(ctx, ref)
	if cerrdefs.IsNotFound(err) {
		return img, moorage.Errorf(moorage.NotFound, "The image of this deployment is no longer there.").
			Try("Deploy again to build it.").Because(err)
	}
	if err != nil {
		return img, d.translate("inspect image", err)
	}
	return img, nil
}

// start makes the networks and the container, listens to it, and only then lets
// it run, so that not one byte of its output is missed.
func (c *instance) start(ctx context.Context, spec runtime.Spec, img image.InspectResponse) error {
	own, err := c.docker.ownContainer(ctx)
	if err != nil {
		return err
	}
	if err := c.docker.createNetworks(ctx, spec, own != ""); err != nil {
		return err
	}
	if err := c.create(ctx, spec, img); err != nil {
		return err
	}
	if err := c.connect(ctx, spec, own != ""); err != nil {
		return err
	}
	if err := c.attach(ctx, spec.Run.Transport); err != nil {
		return err
	}
	c.watch(container.WaitConditionNextExit)
	if err := c.docker.engine.ContainerStart(ctx, c.id, container.StartOptions{}); err != nil {
		return c.docker.translate("start container", err)
	}
	c.running = true
	if spec.Run.Transport.Listens() {
		return c.locate(ctx, spec.Run.Port)
	}
	return nil
}

func (c *instance) create(ctx context.Context, spec runtime.Spec, img image.InspectResponse) error {
	ctx, cancel := settled(ctx)
	defer cancel()
	config, host := c.docker.harden(spec, img)
	created, err := c.docker.engine.ContainerCreate(ctx, config, host, nil, nil, name(spec.Instance))
	if err != nil {
		return c.docker.translate("create container", err)
	}
	c.id = created.ID
	return nil
}

// connect puts the container on the second of its networks, and Moorage beside
// it on the first. Engines before 25 take only one network when they create.
func (c *instance) connect(ctx context.Context, spec runtime.Spec, inside bool) error {
	if !inside || !spec.Run.Transport.Listens() {
		return nil
	}
	ctx, cancel := settled(ctx)
	defer cancel()
	for _, more := range bridges(spec, inside)[1:] {
		if err := c.docker.engine.NetworkConnect(ctx, more.name, c.id, nil); err != nil {
			return c.docker.translate("connect container", err)
		}
	}
	return c.docker.join(ctx, spec.Instance)
}

// locate finds the address that the engine gave the container where Moorage
// meets it. There is none when it has ended already; Wait and Output say why.
func (c *instance) locate(ctx context.Context, port int) error {
	found, err := c.docker.engine.ContainerInspect(ctx, c.id)
	if err != nil {
		return c.docker.translate("inspect container", err)
	}
	if endpoint := found.NetworkSettings.Networks[name(c.owner)]; endpoint != nil && endpoint.IPAddress != "" {
		c.addr = net.JoinHostPort(endpoint.IPAddress, strconv.Itoa(port))
	}
	return nil
}
