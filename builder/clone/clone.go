// Package clone fetches one commit of a Git repository and writes its files
// into a folder. Everything that touches what a stranger sent happens in a
// child process of our own binary that holds no privilege worth having, has
// limits on memory, CPU and file size, and can be killed at any moment: a Git
// library that ignores its context or is fed a bomb takes the child down and
// nothing else.
//
// Run is the parent's side, Worker the child's. What the parent may ask for is
// a Request; how much of it a repository may use up is Limits.
package clone

import (
	"time"

	"moorage"
)

// WorkerArgument is the first argument of a process that must call Worker.
const WorkerArgument = "clone-worker"

// Request is what the child is told, as JSON on its standard input. The token
// travels nowhere else: not in the arguments, the environment or the URL.
type Request struct {
	URL        string // https://…, http:// for GitHubURL's host only, file:// with AllowLocal
	Ref        string // branch, tag or full commit hash; "": the default branch
	Token      string // sent as Basic authentication to the URL's own host
	Dir        string // an empty folder that the files are written to
	GitDir     string // an empty folder for the bare repository; the caller removes it
	GitHubURL  string // the configured GitHub; its host may have any address
	AllowLocal bool   // file:// URLs and addresses that are not public
	Limits     Limits
}

// Limits bound what a repository may use. Zero values mean the defaults.
type Limits struct {
	Transfer  int64         // bytes over the wire; default 200 MiB
	Rate      int64         // bytes a second that a transfer must reach over a Window; default 1 KiB/s
	Window    time.Duration // default 30 s
	Wall      time.Duration // of the whole clone; default 120 s
	Memory    int64         // bytes of private memory of the child; default 1 GiB
	Files     int64         // in the tree; default 50,000
	TreeBytes int64         // of all files together; default 500 MiB
	FileBytes int64         // of one file; default 50 MiB
	Depth     int           // of folders; default 32
}

func (l Limits) withDefaults() Limits {
	setDefault(&l.Transfer, 200<<20)
	setDefault(&l.Rate, 1<<10)
	setDefault(&l.Window, 30*time.Second)
	setDefault(&l.Wall, 120*time.Second)
	setDefault(&l.Memory, 1<<30)
	setDefault(&l.Files, 50_000)
	setDefault(&l.TreeBytes, 500<<20)
	setDefault(&l.FileBytes, 50<<20)
	setDefault(&l.Depth, 32)
	return l
}

func setDefault[T int | int64 | time.Duration](value *T, otherwise T) {
	if *value == 0 {
		*value = otherwise
	}
}

// message is one line of what the child writes to its standard output: what it
// or the Git host says on the way, or at last the result. Its standard error is
// left to the Go runtime, whose last words are for our log and not for a person.
type message struct {
	Say    []byte  `json:",omitempty"`
	Result *result `json:",omitempty"`
}

// result is what the child answers.
type result struct {
	Commit  moorage.Commit
	Trouble *trouble `json:",omitempty"`
}
