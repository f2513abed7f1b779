package clone

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"moorage"
)

const (
	maxAnswer   = 32 << 20 // bytes of the child's JSON, what it says on the way included
	maxProgress = 1 << 20  // bytes of what it and the Git host may say
	maxDying    = 2000     // bytes of what the Go runtime of a dying child says
)

// Run clones in a child process and returns the commit. What the child says on
// the way goes to progress as it comes. When ctx ends or the wall time is over
// the child's whole process group is killed.
func Run(ctx context.Context, req Request, progress io.Writer) (moorage.Commit, error) {
	res, err := ask(ctx, req, progress)
	switch {
	case err != nil:
		return moorage.Commit{}, err
	case res.Trouble != nil:
		return moorage.Commit{}, res.Trouble.asError()
	}
	return res.Commit, nil
}

// Check reports whether a child can run here, within its limits: it is asked
// for nothing, and has to answer that it cannot clone that. The folder is one
// that the child may stand in.
func Check(ctx context.Context, folder string) error {
	_, err := ask(ctx, Request{GitDir: folder}, io.Discard)
	return err
}

// ask has a child answer a request. The error is that it did not.
func ask(ctx context.Context, req Request, progress io.Writer) (*result, error) {
	req.Limits = req.Limits.withDefaults()
	question, err := json.Marshal(req)
	if err != nil {
		return nil, fmt.Errorf("write the clone request: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, req.Limits.Wall)
	defer cancel()

	answer, childOut := io.Pipe()
	told := make(chan heard, 1)
	go func() { told <- listen(answer, &quota{w: progress, left: maxProgress}) }()
	dying := &head{max: maxDying}
	runErr := runWorker(limited, question, childOut, dying, req.GitDir)
	childOut.Close()
	res := <-told
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("clone: %w", context.Cause(ctx))
	case limited.Err() != nil:
		return nil, tooLong(req.Limits.Wall)
	case res.result == nil || runErr != nil:
		return nil, died(errors.Join(runErr, res.err, errors.New(dying.String())))
	}
	return res.result, nil
}

// heard is what came of listening to a child.
type heard struct {
	result *result // nil: it never answered
	err    error
}

// listen passes on what the child says until it answers or is gone.
func listen(answer *io.PipeReader, progress io.Writer) heard {
	defer answer.Close()
	for messages := json.NewDecoder(io.LimitReader(answer, maxAnswer)); ; {
		var m message
		if err := messages.Decode(&m); err != nil {
			return heard{err: err}
		}
		if m.Result != nil {
			// The rest is a line break, but to leave it unread would break
			// the child's pipe.
			_, err := io.Copy(io.Discard, answer)
			return heard{result: m.Result, err: err}
		}
		if _, err := progress.Write(m.Say); err != nil {
			return heard{err: err}
		}
	}
}

func runWorker(ctx context.Context, question []byte, answer, dying io.Writer, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find our own binary: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, WorkerArgument)
	cmd.Stdin = bytes.NewReader(question)
	cmd.Stdout = answer
	cmd.Stderr = dying
	cmd.Dir = dir
	cmd.Env = workerEnv(dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second

	// The parent-death signal fires when the *thread* that started the child
	// ends, so this goroutine keeps its thread until the child is gone.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return cmd.Run()
}

// workerEnv is the whole environment of the child: where the certificates are,
// and a home without anybody's Git configuration.
func workerEnv(home string) []string {
	env := []string{"HOME=" + home}
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// head keeps the first max bytes and drops the rest.
type head struct {
	bytes.Buffer
	max int
}

func (h *head) Write(p []byte) (int, error) {
	h.Buffer.Write(p[:min(len(p), h.max-h.Len())])
	return len(p), nil
}

// quota passes the first bytes on and drops the rest.
type quota struct {
	w    io.Writer
	left int
}

func (q *quota) Write(p []byte) (int, error) {
	part := p[:min(len(p), q.left)]
	q.left -= len(part)
	if len(part) > 0 {
		if _, err := q.w.Write(part); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
