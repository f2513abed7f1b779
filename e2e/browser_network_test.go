package e2e

import (
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Chromium drops every request on its way when an interface of its machine comes
// or goes, and the engine makes one for every container. So it gets a network of
// its own, in which listeners stand for what it is to reach. Only root can do
// that; who is not names an engine in DOCKER_HOST that is elsewhere.

// aloneInItsNetwork starts a command in a network without interfaces.
func aloneInItsNetwork(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNET
	}
}

// letReach makes loopback addresses of ours reachable for a process that is
// alone in its network, until the test ends.
func letReach(t *testing.T, process int, urls ...string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	for _, u := range urls {
		address := strings.TrimPrefix(u, "http://")
		var l net.Listener
		err := inNetworkOf(process, func() (err error) {
			if err = raiseLoopback(); err == nil {
				l, err = net.Listen("tcp", address)
			}
			return err
		})
		if err != nil {
			t.Fatalf("let Chromium reach %s: %v", address, err)
		}
		t.Cleanup(func() { l.Close() })
		go forward(l, address)
	}
}

// inNetworkOf runs do in the network of a process, on a thread that comes back:
// one that ended would take down the processes that it has started.
func inNetworkOf(process int, do func() error) error {
	runtime.LockOSThread()
	ours, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer ours.Close()
	theirs, err := os.Open("/proc/" + strconv.Itoa(process) + "/ns/net")
	if err != nil {
		return err
	}
	defer theirs.Close()
	if err := unix.Setns(int(theirs.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	failed := do()
	if err := unix.Setns(int(ours.Fd()), unix.CLONE_NEWNET); err != nil {
		return err // and the thread stays locked: it is not where others expect it
	}
	runtime.UnlockOSThread()
	return failed
}

func raiseLoopback() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, lo)
}

// forward connects who comes to l with the same address in our own network.
func forward(l net.Listener, address string) {
	for {
		from, err := l.Accept()
		if err != nil {
			return // the test has ended
		}
		go func() {
			defer from.Close()
			to, err := net.Dial("tcp", address)
			if err != nil {
				return // nobody is there now: the browser is told so by the end
			}
			defer to.Close()
			go func() {
				io.Copy(to, from) // until either side has had enough
				to.(*net.TCPConn).CloseWrite()
			}()
			io.Copy(from, to)
		}()
	}
}
