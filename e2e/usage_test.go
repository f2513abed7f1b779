package e2e

import (
	"net/http"
	"testing"

	"moorage/handlers/api"
)

func TestAnOwnerSeesHowTheirServerIsUsedAndRecordsIt(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(`CMD ["/mill", "serve", "1"]`))
	p.deploy("mill")
	p.settled("live")
	p.open("/servers/mill/usage")
	p.seesIn("#usage-calls", "There was no call in the last 24 hours.")

	env, q := h.terminal(), program{t, h, h.token()}
	called := func(text string, calls int) (v api.ServiceUsage) {
		t.Helper()
		h.wants(env, 0, text, "", "call", "mill", "echo", `{"text": "`+text+`"}`)
		eventually(t, "the call is counted", func() bool {
			q.ask(http.MethodGet, "/api/services/mill/usage", "", http.StatusOK, &v)
			return v.Calls == calls
		})
		return v
	}
	v := called("said before", 1)
	if len(v.LastCalls) != 1 || v.LastCalls[0].Tool != "echo" || v.LastCalls[0].Outcome != "ok" || v.LastCalls[0].DurationMS <= 0 || v.Errors != 0 {
		t.Errorf("%+v", v)
	}
	p.open("/servers/mill/usage")
	p.seesIn("#usage-numbers", "in 24 hours")
	p.seesIn("#usage-rows", "echo")
	p.seesIn("#usage-calls", "octocat, by a token")
	p.until("the charts are drawn", `document.querySelectorAll("#usage-charts canvas").length === 5`)

	p.press("Record for 10 minutes")
	p.seesIn("#usage-calls", "is being recorded")
	called("said meanwhile", 2)
	p.open("/servers/mill/usage")
	p.touch("#usage-calls .call-row summary")
	p.seesIn("#usage-calls", "said meanwhile")
	p.until("nothing is shown of before", `!document.body.innerText.includes("said before")`)
	p.shoot("usage")
	p.press("Stop recording")
	p.seesIn("#usage-calls", "Record for 10 minutes")
	p.open("about:blank")
	h.stop()
}
