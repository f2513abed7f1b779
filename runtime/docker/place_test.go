package docker

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"moorage"
	"moorage/runtime"
)

func TestTheKernelTellsWhichContainerThisIs(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	for name, row := range map[string]struct{ mountinfo, want string }{
		"Docker":             {"717 704 254:1 /var/lib/docker/containers/" + id + "/hostname /etc/hostname rw,relatime - ext4 /dev/vda1 rw\n", id},
		"another folder":     {"1 2 8:1 / / rw - overlay overlay rw\n718 704 8:1 /srv/engine/containers/" + id + "/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n", id},
		"Podman":             {"9 8 0:24 /containers/storage/overlay-containers/" + id + "/userdata/resolv.conf /etc/resolv.conf rw - tmpfs tmpfs rw\n", id},
		"the machine itself": {"88 22 0:45 / /var/lib/docker/containers/" + id + "/mounts/shm rw - tmpfs shm rw\n", ""},
		"a mount of a user":  {"88 22 8:1 /var/lib/docker/containers/" + id + "/hosts /mnt/hosts rw - ext4 /dev/sda1 rw\n", ""},
		"Kubernetes":         {"5 4 8:1 /var/lib/kubelet/pods/1c54/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw\n", ""},
		"nothing":            {"", ""},
		"a line that is cut": {"717 704 254:1", ""},
	} {
		if got := containerIn(strings.NewReader(row.mountinfo)); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

// moveInto lets a runtime believe that it runs in a container, which the guest
// is for it, and returns the address where the guest serves.
func moveInto(t *testing.T, d *Docker, guest string) string {
	t.Helper()
	own, _ := ownNetwork(t, d)
	config := &container.Config{Image: guest, Cmd: []string{"serve"}, Env: []string{"PORT=8080"}, Tty: true}
	created, err := d.engine.ContainerCreate(t.Context(), config, &container.HostConfig{NetworkMode: container.NetworkMode(own)}, nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := settled(t.Context())
		defer cancel()
		if err := d.engine.ContainerRemove(ctx, created.ID, container.RemoveOptions{Force: true}); err != nil {
			t.Error(err)
		}
	})
	wire, err := d.engine.ContainerAttach(t.Context(), created.ID, container.AttachOptions{Stream: true, Stdout: true})
	if err != nil {
		t.Fatal(err)
	}
	defer wire.Close()
	if err := d.engine.ContainerStart(t.Context(), created.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	if line, err := wire.Reader.ReadString('\n'); err != nil || line != "listening\r\n" {
		t.Fatalf("the guest said %q, %v", line, err)
	}
	found, err := d.engine.ContainerInspect(t.Context(), created.ID)
	if err != nil {
		t.Fatal(err)
	}
	d.place.claim = created.ID
	return net.JoinHostPort(found.NetworkSettings.Networks[own].IPAddress, "8080")
}

// seenFrom asks the guest at an address whether it reaches another one.
func seenFrom(t *testing.T, guest, target string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+guest+"/reach/"+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(said)
}

func TestFromInsideAContainerAnHTTPServerIsMetAndNothingElseIs(t *testing.T) {
	for _, way := range []moorage.Network{moorage.NetworkNone, moorage.NetworkInternet} {
		t.Run(string(way), func(t *testing.T) {
			d := open(t, rand.Text())
			guest := importGuest(t)
			moorageAt := moveInto(t, d, guest)
			first, second := serving(t, d, guest, way), serving(t, d, guest, way)
			for _, c := range []runtime.Container{first, second} {
				if got := seenFrom(t, moorageAt, c.Addr()); got != "ok" {
					t.Errorf("Moorage does not reach its server at %s: %s", c.Addr(), got)
				}
			}
			for target, outcome := range tried(t, d, guest, way, outer(t, d, first), onTheMachine(t, d), elsewhere) {
				switch {
				case way == moorage.NetworkNone && outcome == "ok":
					t.Errorf("a server without internet reaches %s", target)
				case way == moorage.NetworkInternet && target == elsewhere && strings.HasSuffix(outcome, "network is unreachable"):
					t.Errorf("the internet has no route: %s", outcome)
				case target == outer(t, d, first) && outcome == "ok":
					t.Errorf("another server is reached at %s", target)
				}
			}
		})
	}
}

// outer is where the machine has a route to a server, if there is such a way.
func outer(t *testing.T, d *Docker, c runtime.Container) string {
	t.Helper()
	found, err := d.engine.ContainerInspect(t.Context(), c.ID())
	if err != nil {
		t.Fatal(err)
	}
	if out := found.NetworkSettings.Networks[name(c.(*instance).owner)+"-out"]; out != nil {
		return net.JoinHostPort(out.IPAddress, "8080")
	}
	return c.Addr()
}

// tried starts an HTTP server that does nothing but try to connect.
func tried(t *testing.T, d *Docker, guest string, way moorage.Network, targets ...string) (outcomes map[string]string) {
	t.Helper()
	spec := stdioSpec(guest, append([]string{"reach"}, targets...)...)
	spec.Run.Transport, spec.Run.Port, spec.Run.Network = moorage.TransportHTTP, 8080, way
	if err := json.NewDecoder(run(t, d, spec).Output()).Decode(&outcomes); err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// ownNetwork makes a network that is no server's, and returns its name and the
// address that the machine has on it.
func ownNetwork(t *testing.T, d *Docker) (name, gateway string) {
	t.Helper()
	name = "moorage-test-" + rand.Text()
	if _, err := d.engine.NetworkCreate(t.Context(), name, network.CreateOptions{Driver: "bridge"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := settled(t.Context())
		defer cancel()
		if err := d.engine.NetworkRemove(ctx, name); err != nil {
			t.Error(err)
		}
	})
	found, err := d.engine.NetworkInspect(t.Context(), name, network.InspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return name, found.IPAM.Config[0].Gateway
}

// onTheMachine is a service on all addresses of the engine's machine, by the
// one that it has on a network.
func onTheMachine(t *testing.T, d *Docker) string {
	t.Helper()
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_, gateway := ownNetwork(t, d)
	return net.JoinHostPort(gateway, port)
}

func TestANetworkOfAServerIsNoDoorToMoorage(t *testing.T) {
	guest, home := importGuest(t), rand.Text()
	d := open(t, home)
	own := netip.MustParseAddrPort(moveInto(t, d, guest)).Addr()
	c := serving(t, d, guest, moorage.NetworkNone)

	again := open(t, home) // after a restart, with the networks that are joined
	again.place.claim = d.place.claim
	if err := again.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*Docker{d, again} {
		shared := d.sharedWith(t, c)
		if d.Admits(shared) || d.Admits(netip.AddrFrom16(shared.As16())) {
			t.Errorf("what comes in by %s, next to a server, is admitted", shared)
		}
		if !d.Admits(own) || !d.Admits(netip.MustParseAddr("127.0.0.1")) {
			t.Errorf("what comes in by %s or the loopback is refused", own)
		}
	}

	gone, err := New("unix:///nowhere/docker.sock", home)
	if err != nil {
		t.Fatal(err)
	}
	gone.place.claim = d.place.claim
	if gone.Admits(d.sharedWith(t, c)) || !gone.Admits(wayOut()) {
		t.Error("without an engine, it is not the network with the way out that is admitted")
	}
	gone.place.claim = ""
	if !gone.Admits(own) {
		t.Error("outside of a container something is refused")
	}
}

// sharedWith is our address on the network of a server.
func (d *Docker) sharedWith(t *testing.T, c runtime.Container) netip.Addr {
	t.Helper()
	found, err := d.engine.NetworkInspect(t.Context(), name(c.(*instance).owner), network.InspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return netip.MustParsePrefix(found.Containers[d.place.claim].IPv4Address).Addr()
}

func TestANewMoorageInANewContainerMeetsItsServersAgain(t *testing.T) {
	guest, home := importGuest(t), rand.Text()
	d := open(t, home)
	moveInto(t, d, guest)
	c := serving(t, d, guest, moorage.NetworkInternet)

	next := open(t, home)
	nextAt := moveInto(t, next, guest)
	all, err := next.List(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("listed %+v, %v", all, err)
	}
	if _, err := open(t, home).Adopt(t.Context(), all[0]); moorage.ErrorCode(err) != moorage.Conflict {
		t.Errorf("from the machine it was taken up, or %v", err)
	}
	taken, err := next.Adopt(t.Context(), all[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := seenFrom(t, nextAt, taken.Addr()); got != "ok" || taken.Addr() != c.Addr() {
		t.Errorf("taken up at %s: %s", taken.Addr(), got)
	}
	if err := d.engine.NetworkDisconnect(t.Context(), name(taken.(*instance).owner), d.place.claim, true); err != nil {
		t.Fatal(err) // as the end of the container before does
	}
	if err := taken.Stop(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if left, err := next.List(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("left: %+v, %v", left, err)
	}
}

func TestAContainerOfAnotherEngineIsThisMachine(t *testing.T) {
	d := open(t, rand.Text())
	d.place.claim = strings.Repeat("e", 64)
	if id, err := d.ownContainer(t.Context()); err != nil || id != "" {
		t.Errorf("in container %q, %v", id, err)
	}
	if !d.Admits(netip.MustParseAddr("10.1.2.3")) {
		t.Error("something is refused")
	}
}
