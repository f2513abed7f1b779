package builder

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"

	"moorage"
)

// flagged matches a RUN that plainly asks for what no build gets.
var flagged = regexp.MustCompile(`(?im)^RUN --(security=insecure|network=host) x$`)

// FuzzCheckDockerfile: what is refused is refused in a sentence, and a RUN with
// a forbidden flag does not pass by what stands around it.
func FuzzCheckDockerfile(f *testing.F) {
	for _, seed := range []string{
		"FROM scratch\nRUN --security=insecure x\n", "# syntax=evil/frontend\nFROM a\n", "# escape=`\nFROM a\nRUN --network=host `\n x\n", "FROM a\nRUN <<EOF\nx\nEOF\n",
		"ARG A\nFROM ${A:-b} AS c\nADD --checksum=x https://a/b /\nRUN --mount=type=bind,from=host x\n", "\ufeffFROM a\n", "FROM a\nRUN --device=x y\n", "\x00", "FROM a\nONBUILD RUN --security=insecure x\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		err := checkDockerfile(text, func(string, ...any) {})
		if err != nil {
			message := moorage.ErrorMessage(err)
			if moorage.ErrorNext(err) == "" || len(message) > 2000 || !utf8.ValidString(message) || strings.ContainsAny(message, "\n\x1b\x00") {
				t.Errorf("%q", message)
			}
			return
		}
		// Neither a heredoc nor a continued line holds it in this form.
		if flagged.Match(text) && !bytes.ContainsAny(text, "\\`<#") && !bytes.Contains(bytes.ToUpper(text), []byte("ONBUILD")) {
			t.Errorf("%q is allowed", text)
		}
	})
}

// FuzzRewrite: whatever a list of operations is, each names what stands before
// it by its digest afterwards, or there is no list; when nothing is to change,
// nothing does.
func FuzzRewrite(f *testing.F) {
	from := llb.HTTP("https://a.example/file", llb.Filename("file"))
	def, err := llb.Image("base").File(llb.Copy(from, "file", "/file")).Run(llb.Args([]string{"true"})).Root().Marshal(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	raw, err := def.ToPB().MarshalVT()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		was := new(pb.Definition)
		if was.UnmarshalVT(raw) != nil {
			return
		}
		_ = checkOps(was)
		now, err := rewrite(was, func(src *pb.SourceOp) (bool, error) { src.Identifier = "local://x"; return true, nil })
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, raw := range now.Def {
			var op pb.Op
			if err := op.UnmarshalVT(raw); err != nil {
				t.Fatal(err)
			}
			for _, input := range op.Inputs {
				if !seen[input.Digest] {
					t.Errorf("%s is not there", input.Digest)
				}
			}
			if src := op.GetSource(); src != nil && src.Identifier != "local://x" {
				t.Errorf("%s was left", src.Identifier)
			}
			seen[digest.FromBytes(raw).String()] = true
		}
		same, err := rewrite(was, func(*pb.SourceOp) (bool, error) { return false, nil })
		if err != nil || !bytes.Equal(bytes.Join(same.Def, nil), bytes.Join(was.Def, nil)) {
			t.Errorf("changed for no reason: %v", err)
		}
	})
}

// FuzzImageRef: every server has an image name that an engine and a registry
// take, and that is found again.
func FuzzImageRef(f *testing.F) {
	for _, seed := range [][2]string{{"weather", "registry.example/team"}, {"Größe ☃", "localhost:5000"}, {"--a--", "[::1]:5000/x/y"}, {"a/../b:c@d", "r.example/moorage/"}} {
		f.Add(seed[0], seed[1])
	}
	id := moorage.NewDeploymentID(time.Unix(1, 0))
	f.Fuzz(func(t *testing.T, name, address string) {
		ref := ImageRef(moorage.SlugFrom(name), id)
		parsed, err := reference.ParseNormalizedNamed(ref)
		if tagged, ok := parsed.(reference.Tagged); err != nil || !ok || tagged.Tag() != string(id) {
			t.Fatalf("%q of %q: %v", ref, name, err)
		}
		if _, err := reference.ParseNormalizedNamed(strings.Trim(address, "/") + "/x"); err != nil {
			return // the configuration refuses it
		}
		e := &Engine{options: Options{Registry: Registry{Address: address}}}
		if pushed := e.registryRef(ref); e.registryRef(pushed) != pushed || !strings.HasSuffix(pushed, ":"+string(id)) {
			t.Errorf("%q is pushed as %q, then as %q", ref, pushed, e.registryRef(pushed))
		}
	})
}
