package e2e

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"moorage"
	"moorage/store"
)

func TestAPushThatFailsIsRetriedWithoutABuild(t *testing.T) {
	address := freeAddress(t)
	h := start(t, "MOORAGE_REGISTRY="+address+"/moorage")
	p := openBrowser(t, h).arrive(h)
	failed := p.failsAtPushing(h, "The registry "+address+" cannot be reached.", "Check that it runs")
	p.shoot("deployment-failed-push")

	startRegistry(t, address)
	p.retriesWithoutABuild(h, failed)
	if status, err := h.pushed(address); status != http.StatusOK || err != nil {
		t.Errorf("the registry answers %d for what was pushed, %v", status, err)
	}
}

func TestAPushWithAWrongPasswordIsRetriedWithTheRightOne(t *testing.T) {
	const right, wrong = "open-sesame-seeds", "open-barley-grains"
	address := freeAddress(t)
	startRegistry(t, address, only(t, "ada", right))
	set := []string{"MOORAGE_REGISTRY=" + address + "/moorage", "MOORAGE_REGISTRY_USER=ada"}
	h := start(t, append(slices.Clone(set), "MOORAGE_REGISTRY_PASSWORD="+wrong)...)
	p := openBrowser(t, h).arrive(h)
	failed := p.failsAtPushing(h, "The registry "+address+" does not accept the user or the password.", "Check MOORAGE_REGISTRY_USER and MOORAGE_REGISTRY_PASSWORD")
	p.shoot("deployment-failed-password")
	if said := look[string](p, `document.documentElement.innerHTML`) + h.log.String(); strings.Contains(said, wrong) {
		t.Error("the password is shown")
	}

	p.open("about:blank")
	h.stop()
	h.env = append(slices.Clone(set), "MOORAGE_REGISTRY_PASSWORD="+right)
	h.restart()
	p.open("/deployments/" + failed)
	p.retriesWithoutABuild(h, failed)
	if status, err := h.pushed("ada:" + right + "@" + address); status != http.StatusOK || err != nil {
		t.Errorf("the registry answers %d for what was pushed, %v", status, err)
	}
	if strings.Contains(h.log.String(), right) {
		t.Error("the password is in the log")
	}
}

func TestAPushThatIsResetInTheMiddleOfAnUploadIsRetriedOnceTheNetworkIsWell(t *testing.T) {
	registry := freeAddress(t)
	startRegistry(t, registry)
	b := newBrittle(t, registry)
	h := start(t, "MOORAGE_REGISTRY="+b.address+"/moorage")
	p := openBrowser(t, h).arrive(h)
	failed := p.failsAtPushing(h, "The registry "+b.address+" cannot be reached.", "Check that it runs",
		"the upload broke off, the engine tries again") // for a minute
	p.shoot("deployment-failed-reset")
	if n := b.resets.Load(); n < 2 {
		t.Errorf("%d uploads were reset; the engine tries more than once", n)
	}
	if status := (&home{t: t, url: "http://" + registry}).status("/v2/moorage/mill/tags/list"); status != http.StatusNotFound {
		t.Errorf("the registry answers %d for the tags of what was never pushed whole", status)
	}

	b.cut.Store(false)
	p.retriesWithoutABuild(h, failed)
	if status, err := h.pushed(registry); status != http.StatusOK || err != nil {
		t.Errorf("the registry answers %d for what was pushed, %v", status, err)
	}
}

// failsAtPushing deploys a mill, and wants it to be built, and to come no
// further: the page says why and what to do, and the image is kept. The log is
// followed until it says what comes before.
func (p *page) failsAtPushing(h *home, says, next string, before ...string) (id string) {
	p.t.Helper()
	h.publish("mill", mill(h.run("grind", "3", "0s"), `CMD ["/mill", "serve", "1"]`))
	id = p.deploy("mill")
	for _, words := range before {
		p.logSays(words)
	}
	p.settled("failed")
	for _, words := range []string{says, next, "The image is kept; deploy again to retry."} {
		p.seesIn("#deployment-head .trouble", words)
	}
	h.inside(func(ctx context.Context, db *store.DB) error {
		steps, err := db.Steps(ctx, moorage.DeploymentID(id))
		if err == nil && (len(steps) == 0 || steps[len(steps)-1].Status != moorage.StepFailed || !strings.HasPrefix(steps[len(steps)-1].Name, "Push")) {
			p.t.Errorf("it failed elsewhere than at pushing: %+v", steps)
		}
		return err
	})
	if !h.holds(id) {
		p.t.Error("the image is not kept")
	}
	return id
}

// retriesWithoutABuild presses Retry on the page of a deployment that failed,
// and wants the image that is kept to go live.
func (p *page) retriesWithoutABuild(h *home, failed string) {
	p.t.Helper()
	p.press("Retry")
	p.until("another deployment", "!location.pathname.endsWith("+quote(failed)+")")
	id := p.deploymentID()
	p.settled("live")
	p.logSays("nothing is cloned and nothing is built")
	p.logSays("Pushed sha256:")
	if was, is := h.deployment(failed).Image.ID, h.deployment(id).Image.ID; was != is {
		p.t.Errorf("%s went live, %s was kept", is, was)
	}
	if got := p.call("mill", "version"); !strings.Contains(got, "This is mill 1.") {
		p.t.Errorf("what was pushed answers: %s", got)
	}
}

// holds reports whether the engine has the image that a deployment has built.
func (h *home) holds(id string) bool {
	h.t.Helper()
	_, err := h.engine.ImageInspect(h.t.Context(), h.deployment(id).Image.ID)
	return err == nil
}

// pushed asks a registry for what is live of the mill, by its digest.
func (h *home) pushed(registry string) (status int, err error) {
	h.t.Helper()
	var live moorage.Deployment
	h.inside(func(ctx context.Context, db *store.DB) error {
		s, err := db.ServerBySlug(ctx, "mill")
		if err == nil && s.LiveDeploymentID != "" {
			live, err = db.Deployment(ctx, s.LiveDeploymentID)
		}
		return err
	})
	if !strings.HasPrefix(live.Image.Digest, "sha256:") {
		return 0, errors.New("nothing that is live has a digest")
	}
	_, rest, _ := strings.Cut(live.Image.Ref, "/")
	name, _, _ := strings.Cut(rest, ":")
	return (&home{t: h.t, url: "http://" + registry}).status("/v2/" + name + "/manifests/" + live.Image.Digest), nil
}
