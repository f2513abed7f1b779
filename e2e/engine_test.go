package e2e

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"

	"moorage/runtime"
)

// patience is how long anything may take that a machine under load does in
// seconds.
const patience = 30 * time.Second

// engine looks at the container engine from outside.
type engine struct {
	t *testing.T
	*client.Client
}

func openEngine(t *testing.T) engine {
	t.Helper()
	c, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return engine{t, c}
}

func labelled(home string) filters.Args {
	return filters.NewArgs(filters.Arg("label", runtime.LabelHome+"="+home))
}

// containers lists the ids of what runs, or has run, for a data folder.
func (e engine) containers(home string) []string {
	e.t.Helper()
	found, err := e.ContainerList(e.t.Context(), container.ListOptions{All: true, Filters: labelled(home)})
	if err != nil {
		e.t.Fatalf("list the containers: %v", err)
	}
	var ids []string
	for _, c := range found {
		ids = append(ids, c.ID)
	}
	return ids
}

// sweep removes what a data folder has left in the engine.
func (e engine) sweep(home string, deployments []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience) // the test's own has ended
	defer cancel()
	found, err := e.ContainerList(ctx, container.ListOptions{All: true, Filters: labelled(home)})
	if err != nil {
		e.t.Errorf("list the containers: %v", err)
	}
	for _, c := range found {
		if err := e.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true}); err != nil {
			e.t.Logf("remove a container: %v", err)
		}
	}
	nets, err := e.NetworkList(ctx, network.ListOptions{Filters: labelled(home)})
	if err != nil {
		e.t.Errorf("list the networks: %v", err)
	}
	for _, n := range nets {
		if err := e.NetworkRemove(ctx, n.ID); err != nil {
			e.t.Logf("remove a network: %v", err)
		}
	}
	for _, id := range deployments {
		e.removeImages(ctx, id)
	}
}

func (e engine) removeImages(ctx context.Context, deployment string) {
	found, err := e.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("label", runtime.LabelDeployment+"="+deployment))})
	if err != nil {
		e.t.Errorf("list the images: %v", err)
	}
	names := map[string]bool{}
	for _, i := range found {
		for _, tag := range append(i.RepoTags, i.ID) {
			names[tag] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if _, err := e.ImageRemove(ctx, name, image.RemoveOptions{Force: true, PruneChildren: true}); err != nil && !client.IsErrNotFound(err) {
			e.t.Logf("remove an image: %v", err)
		}
	}
}

// eventually waits until a condition holds, and says what was waited for when
// it never does.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	within(t, patience, what, holds)
}

func within(t *testing.T, d time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("After %s still not: %s", d, what)
		case <-t.Context().Done():
			t.Fatalf("The test ended while it waited for: %s", what)
		}
	}
}
