package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// startRegistry runs a real registry that keeps what it gets until the test
// ends, with more lines in its configuration.
func startRegistry(t *testing.T, address string, more ...string) {
	t.Helper()
	dir := t.TempDir()
	config := fmt.Sprintf("version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: %q}}\nhttp: {addr: %q}\n", dir, address)
	for _, line := range more {
		config += line + "\n"
	}
	file := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("docker-registry", "serve", file)
	log := &journal{}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start docker-registry: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("The log of the registry:\n%s", log)
		}
	})
	r := &home{t: t, url: "http://" + address}
	eventually(t, "the registry answers", func() bool {
		status := r.status("/v2/")
		return status == http.StatusOK || status == http.StatusUnauthorized
	})
}

// only is the line of a registry's configuration that lets one user in.
func only(t *testing.T, user, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "htpasswd")
	if err := os.WriteFile(file, fmt.Appendf(nil, "%s:%s\n", user, hash), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("auth: {htpasswd: {realm: test, path: %q}}", file)
}

// brittle is an address in front of a registry. As long as cut is true it resets
// each connection on which an upload has come to its middle.
type brittle struct {
	address  string
	registry string
	cut      atomic.Bool
	resets   atomic.Int32
}

// middle is so many bytes into an upload: what a mill is packed into is larger,
// and nothing else that is pushed with it is.
const middle = 256 << 10

func newBrittle(t *testing.T, registry string) *brittle {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &brittle{address: l.Addr().String(), registry: registry}
	b.cut.Store(true)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			from, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			go b.carry(from.(*net.TCPConn)) // ends when either side closes
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-ended
	})
	return b
}

func (b *brittle) carry(from *net.TCPConn) {
	defer from.Close()
	to, err := net.Dial("tcp", b.registry)
	if err != nil {
		return // the engine hears of it
	}
	defer to.Close()
	go io.Copy(from, to) // ends with to
	uploaded, uploads := 0, false
	for chunk := make([]byte, 32<<10); ; {
		n, err := from.Read(chunk)
		if method, _, is := bytes.Cut(chunk[:n], []byte(" /v2/")); is && len(method) < len("DELETE ") {
			uploaded, uploads = 0, bytes.Equal(method, []byte("PATCH"))
		}
		if uploaded += n; uploads && uploaded > middle && b.cut.Load() {
			b.resets.Add(1)
			_ = from.SetLinger(0) // closing resets it
			return
		}
		if _, werr := to.Write(chunk[:n]); err != nil || werr != nil {
			return
		}
	}
}
