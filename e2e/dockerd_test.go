package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/client"
)

// dockerd is an engine of a test's own, to be stopped and killed: that of all
// tests stays up. It shares their network, with bridges and addresses that are
// not theirs, and leaves the firewall alone.
type dockerd struct {
	t      *testing.T
	folder string // short: it holds Unix sockets
	bridge string // that of its default network
	log    *journal
	cmd    *exec.Cmd
	exited chan struct{}
}

func newDockerd(t *testing.T) *dockerd {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("An engine that can be stopped needs root: run make test as root.")
	}
	folder, err := os.MkdirTemp("/tmp", "mo-")
	if err != nil {
		t.Fatal(err)
	}
	d := &dockerd{t: t, folder: folder, log: &journal{}}
	t.Cleanup(d.tearDown)
	// Who has a bridge of this name has its addresses, too.
	err = errors.New("none was tried")
	for n := 0; err != nil && n < 250; n++ {
		d.bridge = fmt.Sprintf("moorage%d", n)
		if err = ip("link", "add", d.bridge, "type", "bridge"); err == nil {
			err = errors.Join(ip("addr", "add", fmt.Sprintf("10.217.%d.1/24", n), "dev", d.bridge), ip("link", "set", d.bridge, "up"))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	d.start()
	return d
}

func ip(args ...string) error {
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// host is what DOCKER_HOST is for it.
func (d *dockerd) host() string { return "unix://" + filepath.Join(d.folder, "docker.sock") }

// open looks at the engine from outside.
func (d *dockerd) open() engine {
	d.t.Helper()
	c, err := client.NewClientWithOpts(client.WithHost(d.host()), client.WithAPIVersionNegotiation())
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { c.Close() })
	return engine{d.t, c}
}

// start starts the daemon and waits until it answers.
func (d *dockerd) start() {
	d.t.Helper()
	d.cmd = exec.Command("dockerd", "--host", d.host(), "--data-root", filepath.Join(d.folder, "data"),
		"--exec-root", filepath.Join(d.folder, "exec"), "--pidfile", filepath.Join(d.folder, "pid"),
		// No --default-address-pool: with one, a daemon removes docker0 when it starts
		// again, whoever's that is.
		"--bridge", d.bridge, "--iptables=false", "--ip-masq=false", "--userland-proxy=false", "--shutdown-timeout", "1")
	d.cmd.Stdout, d.cmd.Stderr = d.log, d.log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := d.cmd.Start(); err != nil {
		d.t.Fatalf("start dockerd: %v", err)
	}
	d.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		defer close(exited)
		cmd.Wait() // how it ended is in ProcessState
	}(d.cmd, d.exited)
	e := d.open()
	eventually(d.t, "the engine answers", func() bool {
		select {
		case <-d.exited:
			d.t.Fatalf("dockerd ended: %s\n%s", d.cmd.ProcessState, d.log)
		default:
		}
		_, err := e.Ping(d.t.Context())
		return err == nil
	})
}

// stop ends it as systemctl stop does: its containers end with it.
func (d *dockerd) stop() {
	d.t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	select {
	case <-d.exited:
	case <-time.After(2 * patience):
		d.t.Fatal("dockerd does not end")
	}
}

// crash ends it, and every process that it has started, as a machine does that
// loses its power, and with it what is not on its disk.
func (d *dockerd) crash() {
	for _, pid := range d.processes() {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may be gone
	}
	<-d.exited
	d.unmount()
	if err := os.RemoveAll(filepath.Join(d.folder, "exec")); err != nil {
		d.t.Logf("empty the folder of what runs: %v", err)
	}
}

// unmount lets go of what containers have left mounted.
func (d *dockerd) unmount() {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		d.t.Error(err)
	}
	var under []string
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); len(fields) > 4 && strings.HasPrefix(fields[4], d.folder+"/") {
			under = append(under, fields[4])
		}
	}
	slices.Sort(under)
	for _, mount := range slices.Backward(under) { // deepest first
		if err := syscall.Unmount(mount, syscall.MNT_DETACH); err != nil {
			d.t.Logf("unmount %s: %v", mount, err)
		}
	}
}

// processes are the daemon, what was started with its folder in the arguments,
// and all that these have started.
func (d *dockerd) processes() []int {
	parents, ours := map[int]int{}, []int{d.cmd.Process.Pid}
	found, _ := filepath.Glob("/proc/[0-9]*") // the pattern is good
	for _, dir := range found {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if line, err := os.ReadFile(dir + "/cmdline"); err == nil && bytes.Contains(line, []byte(d.folder+"/")) {
			ours = append(ours, pid)
		}
		if stat, err := os.ReadFile(dir + "/stat"); err == nil {
			_, rest, _ := strings.Cut(string(stat), ") ")
			if fields := strings.Fields(rest); len(fields) > 1 {
				parents[pid], _ = strconv.Atoi(fields[1])
			}
		}
	}
	for n := 0; n < len(ours); n++ {
		for pid, parent := range parents {
			if parent == ours[n] && !slices.Contains(ours, pid) {
				ours = append(ours, pid)
			}
		}
	}
	return ours
}

// tearDown ends all of it and gives back what it had of the machine.
func (d *dockerd) tearDown() {
	if d.cmd != nil && d.cmd.ProcessState == nil {
		d.crash()
	}
	if d.t.Failed() {
		d.t.Logf("The log of dockerd:\n%s", d.log)
	}
	d.unmount()
	if err := ip("link", "del", d.bridge); err != nil {
		d.t.Log(err)
	}
	if err := os.RemoveAll(d.folder); err != nil {
		d.t.Logf("remove %s: %v", d.folder, err)
	}
}
