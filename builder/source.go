package builder

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/tonistiigi/fsutil"

	"moorage"
	"moorage/builder/detect"
)

const (
	contextName     = "context"    // what the frontend asks for the context as,
	dockerfilesName = "dockerfile" // and for the Dockerfile's folder,
	dockerfileName  = "Dockerfile" // in which it finds ours under this name

	maxDockerfile = 1 << 20 // bytes
)

// source is what one build is made from: the text of the Dockerfile, held in
// memory so that what was checked is what is built, the context, and what the
// Dockerfile adds from elsewhere.
type source struct {
	dockerfile fsutil.FS
	context    fsutil.FS
	added      *downloads
	folder     *os.Root
	stop       func() // ends the build; set before it begins

	mu      sync.Mutex // guards refused
	refused error
}

// openSource reads and checks what a Build names. The check is a step.
func (e *Engine) openSource(b Build, p Progress) (*source, error) {
	path := b.Config.Dockerfile
	if path == "" {
		path = "the generated Dockerfile"
	}
	var src *source
	err := ownStep(p, "Check "+path, func(note func(string, ...any)) error {
		text, ignore, err := readDockerfile(b)
		if err != nil {
			return err
		}
		if err := checkDockerfile(text, note); err != nil {
			return err
		}
		src, err = e.openContext(b)
		if err != nil {
			return err
		}
		src.added = newDownloads(e.options, p)
		src.dockerfile = &textFS{written: time.Now(),
			files: map[string][]byte{dockerfileName: text, dockerfileName + ".dockerignore": ignore}}
		return nil
	})
	return src, err
}

func (e *Engine) openContext(b Build) (*source, error) {
	context := b.Config.Context
	if context == "" {
		context = "."
	}
	if err := detect.CheckPath(b.Root, context); err != nil {
		return nil, err
	}
	folder, err := b.Root.OpenRoot(filepath.FromSlash(context))
	if err != nil {
		return nil, moorage.Errorf(moorage.Invalid, "The build context “%s” is not a folder.", context).
			Try("Choose a folder of the repository; “.” is its root.").Because(err)
	}
	src := &source{folder: folder}
	src.context, err = ownedByRoot(newContextFS(folder, e.options.ContextBytes, src.refuse))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the context: %w", err), folder.Close())
	}
	return src, nil
}

// readDockerfile returns the text to build and, for one of the repository, the
// ignore file that is its own.
func readDockerfile(b Build) (text, ignore []byte, err error) {
	if b.Config.Dockerfile == "" {
		if b.Config.Generated == "" {
			return nil, nil, moorage.Errorf(moorage.Invalid, "There is no Dockerfile to build.").
				Try("Choose one of the repository, or let Moorage write one.")
		}
		return []byte(b.Config.Generated), nil, nil
	}
	if err := detect.CheckPath(b.Root, b.Config.Dockerfile); err != nil {
		return nil, nil, err
	}
	if text, err = readCapped(b.Root, b.Config.Dockerfile); err != nil {
		return nil, nil, err
	}
	own := b.Config.Dockerfile + ".dockerignore"
	if info, err := b.Root.Stat(filepath.FromSlash(own)); err == nil && info.Mode().IsRegular() {
		if ignore, err = readCapped(b.Root, own); err != nil {
			return nil, nil, err
		}
	}
	return text, ignore, nil
}

func readCapped(root *os.Root, path string) ([]byte, error) {
	f, err := root.Open(filepath.FromSlash(path))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, moorage.Errorf(moorage.Invalid, "“%s” is not a file.", path).Try("Choose the Dockerfile itself.").Because(err)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxDockerfile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(content) > maxDockerfile {
		return nil, moorage.Errorf(moorage.Limited, "“%s” is longer than 1 MiB.", path).Try("Make it shorter.")
	}
	return content, nil
}

// refuse stops the build for a reason of our own and remembers the first one:
// BuildKit hands errors on as text only, and waits for ever for a file whose
// reading failed.
func (s *source) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused == nil {
		s.refused = err
		s.stop()
	}
}

func (s *source) refusal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// LookupDir implements filesync.DirSource: these folders are all that the
// engine can ask this machine for.
func (s *source) LookupDir(name string) (fsutil.FS, bool) {
	switch name {
	case contextName:
		return s.context, true
	case dockerfilesName:
		return s.dockerfile, true
	}
	return s.added.Folder(name)
}

// Close removes what was downloaded and lets go of the context's folder.
func (s *source) Close() error { return errors.Join(s.added.Close(), s.folder.Close()) }
