package builder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	"golang.org/x/crypto/bcrypt"

	"moorage"
)

// startRegistry runs a real registry on a free port of the loopback; with a
// password, only for the user "ada".
func startRegistry(t *testing.T, password string) (host string) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host = free.Addr().String()
	free.Close()
	dir := t.TempDir()
	config := fmt.Sprintf("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %s}\n", dir, host)
	if password != "" {
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		writeFiles(t, dir, map[string]string{"htpasswd": "ada:" + string(hash) + "\n"})
		config += fmt.Sprintf("auth: {htpasswd: {realm: test, path: %s}}\n", filepath.Join(dir, "htpasswd"))
	}
	writeFiles(t, dir, map[string]string{"config.yml": config})
	binary, err := exec.LookPath("docker-registry")
	if err != nil {
		t.Fatal("docker-registry is not installed: run make test")
	}
	cmd := exec.Command(binary, "serve", filepath.Join(dir, "config.yml"))
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	for deadline := time.Now().Add(20 * time.Second); ; {
		if resp, err := http.Get("http://" + host + "/v2/"); err == nil {
			resp.Body.Close()
			return host
		}
		if time.Now().After(deadline) {
			t.Fatal("the registry does not answer")
		}
	}
}

// built makes an image to be pushed.
func built(t *testing.T, e *Engine) moorage.Image {
	t.Helper()
	img, progress, err := buildTree(t, e, map[string]string{"Dockerfile": base + unique()}, ownDockerfile)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.all())
	}
	return img
}

func push(t *testing.T, e *Engine, img moorage.Image) (moorage.Image, *record, error) {
	t.Helper()
	progress := newRecord()
	pushed, err := e.Push(t.Context(), img, progress.Begin("Push", time.Now()), progress)
	return pushed, progress, err
}

func TestAnImageIsPushedAndKnownByItsDigest(t *testing.T) {
	host := startRegistry(t, "")
	e := newEngine(t, Options{Registry: Registry{Address: host + "/team"}})
	img := built(t, e)
	pushed, progress, err := push(t, e, img)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.all())
	}
	if !strings.HasPrefix(pushed.Digest, "sha256:") || pushed.ID != img.ID || !strings.HasPrefix(pushed.Ref, host+"/team/") {
		t.Errorf("pushed %+v", pushed)
	}
	if out := progress.all(); !strings.Contains(out, "pushed") || !strings.Contains(out, pushed.Digest) {
		t.Errorf("output %s", out)
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(pushed.Ref, host+"/"), ":")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodHead, "http://"+host+"/v2/"+name+"/manifests/"+pushed.Digest, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/vnd.docker.distribution.manifest.v2+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the registry answers %s for the digest", resp.Status)
	}
	again, _, err := push(t, e, pushed)
	if err != nil || again.Digest != pushed.Digest {
		t.Errorf("pushed again: %+v, %v", again, err)
	}
	if err := e.RemoveImage(t.Context(), pushed); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{img.Ref, pushed.Ref, img.ID} {
		if has, err := e.HasImage(t.Context(), moorage.Image{Ref: ref}); has || err != nil {
			t.Errorf("%s is still there: %v, %v", ref, has, err)
		}
	}
}

func TestARegistryWithAPasswordWantsIt(t *testing.T) {
	host := startRegistry(t, "the right password")
	right := newEngine(t, Options{Registry: Registry{Address: host + "/team", User: "ada", Password: "the right password"}})
	img := built(t, right)
	if _, progress, err := push(t, right, img); err != nil || strings.Contains(progress.all(), "the right password") {
		t.Errorf("%v\n%s", err, progress.all())
	}
	for _, r := range []Registry{{}, {User: "ada", Password: "a wrong password"}} {
		r.Address = host + "/other"
		e := newEngine(t, Options{Registry: r})
		_, progress, err := push(t, e, img)
		wantError(t, err, moorage.Forbidden, "does not accept")
		if strings.Contains(progress.all()+fmt.Sprint(err), "a wrong password") {
			t.Error("the password is shown")
		}
		if has, err := e.HasImage(t.Context(), img); !has || err != nil {
			t.Errorf("the image was not kept: %v", err)
		}
		if _, err := e.docker.ImageRemove(t.Context(), e.registryRef(img.Ref), image.RemoveOptions{}); err != nil {
			t.Error(err)
		}
	}
}

func TestARegistryIsCheckedWithoutPushing(t *testing.T) {
	host := startRegistry(t, "the right password")
	for _, tt := range []struct {
		registry Registry
		code     moorage.Code
		says     string
	}{
		{Registry{Address: host + "/team", User: "ada", Password: "the right password"}, "", ""},
		{Registry{Address: host + "/team", User: "ada", Password: "a wrong password"}, moorage.Forbidden, "does not accept"},
		{Registry{Address: host + "/team"}, moorage.Forbidden, "does not accept"},
		{Registry{Address: "127.0.0.1:1/team"}, moorage.Unavailable, "cannot be reached"},
	} {
		err := newEngine(t, Options{Registry: tt.registry}).CheckRegistry(t.Context())
		if tt.code == "" && err != nil {
			t.Errorf("%+v: %v", tt.registry, err)
		}
		if tt.code != "" {
			wantError(t, err, tt.code, tt.says)
		}
	}
	if err := newEngine(t, Options{Registry: Registry{Address: startRegistry(t, "")}}).CheckRegistry(t.Context()); err != nil {
		t.Errorf("a registry for everybody: %v", err)
	}
	gone := newEngine(t, Options{DockerHost: "unix:///nonexistent/engine.sock", Registry: Registry{Address: host}})
	wantError(t, gone.CheckRegistry(t.Context()), moorage.Unavailable, "engine")
}

func TestARegistryThatIsNotThereSaysSo(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := free.Addr().String()
	free.Close()
	e := newEngine(t, Options{Registry: Registry{Address: host}})
	_, _, err = push(t, e, built(t, e))
	wantError(t, err, moorage.Unavailable, "The registry "+host+" cannot be reached")
}

func TestAPushThatIsCutOffKeepsTheImageAndIsDoneAgain(t *testing.T) {
	registry := startRegistry(t, "")
	cut := new(atomic.Bool)
	cut.Store(true)
	e := newEngine(t, Options{Registry: Registry{Address: brittle(t, registry, cut) + "/team"}})
	img := built(t, e)
	_, _, err := push(t, e, img)
	wantError(t, err, moorage.Unavailable, "cannot be reached")
	if has, err := e.HasImage(t.Context(), img); !has || err != nil {
		t.Errorf("the image was not kept: %v", err)
	}
	cut.Store(false)
	pushed, progress, err := push(t, e, img)
	if err != nil || pushed.Digest == "" {
		t.Errorf("pushed again: %+v, %v\n%s", pushed, err, progress.all())
	}
	if err := e.RemoveImage(t.Context(), pushed); err != nil {
		t.Error(err)
	}
}

// brittle is an address in front of a registry. As long as cut is true it resets
// the connection when all layers are there and the manifest comes.
func brittle(t *testing.T, registry string, cut *atomic.Bool) (host string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			go carry(from.(*net.TCPConn), registry, cut)
		}
	}()
	return l.Addr().String()
}

func carry(from *net.TCPConn, registry string, cut *atomic.Bool) {
	defer from.Close()
	to, err := net.Dial("tcp", registry)
	if err != nil {
		return // the engine hears of it
	}
	defer to.Close()
	go io.Copy(from, to) // ends with to
	for chunk := make([]byte, 32<<10); ; {
		n, err := from.Read(chunk)
		if cut.Load() && bytes.HasPrefix(chunk[:n], []byte("PUT ")) && bytes.Contains(chunk[:n], []byte("/manifests/")) {
			_ = from.SetLinger(0) // closing resets it
			return
		}
		if _, werr := to.Write(chunk[:n]); err != nil || werr != nil {
			return
		}
	}
}

func TestAPortIsNotTakenForAStatus(t *testing.T) {
	const host = "127.0.0.1:40301"
	e := &Engine{options: Options{Registry: Registry{Address: host + "/denied"}}}
	err := e.explainPush(t.Context(), errors.New("Get \"http://"+host+"/v2/\": dial tcp "+host+": connect: connection refused"))
	wantError(t, err, moorage.Unavailable, "The registry "+host+" cannot be reached")
}

func TestWithoutARegistryTheImageStays(t *testing.T) {
	e := newEngine(t, Options{})
	img := built(t, e)
	pushed, _, err := push(t, e, img)
	if err != nil || pushed != img {
		t.Errorf("%+v, %v", pushed, err)
	}
}

func TestRemovingAnImageTwiceIsNoError(t *testing.T) {
	e := newEngine(t, Options{})
	img := built(t, e)
	if has, err := e.HasImage(t.Context(), img); !has || err != nil {
		t.Fatalf("%v, %v", has, err)
	}
	for range 2 {
		if err := e.RemoveImage(t.Context(), img); err != nil {
			t.Fatal(err)
		}
		if has, err := e.HasImage(t.Context(), img); has || err != nil {
			t.Errorf("%v, %v", has, err)
		}
	}
}

func TestAnEngineThatIsGoneSaysSo(t *testing.T) {
	e := newEngine(t, Options{DockerHost: "unix://" + filepath.Join(t.TempDir(), "none.sock")})
	_, err := e.Build(t.Context(), Build{Root: tree(t, map[string]string{"Dockerfile": "FROM scratch\n"}), Ref: "moorage/none:1", Config: ownDockerfile}, newRecord())
	wantError(t, err, moorage.Unavailable, "The container engine does not answer")
	_, err = e.HasImage(t.Context(), moorage.Image{ID: "sha256:0"})
	wantError(t, err, moorage.Unavailable, "The container engine does not answer")
}
