package clone

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"moorage"
)

const testTransfer = 8 << 20 // bytes that a hostile host may send in these tests

// TestAfterEachHostileRepositoryTheNextOneIsCloned: what it takes stays within
// its caps, nothing beside its folders is touched, and nothing is left that
// stands in the way of the next.
func TestAfterEachHostileRepositoryTheNextOneIsCloned(t *testing.T) {
	honest := newRepository(t)
	honest.commitFiles("main", map[string]string{"file": "honest"})
	next := honest.serve("")
	for name, c := range map[string]struct {
		serve func(*testing.T) *httptest.Server
		code  moorage.Code // "": it is cloned, without what is hostile
		says  string
	}{
		"ten billion files": {treeBomb, moorage.Limited, "the number of its files is 11111111111"},
		"a pack of 4 GiB":   {hugePack, moorage.Limited, "what the Git host sends is more, and at most 8.0 MiB"},
		"an endless drip":   {stall, moorage.Unavailable, "sends too slowly"},
		"a link into .git":  {linkIntoGit, "", "config is left out"},
		"submodules":        {submodules, "", "module is left out: submodules are not fetched"},
	} {
		t.Run(name, func(t *testing.T) {
			host := t.TempDir() // what stands beside the folders of a clone
			if err := os.WriteFile(filepath.Join(host, "canary"), []byte("as it was"), 0o600); err != nil {
				t.Fatal(err)
			}
			req := within(t, host, c.serve(t))
			_, said, err := run(t, req)
			if c.code == "" {
				if err != nil || !strings.Contains(said, c.says) {
					t.Errorf("said %q, %v", said, err)
				}
			} else {
				wantError(t, err, c.code, c.says)
			}
			if size := sizeOf(t, host); size > testTransfer+2<<20 {
				t.Errorf("%d bytes lie on the disk", size)
			}
			if _, err := os.Lstat(filepath.Join(req.Dir, "config")); err == nil {
				t.Error("a link into .git was written")
			}
			if entries, err := os.ReadDir(host); err != nil || len(entries) != 3 || read(t, host, "canary") != "as it was" {
				t.Errorf("beside the folders: %v, %v", entries, err)
			}
			again := within(t, t.TempDir(), next)
			if _, _, err := run(t, again); err != nil || read(t, again.Dir, "file") != "honest" {
				t.Errorf("the next clone: %v", err)
			}
		})
	}
}

// within asks for the repository of a server, with folders of its own in host.
func within(t *testing.T, host string, server *httptest.Server) Request {
	t.Helper()
	req := request(t, server)
	req.Dir, req.GitDir = filepath.Join(host, "tree"), filepath.Join(host, "git")
	for _, dir := range []string{req.Dir, req.GitDir} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	req.Limits = Limits{Transfer: testTransfer, Memory: 256 << 20, Window: time.Second, Rate: 1 << 10, Wall: time.Minute}
	return req
}

func sizeOf(t *testing.T, dir string) (total int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

func treeBomb(t *testing.T) *httptest.Server {
	r := newRepository(t)
	entry := "100644 blob " + r.blob([]byte("x"))
	for range 10 {
		var entries []string
		for i := range 10 {
			entries = append(entries, fmt.Sprintf("%s\tf%d", entry, i))
		}
		entry = "040000 tree " + r.tree(entries...)
	}
	r.commit("main", strings.Fields(entry)[2], "ten billion files")
	return r.serve("")
}

func linkIntoGit(t *testing.T) *httptest.Server {
	r := newRepository(t)
	r.commit("main", r.tree("120000 blob "+r.blob([]byte(".git/config"))+"\tconfig", "100644 blob "+r.blob([]byte("x"))+"\tfile"), "x")
	return r.serve("")
}

// submodules names a host of this machine that must not be asked.
func submodules(t *testing.T) *httptest.Server {
	var asked atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(func() {
		inside.Close()
		if asked.Load() != 0 {
			t.Error("the submodule's host was asked")
		}
	})
	r := newRepository(t)
	modules := r.blob([]byte("[submodule \"x\"]\n\tpath = module\n\turl = " + inside.URL + "/x.git\n"))
	r.commit("main", r.tree("100644 blob "+modules+"\t.gitmodules", "160000 commit "+strings.Repeat("1", 40)+"\tmodule"), "x")
	return r.serve("")
}

// hugePack lists the refs of a real repository, and answers whoever fetches
// with one object that says it has 4 GiB, and sends them.
func hugePack(t *testing.T) *httptest.Server {
	r := newRepository(t)
	r.commitFiles("main", map[string]string{"file": "x"})
	real := r.serve("")
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost {
			w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
			sendPack(ctx, w)
			return
		}
		resp, err := http.Get(real.URL + req.URL.String())
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
		var refs bytes.Buffer
		refs.ReadFrom(resp.Body)
		w.Write(refs.Bytes())
	}))
	t.Cleanup(func() { cancel(); server.Close() })
	return server
}

// sendPack writes 4 GiB in the form of a pack (gitformat-pack) on the first
// side band, until nobody takes them.
func sendPack(ctx context.Context, w http.ResponseWriter) {
	band := func(data []byte) error {
		_, err := fmt.Fprintf(w, "%04x\x01%s", len(data)+5, data)
		return err
	}
	fmt.Fprintf(w, "%04x%s", len("shallow \n")+44, "shallow "+strings.Repeat("1", 40)+"\n")
	fmt.Fprint(w, "0000", "0008NAK\n")
	head := append([]byte("PACK"), 0, 0, 0, 2, 0, 0, 0, 1)
	head = append(head, 0xb0, 0x80, 0x80, 0x80, 0x80, 0x01, 0x78, 0x01) // a blob, its size, and how zlib begins
	if band(head) != nil {
		return
	}
	noise := make([]byte, 60_000)
	rand.Read(noise)
	block := append([]byte{0, 0, 0, 0, 0}, noise...) // stored, as it is
	binary.LittleEndian.PutUint16(block[1:], uint16(len(noise)))
	binary.LittleEndian.PutUint16(block[3:], ^uint16(len(noise)))
	for sent := 0; sent < 4<<30 && ctx.Err() == nil; sent += len(noise) {
		if band(block) != nil {
			return
		}
	}
}
