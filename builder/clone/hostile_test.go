package clone

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestALinkAModeAndAFileAreWrittenAsTheyAre(t *testing.T) {
	r := newRepository(t)
	blob := r.blob([]byte("#!/bin/tool"))
	sub := r.tree("100755 blob "+blob+"\trun", "120000 blob "+r.blob([]byte("../file"))+"\tup")
	r.commit("main", r.tree("100644 blob "+blob+"\tfile", "120000 blob "+r.blob([]byte("sub/run"))+"\tlink", "040000 tree "+sub+"\tsub"), "x")
	req := request(t, r.serve(""))
	if _, _, err := run(t, req); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"file": 0o644, "sub/run": 0o755} {
		if info, err := os.Lstat(filepath.Join(req.Dir, name)); err != nil || info.Mode() != mode {
			t.Errorf("%s is %v, %v", name, info, err)
		}
	}
	for name, target := range map[string]string{"link": "sub/run", "sub/up": "../file"} {
		if got, err := os.Readlink(filepath.Join(req.Dir, name)); err != nil || got != target {
			t.Errorf("%s leads to %q, %v", name, got, err)
		}
	}
}

func TestWhatAHostileTreeBringsIsLeftOut(t *testing.T) {
	r := newRepository(t)
	blob := r.blob([]byte("x"))
	hooks := r.tree("100755 blob " + blob + "\tpost-checkout")
	link := func(target, name string) string { return "120000 blob " + r.blob([]byte(target)) + "\t" + name }
	deep := r.tree(link("../..", "top")) // the root, seen from a/b
	a := r.tree("040000 tree " + deep + "\tb")
	r.commit("main", r.tree(
		"040000 tree "+hooks+"\t.GIT", "040000 tree "+hooks+"\t.git", link("/etc", "absolute"), "040000 tree "+a+"\ta",
		link("a/b/top/../..", "chain"), link(".git/config", "config"), "100644 blob "+blob+"\tfile",
		"040000 tree "+hooks+"\tgit~1", link("loop", "loop"), "160000 commit "+strings.Repeat("1", 40)+"\tmodule", link("../x", "up"),
	), "x")
	req := request(t, r.serve(""))
	_, said, err := run(t, req)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	err = filepath.WalkDir(req.Dir, func(p string, _ os.DirEntry, err error) error {
		names = append(names, strings.TrimPrefix(p, req.Dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"", "/a", "/a/b", "/a/b/top", "/file"}; !slices.Equal(names, want) {
		t.Errorf("written: %q, want %q", names, want)
	}
	for _, name := range []string{".GIT", ".git", "absolute", "chain", "config", "git~1", "loop", "module", "up"} {
		if !strings.Contains(said, name+" is left out") {
			t.Errorf("nothing is said about %s in %q", name, said)
		}
	}
}

func TestNamesThatMeanAPathAreRefused(t *testing.T) {
	for _, name := range []string{"..", ".", "a/b", "../x", `a\b`, "a\nb", strings.Repeat("n", 300)} {
		r := newRepository(t)
		r.commit("main", r.tree("100644 blob "+r.blob([]byte("x"))+"\t"+name), "x")
		req := request(t, r.serve(""))
		if _, _, err := run(t, req); err == nil {
			t.Errorf("%q was written", name)
		}
		if entries, err := os.ReadDir(req.Dir); err != nil || len(entries) > 0 {
			t.Errorf("%q left %v, %v", name, entries, err)
		}
	}
}
