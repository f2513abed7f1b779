package docker

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"

	"moorage/runtime"
)

// place is where Moorage itself runs: on the engine's machine, or in a
// container of that engine.
type place struct {
	claim string // the id of our container, as the kernel tells it; "" outside of any
	found atomic.Pointer[whereabouts]
}

// whereabouts are what the engine says about a claim.
type whereabouts struct {
	container string       // the id of our container; "" on the machine
	doors     []netip.Addr // our addresses on the networks that are no server's
}

// Settle asks the engine where Moorage runs, until it has answered once.
func (d *Docker) Settle(ctx context.Context) error {
	_, err := d.ownContainer(ctx)
	return err
}

// ownContainer returns the id of the container that Moorage runs in, and "" on
// the machine itself, in a container of another engine, and in one without a
// network of its own, which sees the engine's bridges as the machine does.
func (d *Docker) ownContainer(ctx context.Context) (string, error) {
	if d.place.claim == "" {
		return "", nil
	}
	if w := d.place.found.Load(); w != nil {
		return w.container, nil
	}
	found, err := d.engine.ContainerInspect(ctx, d.place.claim)
	switch {
	case cerrdefs.IsNotFound(err), err == nil && found.HostConfig.NetworkMode.IsHost():
		d.place.found.Store(&whereabouts{})
		return "", nil
	case err != nil:
		return "", d.translate("look for our own container", err)
	}
	doors, err := d.doors(ctx, found)
	if err != nil {
		return "", err
	}
	d.place.found.Store(&whereabouts{container: found.ID, doors: doors})
	return found.ID, nil
}

// doors lists our addresses on networks that no server is on. What a Moorage
// before us has joined for its servers is still joined after a restart.
func (d *Docker) doors(ctx context.Context, own container.InspectResponse) ([]netip.Addr, error) {
	servers, err := d.engine.NetworkList(ctx, network.ListOptions{Filters: filters.NewArgs(filters.Arg("label", runtime.LabelInstance))})
	if err != nil {
		return nil, d.translate("list networks", err)
	}
	var doors []netip.Addr
	for _, endpoint := range own.NetworkSettings.Networks {
		if slices.ContainsFunc(servers, func(n network.Summary) bool { return n.ID == endpoint.NetworkID }) {
			continue
		}
		for _, text := range []string{endpoint.IPAddress, endpoint.GlobalIPv6Address} {
			if addr, err := netip.ParseAddr(text); err == nil {
				doors = append(doors, addr)
			}
		}
	}
	return doors, nil
}

// Admits reports whether what comes in by one of our own addresses may be
// answered. In a container Moorage shares a network with each HTTP server that
// it speaks to, and no server has any business with Moorage: it is answered on
// the networks that it was started on, and on no other. Until the engine has
// said which those are, that is the one with the way out, which published
// ports come in by.
func (d *Docker) Admits(own netip.Addr) bool {
	own = own.Unmap()
	if d.place.claim == "" || own.IsLoopback() {
		return true
	}
	w := d.place.found.Load()
	if w == nil {
		return own == wayOut()
	}
	return w.container == "" || slices.Contains(w.doors, own)
}

// wayOut is our address towards the rest of the world. Nothing is sent: to
// connect a datagram socket only chooses the route. The target stands for any (RFC 5737).
func wayOut() netip.Addr {
	c, err := net.Dial("udp", "192.0.2.1:9")
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}

// claimedContainer asks the kernel which container this process is in.
func claimedContainer() string {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return "" // no Linux, and so no container
	}
	defer f.Close()
	return containerIn(f)
}

var containerID = regexp.MustCompile(`containers/([0-9a-f]{64})/`)

// containerIn finds the id in a mountinfo (proc(5)): an engine mounts some
// files of …/containers/<id>/ over those in the container's /etc.
func containerIn(mountinfo io.Reader) string {
	for lines := bufio.NewScanner(mountinfo); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		const source, target = 3, 4
		if len(fields) <= target || !slices.Contains([]string{"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}, fields[target]) {
			continue
		}
		if m := containerID.FindStringSubmatch(fields[source]); m != nil {
			return m[1]
		}
	}
	return ""
}
