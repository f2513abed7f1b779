package handlers

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// Stream handles "GET /servers/:slug/stream": what of the overview changes by
// itself, again whenever it changed.
func (h servers) Stream(c echo.Context) error {
	s, err := h.loadToCall(c)
	if err != nil {
		return err
	}
	return h.streamOf(c, h.db, h.stopping, func() (templ.Component, error) {
		s, err := h.loadToCall(c)
		if err != nil {
			return nil, err
		}
		page, err := h.live(c, s)
		return views.StreamServer(page), err
	}, string(s.ID), "servers")
}

// live is what of the overview changes by itself.
func (h servers) live(c echo.Context, s moorage.Server) (page views.ServerPage, err error) {
	ctx := c.Request().Context()
	if page.Head, err = h.head(c, s, views.TabOverview); err != nil {
		return page, err
	}
	if page.Health, err = h.health(ctx, s, page.Head.CanManage); err != nil || !page.Head.CanManage {
		return page, err
	}
	instances, err := h.db.Instances(ctx, s.ID)
	for _, i := range instances {
		page.Instances = append(page.Instances, views.InstanceRow{ID: i.ID, Status: i.Status, Started: parts.MomentOf(i.StartedAt, h.now()), Used: parts.MomentOf(i.LastUsedAt, h.now())})
	}
	return page, err
}

// health is how a server is, and was in the last 24 hours. What to do about it is
// for who manages it.
func (h servers) health(ctx context.Context, s moorage.Server, manages bool) (v views.HealthView, err error) {
	is, err := h.db.Health(ctx, s.ID)
	if err != nil || is.State == "" {
		return v, err
	}
	checks, err := h.db.HealthChecks(ctx, s.ID)
	if err != nil {
		return v, err
	}
	now := h.now()
	v = views.HealthView{State: is.State, Words: healthWords(is), Checked: parts.MomentOf(is.CheckedAt, now)}
	if is.State.Bad() {
		v.Since = parts.MomentOf(is.Since, now)
		if !manages { // or else the trouble says why
			v.Words = is.Why + " " + v.Words
		}
	}
	if m := moorage.MedianAnswer(checks); m > 0 {
		v.Median = answerTime(m)
	}
	missed := 0
	for _, c := range checks {
		if c.Error != "" {
			missed++
		}
	}
	if missed > 0 {
		v.Missed = fmt.Sprintf("%d of %d checks missed one", missed, len(checks))
	}
	history := moorage.HealthHistory(checks, now)
	for _, b := range history {
		v.Bars = append(v.Bars, healthBar(b))
	}
	v.Summary = healthSummary(history, v.Median)
	if manages {
		v.Trouble = healthTrouble(s, is, now)
	}
	return v, nil
}

// healthWords say what is behind a state.
func healthWords(is moorage.Health) string {
	switch is.State {
	case moorage.HealthIdle:
		return "Nobody uses it now, which is fine: it starts with the next call."
	case moorage.HealthHealthy:
		if is.Failures > 0 {
			return cmp.Or(is.Why, "It did not answer once.") + " Another time makes it unhealthy."
		}
		return fmt.Sprintf("It answers, last time in %s.", answerTime(is.Took))
	}
	return "Began"
}

// healthTrouble says what to do about a server that runs badly.
func healthTrouble(s moorage.Server, is moorage.Health, now time.Time) *parts.Trouble {
	output := parts.Link{Label: "Look at its output", URL: serverPath(s.Slug) + "/tools"}
	switch is.State {
	case moorage.HealthUnhealthy:
		return &parts.Trouble{
			Message: "The server is unhealthy. " + is.Why, Links: []parts.Link{output},
			Next: "Look at its output. If it does not come back by itself, stop it, or deploy it again.",
		}
	case moorage.HealthFailing:
		return &parts.Trouble{
			Message: fmt.Sprintf("The server is failing: it has ended by itself at least %d times within ten minutes. %s", moorage.FailingEnds, is.Why), Links: []parts.Link{output},
			Next: fmt.Sprintf("Calls start it again %s at the earliest. Look at its output, mend it, and deploy it again.", againWords(is.Until, now)),
		}
	}
	return nil
}

// againWords say when a failing server may be started again.
func againWords(at, now time.Time) string {
	if !at.After(now) {
		return "now"
	}
	return parts.MomentOf(at, now).Relative
}

// healthAttention asks who manages a server that runs badly to look at it.
func healthAttention(s moorage.ServerSummary, now time.Time) views.Attention {
	a := views.Attention{
		What: serverTitle(s.Server) + " is " + string(s.Health.State) + ".", Why: s.Health.Why,
		URL: serverPath(s.Slug), Do: "Look at the server", When: parts.MomentOf(s.Health.Since, now),
	}
	if s.Health.State == moorage.HealthFailing {
		a.Why += " It ends again and again, and is started " + againWords(s.Health.Until, now) + " at the earliest."
	}
	return a
}

// slowest is an answer beyond which a bar grows no more.
const slowest = 5 * time.Second

// healthBar is one quarter of an hour as the chart shows it.
func healthBar(b moorage.HealthBucket) views.HealthBar {
	bar := views.HealthBar{Look: views.LookIdle, Title: b.From.Format("15:04") + " UTC: nothing ran that was asked"}
	if b.Checks == 0 {
		return bar
	}
	bar.Look, bar.Title = views.LookGood, fmt.Sprintf("%s UTC: %s", b.From.Format("15:04"), plural(b.Checks, "check", "checks"))
	if b.Median > 0 {
		bar.Slow = int(100 * math.Log(float64(b.Median.Milliseconds())) / math.Log(float64(slowest.Milliseconds())))
		bar.Title += ", median answer " + answerTime(b.Median)
	}
	if b.Failed > 0 {
		bar.Look = views.LookMissed
		bar.Title += fmt.Sprintf(", %d without an answer", b.Failed)
	}
	if b.Unhealthy {
		bar.Look = views.LookBad
		bar.Title += ": unhealthy"
	}
	return bar
}

// healthSummary says what the chart shows.
func healthSummary(history []moorage.HealthBucket, median string) string {
	var answered, missed, unhealthy int
	for _, b := range history {
		switch {
		case b.Unhealthy:
			unhealthy++
		case b.Failed > 0:
			missed++
		case b.Checks > 0:
			answered++
		}
	}
	words := fmt.Sprintf("The last 24 hours in %d quarters of an hour: in %d it answered, in %d it missed an answer, in %d it was unhealthy, in %d it was idle.",
		len(history), answered, missed, unhealthy, len(history)-answered-missed-unhealthy)
	if median != "" {
		words += " The median answer took " + median + "."
	}
	return words
}

// answerTime is how long an answer took, in words.
func answerTime(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return parts.Duration(d)
}
