package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// repo is a Git repository on this machine.
type repo struct {
	dir string
	url string
}

// newRepo makes a repository with the files of a folder in it.
func (b *bench) newRepo(ctx context.Context, name string, files fs.FS) (repo, error) {
	dir := filepath.Join(b.dir, name)
	r := repo{dir, "file://" + dir}
	if err := os.CopyFS(dir, files); err != nil {
		return r, err
	}
	return r, r.git(ctx, "init", "--quiet", "--initial-branch=main")
}

// commit writes a file and commits everything.
func (r repo) commit(ctx context.Context, file, content string) error {
	if err := os.WriteFile(filepath.Join(r.dir, file), []byte(content), 0o644); err != nil {
		return err
	}
	if err := r.git(ctx, "add", "--all"); err != nil {
		return err
	}
	return r.git(ctx, "-c", "user.name=Octo Cat", "-c", "user.email=octocat@example.com", "commit", "--quiet", "--message", fmt.Sprintf("Change %s", file))
}

func (r repo) git(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "GIT_CONFIG_NOSYSTEM=1"}
	return output(cmd)
}
