package docker

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"moorage"
	"moorage/runtime"
)

// report is what the guest found out about its container.
type report struct {
	UID, GID  int
	Init      string
	Status    map[string]string
	Files     uint64
	Core      uint64
	TmpBytes  uint64
	Interface []string
	Tried     map[string]string
}

func stdioSpec(image string, command ...string) runtime.Spec {
	now := time.Now()
	return runtime.Spec{
		Instance: moorage.NewInstanceID(now), Server: moorage.NewServerID(now), Deployment: moorage.NewDeploymentID(now), Image: image,
		Run: moorage.RunConfig{Transport: moorage.TransportStdio, Network: moorage.NetworkNone, Command: command},
	}
}

// run starts a container and returns it; it is gone when the test ends.
func run(t *testing.T, d *Docker, spec runtime.Spec) runtime.Container {
	t.Helper()
	c, err := d.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(t.Context(), 0); err != nil {
			t.Error(err)
		}
	})
	return c
}

// printed runs a container to its end and decodes what it printed.
func printed[T any](t *testing.T, d *Docker, spec runtime.Spec) T {
	t.Helper()
	c := run(t, d, spec)
	raw, err := io.ReadAll(c.Stdio())
	if err != nil {
		t.Fatal(err)
	}
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		said, _ := io.ReadAll(c.Output())
		t.Fatalf("%v in %q, and it said %q", err, raw, said)
	}
	return v
}

func TestTheContainerIsHardened(t *testing.T) {
	d := open(t, rand.Text())
	got := printed[report](t, d, stdioSpec(importGuest(t), "forbid"))
	if got.UID != 65534 || got.GID != 65534 {
		t.Errorf("it runs as %d:%d", got.UID, got.GID)
	}
	for name, want := range map[string]string{
		"CapInh": "0000000000000000", "CapPrm": "0000000000000000", "CapEff": "0000000000000000",
		"CapBnd": "0000000000000000", "CapAmb": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2", "Groups": "65534",
	} {
		if got.Status[name] != want {
			t.Errorf("%s is %q, want %q", name, got.Status[name], want)
		}
	}
	if !strings.HasSuffix(got.Init, "init") {
		t.Errorf("process 1 is %q", got.Init)
	}
	if got.Files != 1024 || got.Core != 0 || got.TmpBytes != 64<<20 {
		t.Errorf("%d open files, core of %d, /tmp of %d bytes", got.Files, got.Core, got.TmpBytes)
	}
	if !slices.Equal(got.Interface, []string{"lo"}) {
		t.Errorf("its network devices are %v", got.Interface)
	}
	for what, outcome := range got.Tried {
		if (outcome == "") != (what == "write /tmp") {
			t.Errorf("%s: %q", what, outcome)
		}
	}
}

func TestWhatAnOwnerRelaxesIsAllThatIsRelaxed(t *testing.T) {
	d := open(t, rand.Text())
	spec := stdioSpec(importGuest(t), "forbid")
	spec.Run.RunAsRoot, spec.Run.WritableRoot = true, true
	got := printed[report](t, d, spec)
	if got.UID != 0 || got.Status["CapEff"] != "0000000000000000" || got.Status["NoNewPrivs"] != "1" {
		t.Errorf("user %d, capabilities %s, no new privileges %s", got.UID, got.Status["CapEff"], got.Status["NoNewPrivs"])
	}
	works := []string{"write /tmp", "write /", "setuid", "chown"} // as root to root: no capability is needed
	for what, outcome := range got.Tried {
		if (outcome == "") != slices.Contains(works, what) {
			t.Errorf("%s: %q", what, outcome)
		}
	}
}

func TestAForkBombMeetsItsLimit(t *testing.T) {
	d := open(t, rand.Text())
	spec := stdioSpec(importGuest(t), "fork")
	spec.Run.Limits.PIDs = 64
	if started := printed[int](t, d, spec); started < 1 || started > 64 {
		t.Errorf("it started %d processes", started)
	}
}

func TestVolumesAndPortsOfAnImageAreIgnored(t *testing.T) {
	d := open(t, rand.Text())
	ref := importGuest(t, "VOLUME /data", "EXPOSE 80", "LABEL moorage.home=forged", "ENV HOME=/data", `CMD ["env"]`)
	c := run(t, d, stdioSpec(ref))
	found, err := d.engine.ContainerInspect(t.Context(), c.ID())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range found.Mounts {
		if m.Type == "volume" {
			t.Errorf("a volume is mounted: %+v", m)
		}
	}
	if len(found.NetworkSettings.Ports) != 0 || found.Config.Labels[runtime.LabelHome] != d.home {
		t.Errorf("ports %v, labels %v", found.NetworkSettings.Ports, found.Config.Labels)
	}
	raw, _ := io.ReadAll(c.Stdio())
	if !strings.Contains(string(raw), `"HOME=/data"`) {
		t.Errorf("the image's own home is lost: %s", raw)
	}
}

func TestStdoutOfAStdioServerIsNotKeptByTheEngine(t *testing.T) {
	d := open(t, rand.Text())
	c := run(t, d, stdioSpec(importGuest(t), "env"))
	found, err := d.engine.ContainerInspect(t.Context(), c.ID())
	if err != nil || found.HostConfig.LogConfig.Type != "none" {
		t.Errorf("log driver %q, %v", found.HostConfig.LogConfig.Type, err)
	}
}

// The engine of the tests runs on this machine, so that what is left of a
// container can be seen among the processes.
func TestNothingRunsOnAfterStop(t *testing.T) {
	d := open(t, rand.Text())
	c := run(t, d, stdioSpec(importGuest(t), "stubborn"))
	found, err := d.engine.ContainerInspect(t.Context(), c.ID())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/proc/" + strconv.Itoa(found.State.Pid)); !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", found.State.Pid, err)
	}
}
