package e2e

import (
	"net/http"
	"testing"

	"moorage/handlers/api"
)

func TestAServerThatStopsAnsweringIsUnhealthyOnAnOpenPage(t *testing.T) {
	h := start(t, "MOORAGE_HEALTH_INTERVAL=1s")
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(`CMD ["/mill", "serve", "1"]`))
	p.deploy("mill")
	p.settled("live")
	p.open("/servers/mill")
	p.seesIn("#server-state", "Idle")

	d := &dialogue{http: http.DefaultClient, endpoint: h.endpoint("mill"), token: h.token()}
	if err := d.hello(t.Context(), `{}`); err != nil {
		t.Fatal(err)
	}
	p.seesIn("#server-state", "Healthy")
	p.seesIn("#server-instances", "Ready")
	mills := h.engine.containers(h.id()) // one that waits for the next session may be among them
	for _, mill := range mills {
		if err := h.engine.ContainerPause(t.Context(), mill); err != nil {
			t.Fatal(err)
		}
	}
	p.seesIn("#server-trouble", "The server did not answer ping within a second.")
	p.seesIn("#server-state", "Unhealthy")
	p.shoot("unhealthy")
	list := b.tab()
	list.open("/servers")
	list.seesIn("#server-list", "Unhealthy")
	q := program{t, h, d.token}
	var v api.ServiceHealth
	q.ask(http.MethodGet, "/api/services/mill/health", "", http.StatusOK, &v)
	if v.Status != "unhealthy" || v.Error == "" || v.CheckedAt.IsZero() {
		t.Errorf("%+v", v)
	}
	for _, mill := range mills {
		if err := h.engine.ContainerUnpause(t.Context(), mill); err != nil {
			t.Fatal(err)
		}
	}
	p.seesIn("#server-state", "Healthy")
	list.seesIn("#server-list", "Healthy")
	if err := d.bye(t.Context()); err != nil {
		t.Error(err)
	}
	list.open("about:blank")
	p.open("about:blank")
	h.stop()
}
