package main

import (
	"fmt"
	"time"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

var (
	unwell = views.Attention{
		What: "time is unhealthy.", Why: "The server did not answer ping within 5 seconds.", URL: "/servers/time", Do: "Look at the server", When: ago(4 * time.Minute),
	}
	ends = views.Attention{
		What: "mill is failing.", Why: "The server ended with exit code 7. It ends again and again, and is started in 3 minutes at the earliest.",
		URL: "/servers/mill", Do: "Look at the server", When: ago(10 * time.Minute),
	}
)

// bars are a day: idle at first, then in use, with some trouble.
func bars(looks map[int]views.HealthLook) []views.HealthBar {
	list := make([]views.HealthBar, moorage.HealthPieces)
	for n := range list {
		at := now.Add(-time.Duration(moorage.HealthPieces-1-n) * moorage.HealthPiece).Format("15:04")
		list[n] = views.HealthBar{Look: views.LookIdle, Title: at + " UTC: nothing ran that was asked"}
		if look, ok := looks[n]; ok {
			list[n].Look, list[n].Title = look, at+" UTC: 30 checks"
		} else if n > 28 && n < 52 || n > 60 {
			list[n] = views.HealthBar{Look: views.LookGood, Slow: 10 + n*n%37, Title: at + " UTC: 30 checks, median answer 3 ms"}
		}
	}
	return list
}

func healthy() views.HealthView {
	return views.HealthView{
		State: moorage.HealthHealthy, Words: "It answers, last time in 3 ms.", Checked: ago(12 * time.Second), Median: "3 ms", Bars: bars(nil),
		Summary: "The last 24 hours in 96 quarters of an hour: in 58 it answered, in 0 it missed an answer, in 0 it was unhealthy, in 38 it was idle.",
	}
}

func inState(state moorage.HealthState, words string, trouble *parts.Trouble, looks map[int]views.HealthLook) views.ServerPage {
	p := overview()
	p.Head.Health, p.Head.StatusNote = state, words
	p.Health = views.HealthView{State: state, Words: words, Checked: ago(8 * time.Second), Median: "41 ms", Bars: bars(looks), Summary: "The last 24 hours.", Trouble: trouble}
	if state.Bad() {
		p.Health.Words, p.Health.Since = "Began", ago(4*time.Minute)
	}
	return p
}

func healths() []screen {
	links := []parts.Link{{Label: "Look at its output", URL: "/servers/weather/tools"}}
	idle := inState(moorage.HealthIdle, "Nobody uses it now, which is fine: it starts with the next call.", nil, nil)
	idle.Head.StatusNote, idle.Instances = "Starts with the next call", nil
	first := idle
	first.Health.Bars, first.Health.Median, first.Health.Checked = make([]views.HealthBar, moorage.HealthPieces), "", parts.Moment{}
	for n := range first.Health.Bars {
		first.Health.Bars[n] = views.HealthBar{Look: views.LookIdle, Title: fmt.Sprint(n)}
	}
	unhealthy := inState(moorage.HealthUnhealthy, "The server did not answer ping within 5 seconds.", &parts.Trouble{
		Message: "The server is unhealthy. The server did not answer ping within 5 seconds.", Next: "Look at its output. If it does not come back by itself, stop it, or deploy it again.", Links: links,
	}, map[int]views.HealthLook{40: views.LookMissed, 41: views.LookBad, 42: views.LookBad, 94: views.LookMissed, 95: views.LookBad})
	unhealthy.Health.Missed = "64 of 1412 checks missed one"
	failing := inState(moorage.HealthFailing, "The server ended with exit code 7.", &parts.Trouble{
		Message: "The server is failing: it has ended by itself at least 10 times within ten minutes. The server ended with exit code 7.",
		Next:    "Calls start it again in 3 minutes at the earliest. Look at its output, mend it, and deploy it again.", Links: links,
	}, nil)
	failing.Instances = nil
	guest := unhealthy
	guest.Head.CanManage, guest.Head.CanStop, guest.Head.Owner, guest.Health.Trouble = false, false, "grace", nil
	guest.Health.Words = "The server did not answer ping within 5 seconds. Began"
	wide := inState(moorage.HealthUnhealthy, long, &parts.Trouble{Message: long, Next: hostile}, nil)
	wide.Health.Summary = hostile
	wide.Health.Bars[95].Title = hostile
	return []screen{
		{"server/health-first", views.Server(first)},
		{"server/health-idle", views.Server(idle)},
		{"server/health-unhealthy", views.Server(unhealthy)},
		{"server/health-failing", views.Server(failing)},
		{"server/health-guest", views.Server(guest)},
		{"server/health-long", views.Server(wide)},
		{"fragment/stream-server", views.StreamServer(unhealthy)},
		{"fragment/stream-servers", views.StreamServers(views.ServerListView{Rows: []views.ServerRow{weather}})},
	}
}
