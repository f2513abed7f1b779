package clone

import (
	"bytes"
	"encoding/json"
	"io"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"

	"moorage"
)

// FuzzChoose: of what a Git host lists, a name chooses what it lists or a
// commit, and what is then asked for is exactly that.
func FuzzChoose(f *testing.F) {
	for _, seed := range [][2]string{
		{"main", "refs/heads/main"}, {"", "HEAD"}, {"v1", "refs/tags/v1"}, {"a:b", "refs/heads/a:b"}, {"*", "refs/heads/*"}, {"+x", "refs/heads/+x"},
		{"refs/heads/x y", "refs/heads/x y"}, {strings.Repeat("1", 40), "refs/heads/x"}, {"--upload-pack=x", "refs/heads/--upload-pack=x"}, {"../../HEAD", "refs/heads/../../HEAD"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, listed string) {
		hash := plumbing.NewHash(strings.Repeat("2", 40))
		refs := []*plumbing.Reference{
			plumbing.NewHashReference(plumbing.ReferenceName(listed), hash),
			plumbing.NewSymbolicReference(plumbing.HEAD, plumbing.ReferenceName(listed)),
		}
		w, err := choose(refs, name)
		if err != nil {
			message := moorage.ErrorMessage(err)
			if moorage.ErrorNext(err) == "" || strings.ContainsFunc(message, unicode.IsControl) || len(message) > 1000 {
				t.Errorf("%q", message)
			}
			return
		}
		if w.spec != listed && w.spec != strings.ToLower(name) {
			t.Fatalf("%q chose %q", name, w.spec)
		}
		spec := config.RefSpec("+" + w.spec + ":refs/moorage/source")
		if spec.Validate() == nil && (spec.Src() != w.spec || spec.IsWildcard() || spec.Dst("x") != "refs/moorage/source") {
			t.Errorf("%q asks for %q into %q", w.spec, spec.Src(), spec.Dst("x"))
		}
	})
}

// FuzzCheckURL: what may be cloned is https without a word that could be an
// option, a password or another protocol.
func FuzzCheckURL(f *testing.F) {
	for _, seed := range []string{"https://github.com/a/b", "https://u:p@h/x", "ext::sh -c x", "file:///etc", "--upload-pack=x", "HTTPS://H/x", "https://h/a?b#c", "http://github.com/a", "https:\\\\h", "https://[::1%25lo]/x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		u, err := checkURL(Request{URL: address, GitHubURL: "https://github.com"})
		if err != nil {
			return
		}
		if u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.HasPrefix(address, "-") {
			t.Errorf("%q is cloned", address)
		}
	})
}

// FuzzNames: a name and a link that are written stay below the folder, and are
// none of Git's own.
func FuzzNames(f *testing.F) {
	for _, seed := range [][2]string{{"a", "b"}, {"..", ".."}, {".git", "x"}, {"a/b", "../../x"}, {"GIT~1", "a/.git/config"}, {"x", "/etc"}, {"x", "a\\b"}, {"x.", "./.git. /x"}, {"sub/up", "../file"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, target string) {
		if checkName(name) == nil && (!filepath.IsLocal(name) || strings.ContainsAny(name, "/\\\x00\n")) {
			t.Errorf("%q is written", name)
		}
		at := path.Join("dir", "link")
		if !staysInside(at, target) {
			return
		}
		to := path.Join("dir", target)
		if path.IsAbs(target) || to != "." && !filepath.IsLocal(to) || strings.Contains("/"+strings.ToLower(to)+"/", "/.git/") {
			t.Errorf("a link to %q is kept", target)
		}
	})
}

// FuzzListen: whatever a child that went wrong writes, the parent takes a
// bounded part of it and does not wait for more.
func FuzzListen(f *testing.F) {
	f.Add([]byte(`{"Say":"aGVsbG8="}` + "\n" + `{"Result":{"Commit":{"Hash":"x"}}}`))
	f.Add([]byte(`{"Result":{"Trouble":{"Code":"limited","Message":"m","Next":"n","Cause":"c"}}} trailing`))
	f.Add([]byte(`{"Result":null}{"Say":"!"}`))
	f.Add([]byte("goroutine 1 [running]"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		from, to := io.Pipe()
		go func() {
			to.Write(answer) // fails when nobody listens any more
			to.Close()
		}()
		var said bytes.Buffer
		h := listen(from, &quota{w: &said, left: 64})
		if h.result == nil && h.err == nil || said.Len() > 64 {
			t.Errorf("%q was heard as %+v, with %d bytes", answer, h, said.Len())
		}
		if h.result != nil && h.result.Trouble != nil && moorage.ErrorCode(h.result.Trouble.asError()) != h.result.Trouble.Code {
			t.Errorf("trouble %+v", h.result.Trouble)
		}
	})
}

// FuzzTrouble: an error tells the parent what it told the child.
func FuzzTrouble(f *testing.F) {
	f.Add("The message.", "Do this.", "a cause")
	f.Fuzz(func(t *testing.T, message, next, cause string) {
		message, next, cause = strings.ToValidUTF8(message, ""), strings.ToValidUTF8(next, ""), strings.ToValidUTF8(cause, "")
		raw, err := json.Marshal(result{Trouble: &trouble{Code: moorage.Limited, Message: message, Next: next, Cause: cause}})
		if err != nil {
			t.Fatal(err)
		}
		var r result
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatal(err)
		}
		told := r.Trouble.asError()
		if message != "" && moorage.ErrorMessage(told) != message || moorage.ErrorNext(told) != next || !strings.Contains(told.Error(), cause) {
			t.Errorf("%v", told)
		}
	})
}
