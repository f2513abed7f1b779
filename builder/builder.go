// Package builder turns a source into an image: it clones, detects, plans,
// builds with BuildKit and pushes. It decides nothing about when, and stores
// nothing: the deployment pipeline does.
//
// What a stranger wrote is handled in two rooms of its own: clone fetches a
// repository in a process that can be killed, detect reads what it holds and
// runs none of it. Engine ties them to a container engine.
package builder

import (
	"context"
	"os"
	"time"

	"moorage"
)

// Fetch is a source to be cloned.
type Fetch struct {
	Source moorage.Source
	Token  string // of the person who asked, for private repositories; "" otherwise
	Dir    string // an empty folder that the tree is written to
}

// Build is an image to be built from a fetched tree.
type Build struct {
	Root    *os.Root            // the repository
	Subdir  string              // where the server lives in it
	Config  moorage.BuildConfig // which Dockerfile, which context
	Ref     string              // the name of the image
	Labels  map[string]string
	Timeout time.Duration
}

// Progress hears what the work says, in the order it happens. Implementations
// may be called from several goroutines.
type Progress interface {
	// Begin opens a step and returns its number. Numbers are given in start order.
	Begin(name string, at time.Time) int
	// End closes a step.
	End(step int, status moorage.StepStatus, cached bool, at time.Time)
	// Write takes a chunk of output, as it came: not necessarily whole lines.
	Write(step int, stream moorage.Stream, at time.Time, chunk []byte)
}

// Builder is what the pipeline needs; *Engine is the one for a container engine.
type Builder interface {
	// Fetch clones the source into Dir and says which commit that is.
	Fetch(ctx context.Context, f Fetch, step int, p Progress) (moorage.Commit, error)
	// Plan says what was found in a fetched tree and what would be done with it.
	Plan(ctx context.Context, root *os.Root, subdir string) (moorage.Plan, error)
	// Build makes the image. Each BuildKit vertex is a step of its own.
	Build(ctx context.Context, b Build, p Progress) (moorage.Image, error)
	// Push uploads the image to the configured registry, within a step that the caller began.
	// It returns the image with its digest.
	Push(ctx context.Context, img moorage.Image, step int, p Progress) (moorage.Image, error)
	// HasImage reports whether the engine still holds the image.
	HasImage(ctx context.Context, img moorage.Image) (bool, error)
	// Images lists what the engine holds of images with a label.
	Images(ctx context.Context, label string) ([]Labelled, error)
	// RemoveImage removes the image from the engine; it does not fail when it is gone.
	RemoveImage(ctx context.Context, img moorage.Image) error
}

// Labelled is an image with the value of the label that it was found by.
type Labelled struct {
	moorage.Image // without a Ref when it has lost its names
	Value         string
}
