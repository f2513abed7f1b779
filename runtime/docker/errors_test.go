package docker

import (
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"moorage"
	"moorage/runtime"
)

func TestAnEngineThatIsAwaySaysSo(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "docker.sock")
	d, err := New("unix://"+socket, "home")
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Ping(t.Context())
	if moorage.ErrorCode(err) != moorage.Unavailable || moorage.ErrorMessage(err) != "Docker does not answer at "+socket+"." ||
		moorage.ErrorNext(err) != "Start it, then try again." {
		t.Errorf("%s %q %q", moorage.ErrorCode(err), moorage.ErrorMessage(err), moorage.ErrorNext(err))
	}
	for what, call := range map[string]func() error{
		"start":  func() error { _, err := d.Start(t.Context(), stdioSpec("image")); return err },
		"list":   func() error { _, err := d.List(t.Context()); return err },
		"adopt":  func() error { _, err := d.Adopt(t.Context(), runtime.Listed{ContainerID: "x"}); return err },
		"remove": func() error { return d.Remove(t.Context(), runtime.Listed{ContainerID: "x"}) },
	} {
		if err := call(); moorage.ErrorCode(err) != moorage.Unavailable {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAnEngineThatHangsUpSaysSo(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "docker.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	d, err := New("unix://"+l.Addr().String(), "home")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = d.Ping(t.Context()); moorage.ErrorCode(err) != moorage.Unavailable {
		t.Errorf("%v", err)
	}
}

func TestAnEngineThatIsTooOldSaysSo(t *testing.T) {
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("API-Version", "1.40")
		io.WriteString(w, `{"Version":"19.03.15","ApiVersion":"1.40"}`)
	}))
	defer old.Close()
	d, err := New("tcp://"+old.Listener.Addr().String(), "home")
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Ping(t.Context())
	if moorage.ErrorMessage(err) != "Docker 19.03.15 is too old." || moorage.ErrorNext(err) == "" {
		t.Errorf("got %v", err)
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	for _, host := range []string{"docker.sock", "://", "unix//x"} {
		if _, err := New(host, "home"); moorage.ErrorCode(err) != moorage.Invalid {
			t.Errorf("%q: %v", host, err)
		}
	}
}

func TestImagesThatCannotStartSayWhy(t *testing.T) {
	d := open(t, rand.Text())
	for change, want := range map[string]string{
		"ENTRYPOINT []":      "The image says no command to run.",
		"USER nobody-knows":  "The image runs as a user that it does not have.",
		"WORKDIR /guest/sub": "Docker could not run the server.", // the guest is no folder
	} {
		_, err := d.Start(t.Context(), stdioSpec(importGuest(t, change)))
		if moorage.ErrorMessage(err) != want || moorage.ErrorNext(err) == "" {
			t.Errorf("%s: %v", change, err)
		}
	}
	if left, err := d.List(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("left: %+v, %v", left, err)
	}
}

// The engine's init starts before the command does, so a command that is not
// there is the container's end and not an error of its start.
func TestACommandThatIsNotThereIsExplainedByItsExit(t *testing.T) {
	d := open(t, rand.Text())
	c := run(t, d, stdioSpec(importGuest(t, `ENTRYPOINT ["/nothing"]`)))
	exit, err := c.Wait(t.Context())
	if err != nil || exit.Explain().Message != "The command of the server is not in the image." {
		t.Errorf("%+v is explained by %q, %v", exit, exit.Explain().Message, err)
	}
	if said, err := io.ReadAll(c.Output()); err != nil || !strings.Contains(string(said), "/nothing") {
		t.Errorf("it said %q, %v", said, err)
	}
}
