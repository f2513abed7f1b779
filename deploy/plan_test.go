package deploy_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"moorage"
	"moorage/builder"
)

func TestWhatIsNotInTheRepositoryIsNamedAndNotBuilt(t *testing.T) {
	outside := t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "Dockerfile"), []byte("FROM scratch\n"), 0o600))
	for name, c := range map[string]struct{ dockerfile, context, says string }{
		"a Dockerfile that is not there": {"server/Dockerfile", ".", "There is no Dockerfile server/Dockerfile in commit c0ffee42c0ff."},
		"a folder as the Dockerfile":     {".", ".", "There is no Dockerfile . in commit c0ffee42c0ff."},
		"a Dockerfile above":             {"../Dockerfile", ".", "The Dockerfile ../Dockerfile is outside the repository."},
		"a Dockerfile around":            {"a/../../Dockerfile", ".", "The Dockerfile ../Dockerfile is outside the repository."},
		"a Dockerfile of the machine":    {"/etc/passwd", ".", "The Dockerfile /etc/passwd is outside the repository."},
		"a linked Dockerfile":            {"linked", ".", "The Dockerfile linked is outside the repository."},
		"a Dockerfile in a linked one":   {"out/Dockerfile", ".", "The Dockerfile out/Dockerfile is outside the repository."},
		"a context that is not there":    {"Dockerfile", "client", "There is no build context client in commit c0ffee42c0ff."},
		"a file as the context":          {"Dockerfile", "Dockerfile", "There is no build context Dockerfile in commit c0ffee42c0ff."},
		"a context above":                {"Dockerfile", "..", "The build context .. is outside the repository."},
		"a context around":               {"Dockerfile", "a/../../b", "The build context ../b is outside the repository."},
		"a context of the machine":       {"Dockerfile", "/etc", "The build context /etc is outside the repository."},
		"a linked context":               {"Dockerfile", "out", "The build context out is outside the repository."},
		"a context for what we write":    {"", "out", "The build context out is outside the repository."},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			config := stdio()
			config.Build = moorage.BuildConfig{Dockerfile: c.dockerfile, Context: c.context}
			if c.dockerfile == "" {
				config.Build.Generated = "FROM scratch\n"
			}
			r.configure(config)
			r.script.on("fetch", func(context.Context, builder.Progress) error {
				clones, err := filepath.Glob(filepath.Join(r.workDir, "*"))
				must(t, err)
				must(t, os.Symlink(outside, filepath.Join(clones[0], "out")))
				return os.Symlink(filepath.Join(outside, "Dockerfile"), filepath.Join(clones[0], "linked"))
			})
			r.run()
			d := r.deploy()
			r.wants(d, moorage.StatusFailed)
			if d.Error != c.says || d.ErrorNext == "" {
				t.Errorf("it says %q, %q", d.Error, d.ErrorNext)
			}
			if r.script.times("build") != 0 {
				t.Error("the builder was called all the same")
			}
			r.isTidy()
		})
	}
}
