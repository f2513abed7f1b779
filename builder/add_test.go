package builder

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"

	"moorage"
)

// files is an HTTP server that gives out what a Dockerfile adds.
func files(t *testing.T) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	asked := new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/file.txt", "/":
			w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
			fmt.Fprint(w, "added from afar")
		case "/moved/file.txt":
			http.Redirect(w, r, "/file.txt", http.StatusFound)
		case "/big.bin":
			fmt.Fprint(w, strings.Repeat("x", 3<<20))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server, asked
}

// adding builds a Dockerfile in which ADDR is the server's address, and leaves
// nothing behind.
func adding(t *testing.T, o Options, server *httptest.Server, lines ...string) (*record, error) {
	t.Helper()
	o.TempDir = t.TempDir()
	e := newEngine(t, o)
	text := base + strings.ReplaceAll(strings.Join(lines, "\n"), "ADDR", server.URL) + "\n"
	_, progress, err := buildTree(t, e, map[string]string{"Dockerfile": text}, ownDockerfile)
	if left, readErr := os.ReadDir(o.TempDir); readErr != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, readErr)
	}
	if err != nil {
		t.Log(progress.all())
	}
	return progress, err
}

func TestAFileFromAnAddressIsAddedAsTheDockerfileSays(t *testing.T) {
	server, asked := files(t)
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte("added from afar")))
	_, err := adding(t, Options{AllowLocal: true}, server, unique(),
		"ADD ADDR/file.txt /plain/",
		"ADD ADDR/moved/file.txt /named",
		"ADD ADDR/ /root",
		"ADD --checksum=sha256:"+sum+" ADDR/file.txt /checked",
		"ADD --chown=7:8 --chmod=640 ADDR/file.txt /owned",
		"ADD ADDR/file.txt ADDR/moved/file.txt /both/",
		`RUN ["/bin/tool", "is", "/plain/file.txt", "-rw-------", "0:0", "2006-01-02T15:04:05Z", "added from afar"]`,
		`RUN ["/bin/tool", "is", "/named", "-rw-------", "0:0", "2006-01-02T15:04:05Z", "added from afar"]`,
		`RUN ["/bin/tool", "is", "/root", "-rw-------", "0:0", "2006-01-02T15:04:05Z", "added from afar"]`,
		`RUN ["/bin/tool", "is", "/checked", "-rw-------", "0:0", "2006-01-02T15:04:05Z", "added from afar"]`,
		`RUN ["/bin/tool", "is", "/owned", "-rw-r-----", "7:8", "2006-01-02T15:04:05Z", "added from afar"]`,
		`RUN ["/bin/tool", "has", "/both/file.txt"]`,
	)
	if err != nil {
		t.Fatal(err)
	}
	if n := asked.Load(); n != 5 { // /file.txt, /moved and where it leads, /, and once more for the checksum
		t.Errorf("the host was asked %d times", n)
	}
}

func TestASecondBuildOfWhatWasAddedIsCached(t *testing.T) {
	server, _ := files(t)
	lines := []string{unique(), "ADD ADDR/file.txt /", `RUN ["/bin/tool", "has", "/file.txt"]`}
	for _, cached := range []bool{false, true} {
		progress, err := adding(t, Options{AllowLocal: true}, server, lines...)
		if err != nil {
			t.Fatal(err)
		}
		if s := progress.step(t, `"has"`); s.cached != cached {
			t.Errorf("cached: %v, want %v", s.cached, cached)
		}
	}
}

func TestWhatMayNotBeAdded(t *testing.T) {
	server, asked := files(t)
	inside := strings.TrimPrefix(server.URL, "http://")
	for name, c := range map[string]struct {
		options Options
		line    string
		code    moorage.Code
		message string
	}{
		"from the inside":        {Options{}, "ADD ADDR/file.txt /", moorage.Forbidden, "adds a file from 127.0.0.1, which is not on the public internet"},
		"by another spelling":    {Options{}, "ADD http://2130706433/file.txt /", moorage.Invalid, "adds a file from 2130706433, which cannot be downloaded"},
		"with credentials":       {Options{}, "ADD http://user:password@" + inside + "/file.txt /", moorage.Invalid, "must not hold a user name"},
		"with another checksum":  {Options{AllowLocal: true}, "ADD --checksum=sha256:" + strings.Repeat("1", 64) + " ADDR/file.txt /", moorage.Invalid, "another checksum"},
		"what is not there":      {Options{AllowLocal: true}, "ADD ADDR/nowhere.txt /", moorage.Invalid, "404 Not Found"},
		"more than the cap":      {Options{AllowLocal: true, ContextBytes: 2 << 20}, "ADD ADDR/big.bin /", moorage.Limited, "bigger than 2.1 MB"},
		"a repository":           {Options{AllowLocal: true}, "ADD ADDR/x.git /x", moorage.Forbidden, "adds a Git repository"},
		"a date from elsewhere":  {Options{AllowLocal: true}, "", moorage.Forbidden, "takes a date from another place"},
		"from a variable's host": {Options{}, "ARG host=127.0.0.1\nADD http://${host}:1/x /x", moorage.Forbidden, "adds a file from 127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "a date from elsewhere" {
				c.line = "FROM scratch AS when\nADD ADDR/file.txt /\nFROM scratch\nCOPY tool /bin/tool"
				e := newEngine(t, c.options)
				text := "ARG SOURCE_DATE_EPOCH=when\n" + strings.ReplaceAll(c.line, "ADDR", server.URL)
				_, _, err := buildTree(t, e, map[string]string{"Dockerfile": text}, ownDockerfile)
				wantError(t, err, c.code, c.message)
				return
			}
			before := asked.Load()
			_, err := adding(t, c.options, server, c.line)
			wantError(t, err, c.code, c.message)
			if !c.options.AllowLocal && asked.Load() != before {
				t.Error("the inside was reached")
			}
		})
	}
}

// answering plays a public host that the test's machine cannot reach; what it
// redirects to is asked by the real client.
type answering struct {
	host string
	to   string
	next http.RoundTripper
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != a.host {
		return a.next.RoundTrip(r)
	}
	w := httptest.NewRecorder()
	http.Redirect(w, r, a.to, http.StatusFound)
	return w.Result(), nil
}

func TestWhatIsAddedIsNotFetchedFromWhereARedirectLeads(t *testing.T) {
	server, asked := files(t)
	for _, to := range []string{server.URL + "/file.txt", strings.Replace(server.URL, "127.0.0.1", "[::ffff:7f00:1]", 1) + "/file.txt"} {
		d := newDownloads(Options{TempDir: t.TempDir(), ContextBytes: 1 << 20}, newRecord())
		d.http.Transport = answering{"public.example", to, d.http.Transport}
		_, err := d.Fetch(t.Context(), &pb.SourceOp{
			Identifier: "http://public.example/file.txt", Attrs: map[string]string{pb.AttrHTTPFilename: "file.txt"},
		})
		wantError(t, err, moorage.Forbidden, "adds a file from public.example, which is not on the public internet or sends us to where it is not")
	}
	if asked.Load() != 0 {
		t.Error("the inside was reached")
	}
}

// TestADefinitionIsRewrittenWhole checks what the engine relies on: every
// operation names others by the digest of their bytes, those stand before it,
// and what is known of an operation is known under its digest.
func TestADefinitionIsRewrittenWhole(t *testing.T) {
	from := llb.HTTP("https://a.example/file", llb.Filename("file"), llb.WithCustomName("ADD"), llb.Checksum(digest.FromString("x")))
	state := llb.Image("base").File(llb.Copy(from, "file", "/file")).Run(llb.Args([]string{"true"})).Root()
	def, err := llb.Merge([]llb.State{state, llb.Diff(llb.Scratch(), from), llb.Local(contextName)}).Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	was := def.ToPB()
	was.Source = &pb.Source{Locations: map[string]*pb.Locations{}}
	for i, raw := range was.Def {
		was.Source.Locations[digest.FromBytes(raw).String()] = &pb.Locations{Locations: []*pb.Location{{SourceIndex: int32(i)}}}
	}
	same, err := rewrite(was, func(*pb.SourceOp) (bool, error) { return false, nil })
	if err != nil || !slices.EqualFunc(same.Def, was.Def, bytes.Equal) || len(same.Metadata) != len(was.Metadata) {
		t.Errorf("nothing was to change: %v", err)
	}
	now, err := rewrite(was, func(src *pb.SourceOp) (bool, error) {
		http := strings.HasPrefix(src.Identifier, "https://")
		if http {
			src.Identifier, src.Attrs = "local://ours", nil
		}
		return http, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, raw := range now.Def {
		var op pb.Op
		if err := op.UnmarshalVT(raw); err != nil {
			t.Fatal(err)
		}
		for _, input := range op.Inputs {
			if !seen[input.Digest] {
				t.Errorf("operation %d needs %s, which is not before it", i, input.Digest)
			}
		}
		name := digest.FromBytes(raw).String()
		seen[name] = true
		before := was.Metadata[digest.FromBytes(was.Def[i]).String()]
		after := now.Metadata[name]
		if (before == nil) != (after == nil) || !maps.Equal(before.GetDescription(), after.GetDescription()) {
			t.Errorf("operation %d: %v is known of it, %v was", i, after, before)
		}
		if at := now.Source.Locations[name]; at == nil || at.Locations[0].SourceIndex != int32(i) {
			t.Errorf("operation %d stands at %v of the Dockerfile", i, at)
		}
		if src := op.GetSource(); src != nil && src.Identifier == "local://ours" && (after.Caps["source.http"] || after.Caps["source.http.checksum"] || !after.Caps["source.local"]) {
			t.Errorf("capabilities %v", after.Caps)
		}
	}
	if len(seen) != len(was.Def) || len(now.Metadata) != len(was.Metadata) {
		t.Errorf("%d operations, %d were", len(seen), len(was.Def))
	}
	was.Def[0], was.Def[len(was.Def)-1] = was.Def[len(was.Def)-1], was.Def[0]
	if _, err := rewrite(was, func(*pb.SourceOp) (bool, error) { return false, nil }); err == nil {
		t.Error("an operation before what it needs was taken")
	}
}
