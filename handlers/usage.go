package handlers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/usage"
	"moorage/views"
	"moorage/views/parts"
)

// usagePage serves how a server was used.
type usagePage struct {
	servers
	kept     usageStore
	recorder recorder
}

// recorder keeps what is asked and answered, for who owns a server.
type recorder interface {
	Record(server moorage.ServerID, by string)
	StopRecording(server moorage.ServerID)
	Recording(server moorage.ServerID) (usage.Recording, bool)
	Kept(server moorage.ServerID) map[int64]moorage.Kept
}

// usageStore knows how servers were used.
type usageStore interface {
	Tallies(ctx context.Context, server moorage.ServerID, since time.Time) ([]moorage.Tally, error)
	Loads(ctx context.Context, server moorage.ServerID, since time.Time) ([]moorage.Load, error)
	Calls(ctx context.Context, server moorage.ServerID, by moorage.UserID) ([]moorage.Call, error)
	AuditRecording(ctx context.Context, server moorage.ServerID, on bool) error
}

// Steps of the charts.
const (
	chartStep = 5 * time.Minute
	minStep   = time.Minute
	maxStep   = time.Hour
)

// Show handles "GET /servers/:slug/usage". A fragment are the parts that change.
func (h usagePage) Show(c echo.Context) error {
	s, err := h.loadToCall(c)
	if err != nil {
		return err
	}
	head, err := h.head(c, s, views.TabUsage)
	if err != nil {
		return err
	}
	page := views.UsagePage{Shell: serverShell(c, s, views.TabUsage), Head: head}
	if page.Region, err = h.region(c, s); err != nil {
		return err
	}
	if page.Region.Whole {
		page.DataURL = serverPath(s.Slug) + "/usage.json"
	}
	return render(c, http.StatusOK, views.Usage(page), views.UsageRegions(page.Region))
}

// region is what the page shows of the last 24 hours.
func (h usagePage) region(c echo.Context, s moorage.Server) (v views.UsageView, err error) {
	ctx, now := c.Request().Context(), h.now()
	v = views.UsageView{URL: serverPath(s.Slug) + "/usage", Whole: h.mayManage(c, s)}
	if r, on := h.recorder.Recording(s.ID); on {
		v.Recording = views.RecordingView{By: r.By, Until: parts.MomentOf(r.Until, now)}
	}
	by, kept := user(c).ID, map[int64]moorage.Kept(nil)
	if v.Whole {
		v.Recording.URL, kept = serverPath(s.Slug)+"/usage/record", h.recorder.Kept(s.ID)
		by = ""
		tallies, loads, err := h.read(ctx, s.ID, now.Add(-moorage.UsageAge))
		if err != nil {
			return v, err
		}
		sum := usage.Summarise(tallies, loads, now)
		v.Numbers, v.Rows = usageNumbers(sum), usageRows(sum)
		v.Hours = usageHours(usage.SeriesOf(tallies, loads, now.Add(-moorage.UsageAge), now, maxStep), now)
	}
	calls, err := h.kept.Calls(ctx, s.ID, by)
	if err != nil {
		return v, err
	}
	logins := map[moorage.UserID]string{}
	for _, call := range calls {
		if _, known := logins[call.User]; !known {
			person, err := h.db.User(ctx, call.User)
			if err != nil && moorage.ErrorCode(err) != moorage.NotFound {
				return v, err
			}
			logins[call.User] = person.Login
		}
		row := usageCall(call, logins[call.User], now)
		if values, ok := kept[call.N]; ok {
			row.Kept, row.Arguments, row.Result = true, values.Arguments, values.Result
		}
		v.Calls = append(v.Calls, row)
	}
	return v, nil
}

func (h usagePage) read(ctx context.Context, id moorage.ServerID, since time.Time) ([]moorage.Tally, []moorage.Load, error) {
	tallies, err := h.kept.Tallies(ctx, id, since)
	if err != nil {
		return nil, nil, err
	}
	loads, err := h.kept.Loads(ctx, id, since)
	return tallies, loads, err
}

// Series handles "GET /servers/:slug/usage.json?since=&step=": the lines of the
// charts. since is unix seconds, at most a day ago; step is seconds, from a minute
// to an hour.
func (h usagePage) Series(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	now := h.now()
	since, step := now.Add(-moorage.UsageAge), chartStep
	if n, err := strconv.ParseInt(c.QueryParam("since"), 10, 64); err == nil && n > since.Unix() {
		since = time.Unix(min(n, now.Unix()), 0)
	}
	if n, err := strconv.ParseInt(c.QueryParam("step"), 10, 32); err == nil {
		step = min(max(time.Duration(n)*time.Second, minStep), maxStep)
	}
	tallies, loads, err := h.read(c.Request().Context(), s.ID, since.Truncate(step))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, usage.SeriesOf(tallies, loads, since, now, step))
}

// Record handles "POST /servers/:slug/usage/record": keep what is asked and
// answered for ten minutes, or with on other than "yes" no more.
func (h usagePage) Record(c echo.Context) error {
	s, form, err := h.formToManage(c)
	if err != nil {
		return err
	}
	on := form.Get("on") == "yes"
	if err := h.kept.AuditRecording(c.Request().Context(), s.ID, on); err != nil {
		return err
	}
	if !on {
		h.recorder.StopRecording(s.ID)
		return done(c, serverPath(s.Slug)+"/usage", "Nothing more is recorded.")
	}
	h.recorder.Record(s.ID, user(c).Login)
	return done(c, serverPath(s.Slug)+"/usage", "Calls are recorded for ten minutes.")
}
