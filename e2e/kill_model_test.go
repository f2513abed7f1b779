package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"

	"moorage"
	"moorage/runtime"
	"moorage/store"
)

// expectation is what has to be there after a round.
type expectation struct {
	server moorage.ServerID
	before moorage.DeploymentID // what was live
	asked  moorage.DeploymentID // "": nothing was
	push   *push                // that asked; nil: none did
	// reborn says that containers may be others than before: the engine was away.
	reborn bool
}

// check compares everything that there is with what has to be there.
func (w *expectation) check(l *lane, db *store.DB) error {
	ctx := l.t.Context()
	open, err := db.Deployments(ctx, moorage.DeploymentFilter{Statuses: moorage.Unsettled()})
	if err != nil {
		return err
	}
	for _, d := range open {
		return fmt.Errorf("%s is %s", d.ID, d.Status)
	}
	all, err := db.Deployments(ctx, moorage.DeploymentFilter{})
	if err != nil {
		return err
	}
	var told error
	if w.asked != "" {
		told = w.history(ctx, db, all)
	}
	return errors.Join(
		told,
		oneLive(ctx, db, l.everyServer(), all),
		l.containersMatch(ctx, db, w.reborn),
		l.imagesMatch(ctx, db, all),
		l.registryMatches(all),
		l.gitHubKnows(ctx, db, all),
		l.nothingIsLeft(),
	)
}

// history follows what was asked for to its end.
func (w *expectation) history(ctx context.Context, db *store.DB, all []moorage.Deployment) error {
	var asked *moorage.Deployment
	var later []moorage.Deployment // of the same server
	for i, d := range all {        // newest first
		if d.ID == w.asked {
			asked = &all[i]
			break
		}
		if d.ServerID == w.server {
			later = append(later, d)
		}
	}
	if asked == nil {
		return fmt.Errorf("%s is lost", w.asked)
	}
	errs := []error{toldTruly(ctx, db, *asked)}
	live := *asked
	switch {
	case asked.Status == moorage.StatusLive && len(later) == 0:
	case asked.Status == moorage.StatusFailed && len(later) == 1 && later[0].Trigger == moorage.TriggerRecovery:
		live = later[0]
		errs = append(errs, toldTruly(ctx, db, live))
		if !strings.Contains(asked.ErrorNext, string(live.ID)) {
			errs = append(errs, fmt.Errorf("%s does not say that %s tries again: %s", asked.ID, live.ID, asked.ErrorNext))
		}
	default:
		errs = append(errs, fmt.Errorf("%s is %s, and %d came after it", asked.ID, asked.Status, len(later)))
	}
	s, err := db.Server(ctx, w.server)
	if err != nil {
		return err
	}
	if live.Status == moorage.StatusFailed { // killed twice
		live.ID = w.before
	}
	if s.LiveDeploymentID != live.ID {
		errs = append(errs, fmt.Errorf("%s is live, not %s", s.LiveDeploymentID, live.ID))
	}
	return errors.Join(errs...)
}

// toldTruly wants a deployment and its log to say how it ended.
func toldTruly(ctx context.Context, db *store.DB, d moorage.Deployment) error {
	var last moorage.LogLine
	told, n := 0, int64(0)
	err := db.EachLogLine(ctx, d.ID, func(line moorage.LogLine) error {
		n++
		if last = line; line.Seq != n {
			return fmt.Errorf("the log of %s goes from line %d to line %d", d.ID, n-1, line.Seq)
		}
		if strings.HasPrefix(line.Text, "Moorage restarted while") {
			told++
		}
		return nil
	})
	if err != nil {
		return err
	}
	steps, err := db.Steps(ctx, d.ID)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if s.Status == moorage.StepRunning {
			return fmt.Errorf("the step %q of %s still runs", s.Name, d.ID)
		}
	}
	switch {
	case d.Status == moorage.StatusLive && told == 0:
	case d.Status == moorage.StatusFailed && told == 1 && strings.HasPrefix(d.Error, "Moorage restarted while") && last.Text == d.Error+" "+d.ErrorNext:
	default:
		return fmt.Errorf("%s is %s: %q; its log says so %d times and ends with %q", d.ID, d.Status, d.Error, told, last.Text)
	}
	return nil
}

// oneLive wants each server to have one live deployment, and to know it.
func oneLive(ctx context.Context, db *store.DB, servers map[string]moorage.ServerID, all []moorage.Deployment) error {
	var errs []error
	for slug, id := range servers {
		s, err := db.Server(ctx, id)
		if err != nil {
			return err
		}
		var live []moorage.DeploymentID
		for _, d := range all {
			if d.ServerID == id && d.Status == moorage.StatusLive {
				live = append(live, d.ID)
			}
		}
		if len(live) != 1 || live[0] != s.LiveDeploymentID || s.Status != moorage.ServerLive {
			errs = append(errs, fmt.Errorf("%s is %s with %v live, and %s named", slug, s.Status, live, s.LiveDeploymentID))
		}
	}
	return errors.Join(errs...)
}

// containersMatch wants the engine to hold what the database knows of, and
// nothing else.
func (l *lane) containersMatch(ctx context.Context, db *store.DB, reborn bool) error {
	home, _, err := db.Setting(ctx, "home")
	if err != nil {
		return err
	}
	rows, err := db.AllInstances(ctx)
	if err != nil {
		return err
	}
	known, networks := map[string]string{}, map[string]string{}
	for _, i := range rows {
		known[i.ContainerID] = string(i.ID)
		networks[string(i.ID)] = string(i.ID)
		s, err := db.Server(ctx, i.ServerID)
		if err != nil {
			return err
		}
		if s.LiveDeploymentID != i.DeploymentID {
			return fmt.Errorf("%s of %s, which is not live, is %s", i.ID, i.DeploymentID, i.Status)
		}
	}
	found, err := l.engine.ContainerList(ctx, container.ListOptions{All: true, Filters: labelled(home)})
	if err != nil {
		return err
	}
	there := map[string]string{}
	for _, c := range found {
		there[c.ID] = c.Labels[runtime.LabelInstance]
	}
	nets, err := l.engine.NetworkList(ctx, network.ListOptions{Filters: labelled(home)})
	if err != nil {
		return err
	}
	bridges := map[string]string{}
	for _, n := range nets {
		bridges[n.Labels[runtime.LabelInstance]] = n.Labels[runtime.LabelInstance]
	}
	if !maps.Equal(known, there) || !maps.Equal(networks, bridges) {
		return fmt.Errorf("the database knows the containers %v, the engine has %v and the networks %v", known, there, bridges)
	}
	if !reborn && there[l.adopted] == "" {
		return errors.New("the container of the server that nobody touched is not the one from before")
	}
	return nil
}

// imagesMatch wants each image to be recorded, and each recorded one to be there.
func (l *lane) imagesMatch(ctx context.Context, db *store.DB, all []moorage.Deployment) error {
	recorded := map[string]bool{}
	for _, d := range all {
		if d.Image.ID != "" {
			recorded[d.Image.ID] = true
		}
	}
	there := map[string]bool{}
	for _, server := range l.everyServer() {
		found, err := l.engine.ImageList(ctx, image.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", runtime.LabelServer+"="+string(server)))})
		if err != nil {
			return err
		}
		for _, i := range found {
			there[i.ID] = true
			if !recorded[i.ID] {
				return fmt.Errorf("the engine has the image %s (%v) of %s, which is not recorded", i.ID, i.RepoTags, i.Labels[runtime.LabelDeployment])
			}
		}
	}
	for id := range recorded {
		if !there[id] {
			return fmt.Errorf("the image %s is recorded, and not in the engine", id)
		}
	}
	return nil
}

// registryMatches wants each pushed tag to be a deployment's, and what is live
// to be there.
func (l *lane) registryMatches(all []moorage.Deployment) error {
	known := map[string]bool{}
	for _, d := range all {
		known[string(d.ID)] = true
	}
	for slug := range l.everyServer() {
		var list struct{ Tags []string }
		if err := getJSON("http://"+l.registry+"/v2/moorage/"+slug+"/tags/list", &list); err != nil {
			return err
		}
		if i := slices.IndexFunc(list.Tags, func(tag string) bool { return !known[tag] }); i >= 0 {
			return fmt.Errorf("the registry has %s:%s, of no deployment", slug, list.Tags[i])
		}
	}
	r := &home{t: l.t, url: "http://" + l.registry}
	for _, d := range all {
		if d.Status != moorage.StatusLive {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(d.Image.Ref, l.registry+"/"), ":")
		if status := r.status("/v2/" + name + "/manifests/" + d.Image.Digest); status != http.StatusOK {
			return fmt.Errorf("the registry answers %d for %s@%s, which is live", status, d.Image.Ref, d.Image.Digest)
		}
	}
	return nil
}

func getJSON(url string, into any) error {
	res, err := http.Get(url)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, res.Status)
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// nothingIsLeft wants no clone to be left, and GitHub to have been read only, but
// for how the deployments of who follows it went.
func (l *lane) nothingIsLeft() error {
	left, err := os.ReadDir(filepath.Join(l.data, "work"))
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("the work folder holds %s", left[0].Name())
	}
	for _, asked := range l.github.Requests() {
		if !strings.HasPrefix(asked, "GET ") && !l.reports(asked) {
			return fmt.Errorf("GitHub was asked to %s", asked)
		}
	}
	return nil
}
