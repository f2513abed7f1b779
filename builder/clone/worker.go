package clone

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"moorage"
)

const maxQuestion = 64 << 10 // bytes of the parent's JSON

// Worker is the child: it reads a Request from stdin, clones, and writes
// messages to stdout, the last of which is the result. It returns the exit
// code, which is 0 whenever there is a result, be it a refusal. It limits the
// process that it runs in, so it must be the only thing that this process does.
func Worker(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) int {
	var req Request
	if err := json.NewDecoder(io.LimitReader(stdin, maxQuestion)).Decode(&req); err != nil {
		fmt.Fprintln(stderr, "clone: the request is not JSON:", err)
		return 2
	}
	req.Limits = req.Limits.withDefaults()
	if err := limitProcess(req.Limits); err != nil {
		fmt.Fprintln(stderr, "clone: limit the process:", err)
		return 2
	}
	var res result
	say := sayer{json.NewEncoder(stdout)}
	commit, err := work(ctx, req, &quota{w: say, left: maxProgress})
	if err != nil {
		res.Trouble = troubleOf(err)
	} else {
		res.Commit = commit
	}
	if err := say.Encode(message{Result: &res}); err != nil {
		fmt.Fprintln(stderr, "clone: answer:", err)
		return 2
	}
	return 0
}

// sayer writes progress as messages.
type sayer struct{ *json.Encoder }

func (s sayer) Write(p []byte) (int, error) {
	return len(p), s.Encode(message{Say: p})
}

// work is the clone itself: fetch without a work tree, measure, then write.
// Nothing is written before the whole tree was measured.
func work(ctx context.Context, req Request, progress io.Writer) (moorage.Commit, error) {
	src, err := open(ctx, req, progress)
	if err != nil {
		return moorage.Commit{}, err
	}
	commit, err := src.commit()
	if err != nil {
		return moorage.Commit{}, err
	}
	if err := measure(src.objects, commit.TreeHash, req.Limits); err != nil {
		return moorage.Commit{}, err
	}
	root, err := os.OpenRoot(req.Dir)
	if err != nil {
		return moorage.Commit{}, fmt.Errorf("open the work folder: %w", err)
	}
	defer root.Close()
	if err := writeTree(ctx, src.objects, commit.TreeHash, root, progress); err != nil {
		return moorage.Commit{}, err
	}
	return moorage.Commit{
		Hash:    commit.Hash.String(),
		Ref:     src.ref,
		Message: firstLine(commit.Message, 200),
		Author:  firstLine(commit.Author.Name, 100),
	}, nil
}
