package docker

import (
	"bufio"
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"testing"

	"moorage"
	"moorage/runtime"
)

// elsewhere is an address that no machine has (RFC 5737); some networks answer
// for it nevertheless.
const elsewhere = "203.0.113.1:80"

func TestWhatEachNetworkReaches(t *testing.T) {
	d := open(t, rand.Text())
	guest := importGuest(t)
	neighbour := serving(t, d, guest, moorage.NetworkInternet)
	isolated := serving(t, d, guest, moorage.NetworkNone)
	others := []string{neighbour.Addr(), isolated.Addr()}

	spec := stdioSpec(guest, append([]string{"reach", elsewhere}, others...)...)
	for target, outcome := range printed[map[string]string](t, d, spec) {
		if !strings.HasSuffix(outcome, "network is unreachable") {
			t.Errorf("stdio without internet reaches %s: %s", target, outcome)
		}
	}
	for _, target := range []string{elsewhere, neighbour.Addr()} {
		if reached(t, isolated, target) == "ok" {
			t.Errorf("HTTP without internet reaches %s", target)
		}
	}
	spec = stdioSpec(guest, spec.Run.Command...)
	spec.Run.Network = moorage.NetworkInternet
	online := printed[map[string]string](t, d, spec)
	for _, target := range others {
		if online[target] == "ok" {
			t.Errorf("another container is reached at %s", target)
		}
	}
	if strings.HasSuffix(online[elsewhere], "network is unreachable") {
		t.Errorf("the internet has no route: %s", online[elsewhere])
	}
}

// serving starts an HTTP server and waits until it answers.
func serving(t *testing.T, d *Docker, image string, network moorage.Network) runtime.Container {
	t.Helper()
	spec := stdioSpec(image, "serve")
	spec.Run.Transport, spec.Run.Port, spec.Run.Network = moorage.TransportHTTP, 8080, network
	c := run(t, d, spec)
	if first, err := bufio.NewReader(c.Output()).ReadString('\n'); err != nil || first != "listening\n" {
		t.Fatalf("it said %q, %v", first, err)
	}
	return c
}

// reached asks a serving guest what comes of connecting to an address.
func reached(t *testing.T, c runtime.Container, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+c.Addr()+"/reach/"+address, nil)
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

func TestANetworkWithoutContainerIsListedAndRemoved(t *testing.T) {
	d := open(t, rand.Text())
	spec := stdioSpec("image", "serve")
	spec.Run.Network = moorage.NetworkInternet
	if err := d.createNetworks(t.Context(), spec, false); err != nil { // as far as a start came before a crash
		t.Fatal(err)
	}
	all, err := d.List(t.Context())
	if err != nil || len(all) != 1 || all[0].ContainerID != "" || all[0].Instance != spec.Instance || all[0].CreatedAt.IsZero() {
		t.Fatalf("listed %+v, %v", all, err)
	}
	for range 2 {
		if err := d.Remove(t.Context(), all[0]); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := d.List(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("left: %+v, %v", left, err)
	}
}

func TestAnotherDataFoldersContainersAreNotTouched(t *testing.T) {
	ours, theirs := open(t, rand.Text()), open(t, rand.Text())
	c := serving(t, theirs, importGuest(t), moorage.NetworkInternet)
	if all, err := ours.List(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("listed %+v, %v", all, err)
	}
	all, err := theirs.List(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("listed %+v, %v", all, err)
	}
	if err := ours.Remove(t.Context(), all[0]); err != nil {
		t.Error(err)
	}
	if _, err := ours.Adopt(t.Context(), all[0]); moorage.ErrorCode(err) != moorage.NotFound {
		t.Errorf("adopt: %v", err)
	}
	found, err := theirs.engine.ContainerInspect(t.Context(), c.ID())
	if err != nil || !found.State.Running {
		t.Errorf("it does not run any more: %v", err)
	}
}
