package e2e

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"

	"moorage"
	"moorage/store"
)

// lane is a data folder that is used for many rounds: one server for each
// transport that is deployed again and again, one that nobody touches, and with
// follow one that is deployed by pushes.
type lane struct {
	*home
	registry string
	base     string // the image that Dockerfiles begin from
	bearer   string
	owner    moorage.UserID
	targets  map[string]moorage.ServerID // by transport, and the one that is pushed to
	anchor   moorage.ServerID
	adopted  string // the container of the anchor, the same from the first round to the last

	settled map[string][]time.Duration // by failpoint
	kills   int
}

// millImage imports an image that holds the mill, for Dockerfiles to begin
// from: there is less to clone, and nothing to copy.
func millImage(t *testing.T, e engine) string {
	t.Helper()
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	if err := w.WriteHeader(&tar.Header{Name: "mill", Mode: 0o755, Size: int64(len(millBinary))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(millBinary); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("moorage-test/mill:%d", time.Now().UnixNano())
	answer, err := e.ImageImport(t.Context(), image.ImportSource{Source: &layer, SourceName: "-"}, name, image.ImportOptions{})
	if err != nil {
		t.Fatalf("import the mill: %v", err)
	}
	answer.Close()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience) // the test's own has ended
		defer cancel()
		if _, err := e.ImageRemove(ctx, name, image.RemoveOptions{Force: true, PruneChildren: true}); err != nil {
			t.Logf("remove %s: %v", name, err)
		}
	})
	eventually(t, "the mill is imported", func() bool {
		_, err := e.ImageInspect(t.Context(), name)
		return err == nil
	})
	return name
}

// newLane makes the servers on an engine and deploys each, the HTTP one so many
// times. Moorage does not run afterwards.
func newLane(t *testing.T, e engine, times int, env ...string) *lane {
	t.Helper()
	return newLaneIn(t, t.TempDir(), e, times, env...)
}

// newLaneIn is newLane with a data folder of the test's choice.
func newLaneIn(t *testing.T, data string, e engine, times int, env ...string) *lane {
	t.Helper()
	registry := freeAddress(t)
	l := &lane{
		home:     startIn(t, data, append(env, "MOORAGE_REGISTRY="+registry+"/moorage", "MOORAGE_IDLE_TIMEOUT=1h")...),
		registry: registry, targets: map[string]moorage.ServerID{}, settled: map[string][]time.Duration{},
	}
	l.engine = e
	l.base = millImage(t, e)
	startRegistry(t, registry)
	l.bearer = l.token()
	l.kill()
	l.github.AddUser("octocat", 1)
	l.inside(func(ctx context.Context, db *store.DB) error {
		users, err := db.Users(ctx)
		if err != nil {
			return err
		}
		l.owner = users[0].ID
		for _, slug := range []string{"http", "stdio", "anchor"} {
			l.publish(slug, map[string]string{"Dockerfile": l.dockerfile(slug), "README.md": "# The mill\n"})
			id, err := l.addServer(ctx, db, slug)
			if err != nil {
				return err
			}
			l.targets[slug] = id
		}
		l.anchor = l.targets["anchor"]
		delete(l.targets, "anchor")
		return nil
	})
	l.warm(times)
	return l
}

func (l *lane) dockerfile(slug string) string { return "FROM " + l.base + "\n" + l.lines(slug) + "\n" }

// lines are the end of the Dockerfile of a server: how it starts.
func (l *lane) lines(slug string) string {
	if slug == "stdio" || slug == pushed {
		return `CMD ["/mill", "serve", "1"]`
	}
	return "EXPOSE 8080\n" + `CMD ["/mill", "serve", "http", "1"]`
}

func (l *lane) addServer(ctx context.Context, db *store.DB, slug string) (moorage.ServerID, error) {
	now := time.Now()
	s := moorage.Server{
		ID: moorage.NewServerID(now), Slug: slug, Name: "io.github.octocat/" + slug, OwnerID: l.owner, CreatedAt: now,
		Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: l.github.CloneURL("octocat", slug), Ref: "main"},
		Config: moorage.Config{Run: moorage.RunConfig{Network: moorage.NetworkNone}},
	}
	return s.ID, db.CreateServer(ctx, s)
}

// warm deploys each server once, and the HTTP one so many times.
func (l *lane) warm(times int) {
	l.t.Helper()
	for n := range times {
		l.inside(func(ctx context.Context, db *store.DB) error {
			for transport, id := range l.everyServer() {
				if n > 0 && transport != "http" {
					continue
				}
				if _, err := l.ask(ctx, db, id, true); err != nil {
					return err
				}
			}
			return nil
		})
		l.restart()
		within(l.t, 2*patience, "the first deployments are settled", func() bool { return l.unsettled() == 0 })
		l.answers("anchor")
		l.kill()
	}
	l.inside(func(ctx context.Context, db *store.DB) error {
		of, err := db.Instances(ctx, l.anchor)
		if err == nil && len(of) == 1 {
			l.adopted = of[0].ContainerID
		}
		return err
	})
	if l.adopted == "" {
		l.t.Fatalf("The anchor has no instance.\n%s", l.log)
	}
}

func (l *lane) everyServer() map[string]moorage.ServerID {
	all := maps.Clone(l.targets)
	all["anchor"] = l.anchor
	return all
}

// ask puts a deployment into the queue of a Moorage that does not run.
func (l *lane) ask(ctx context.Context, db *store.DB, id moorage.ServerID, build bool) (moorage.Deployment, error) {
	s, err := db.Server(ctx, id)
	if err != nil {
		return moorage.Deployment{}, err
	}
	now := time.Now()
	d := moorage.Deployment{
		ID: moorage.NewDeploymentID(now), ServerID: id, Status: moorage.StatusQueued, Source: s.Source, Config: s.Config,
		Trigger: moorage.TriggerUser, CreatedBy: l.owner, CreatedAt: now,
	}
	if !build {
		live, err := db.Deployment(ctx, s.LiveDeploymentID)
		if err != nil {
			return d, err
		}
		d.Config, d.Image, d.RollbackOf, d.Trigger = live.Config, live.Image, live.ID, moorage.TriggerRedeploy
	}
	_, err = db.CreateDeployment(ctx, d)
	return d, err
}

func (l *lane) unsettled() (n int) {
	l.t.Helper()
	l.inside(func(ctx context.Context, db *store.DB) error {
		open, err := db.Deployments(ctx, moorage.DeploymentFilter{Statuses: moorage.Unsettled()})
		n = len(open)
		return err
	})
	return n
}

// sum prints what the lane has seen.
func (l *lane) sum(t *testing.T) {
	var all []time.Duration
	for _, failpoint := range slices.Sorted(maps.Keys(l.settled)) {
		took := l.settled[failpoint]
		all = append(all, took...)
		t.Logf("%-45s %3d rounds, settled within %s at worst", failpoint, len(took), slices.Max(took).Round(time.Millisecond))
	}
	slices.Sort(all)
	fmt.Fprintf(os.Stderr, "kill harness: %d rounds, %d kills: 0 lost, 0 doubled, 0 orphans; settled within %s, the median within %s\n",
		len(all), l.kills, slices.Max(all).Round(time.Millisecond), all[len(all)/2].Round(time.Millisecond))
}
