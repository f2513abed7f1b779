package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/pins"
	"moorage/views"
)

// changeRows is how many changes one page shows: each with its whole diff.
const changeRows = 20

// changes serves what a server offers otherwise than before, and lets its
// owner approve it.
type changes struct{ servers }

// changeReader knows what has changed and what is held.
type changeReader interface {
	Changes(ctx context.Context, id moorage.ServerID, before int64, limit int) ([]moorage.Change, error)
	OpenChanges(ctx context.Context, id moorage.ServerID) (int, error)
	HeldOffers(ctx context.Context, id moorage.ServerID) ([]moorage.HeldOffer, error)
	Held(ctx context.Context, id moorage.ServerID) (moorage.Holding, error)
}

// approver lets be offered what is held.
type approver interface {
	Approve(ctx context.Context, id moorage.ServerID, key moorage.OfferKey, hash string) error
	ApproveAll(ctx context.Context, id moorage.ServerID, until int64) error
	SetHoldChanges(ctx context.Context, id moorage.ServerID, hold bool) error
}

func changesPath(slug string) string { return serverPath(slug) + "/changes" }

// Show handles "GET /servers/:slug/changes".
func (h changes) Show(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	ctx, before := c.Request().Context(), number(c.QueryParam("before"))
	head, err := h.head(c, s, views.TabTools)
	if err != nil {
		return err
	}
	page := views.ChangesPage{Head: head, URL: changesPath(s.Slug), Holds: s.HoldChanges}
	page.Shell = shell(c, views.SectionServers, "Changes", views.Crumb{Label: "Servers", URL: "/servers"},
		views.Crumb{Label: serverTitle(s), URL: serverPath(s.Slug)}, views.Crumb{Label: "Tools", URL: serverPath(s.Slug) + "/tools"})
	page.Shell.Title = "Changes: " + serverTitle(s)
	if page.Until, err = h.newest(ctx, s.ID); err != nil {
		return err
	}
	page.Notice = views.ChangesNoticeView{URL: page.URL, StreamURL: fmt.Sprintf("%s/stream?until=%d", page.URL, page.Until)}
	if page.Open, err = h.db.OpenChanges(ctx, s.ID); err != nil {
		return err
	}
	held, err := h.db.HeldOffers(ctx, s.ID)
	if err != nil {
		return err
	}
	for _, o := range held {
		page.Held = append(page.Held, heldRow(o))
	}
	if err := h.fillChanges(ctx, &page, s.ID, before); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Changes(page), nil)
}

// fillChanges fills in one page of changes, those before a number.
func (h changes) fillChanges(ctx context.Context, page *views.ChangesPage, id moorage.ServerID, before int64) error {
	list, err := h.db.Changes(ctx, id, before, changeRows+1)
	if err != nil {
		return err
	}
	if len(list) > changeRows {
		list = list[:changeRows]
		page.OlderURL = fmt.Sprintf("%s?before=%d", page.URL, list[changeRows-1].N)
	}
	if before > 0 {
		page.NewerURL = page.URL
	}
	for _, change := range list {
		page.Changes = append(page.Changes, changeRow(change, h.now()))
	}
	return nil
}

// newest is the number of the newest change of a server, 0 for none.
func (h servers) newest(ctx context.Context, id moorage.ServerID) (int64, error) {
	list, err := h.db.Changes(ctx, id, 0, 1)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[0].N, nil
}

// notice says what is different of a server: what nobody has looked at, or
// whether there is more than the person looks at, up to number until. A negative
// until means that they look at none.
func (h servers) notice(ctx context.Context, s moorage.Server, until int64) (v views.ChangesNoticeView, err error) {
	v.URL = changesPath(s.Slug)
	if until >= 0 {
		newest, err := h.newest(ctx, s.ID)
		v.Newer = newest > until
		return v, err
	}
	held, err := h.db.Held(ctx, s.ID)
	if err != nil {
		return v, err
	}
	v.Held = len(held.HeldSet)
	v.Open, err = h.db.OpenChanges(ctx, s.ID)
	return v, err
}

// heldNames are what is held of a server, for the script of the runner page.
func (h servers) heldNames(ctx context.Context, id moorage.ServerID) (string, error) {
	held, err := h.db.HeldOffers(ctx, id)
	if err != nil {
		return "", err
	}
	names := [][2]string{}
	for _, o := range held {
		names = append(names, [2]string{string(o.Kind), o.Name})
	}
	text, err := json.Marshal(names)
	return string(text), err
}

// Stream handles "GET /servers/:slug/changes/stream": the notice, again
// whenever it changed. until is the newest change that the page shows.
func (h changes) Stream(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	until := int64(-1)
	if c.QueryParams().Has("until") {
		until = number(c.QueryParam("until"))
	}
	return h.streamOf(c, h.db, h.stopping, func() (templ.Component, error) {
		now, err := h.loadToManage(c) // the person may have lost it
		if err != nil {
			return nil, err
		}
		v, err := h.notice(c.Request().Context(), now, until)
		return views.StreamChangesNotice(v), err
	}, string(s.ID))
}

// Approve handles "POST /servers/:slug/changes/approve".
func (h changes) Approve(c echo.Context) error {
	s, form, err := h.formToManage(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if form.Has("until") {
		if err := h.db.ApproveAll(ctx, s.ID, number(form.Get("until"))); err != nil {
			return err
		}
		return done(c, changesPath(s.Slug), "Everything on this page is approved or marked as seen.")
	}
	key := moorage.OfferKey{Kind: moorage.OfferKind(form.Get("kind")), Name: form.Get("name")}
	if err := h.db.Approve(ctx, s.ID, key, form.Get("hash")); err != nil {
		return err
	}
	return done(c, changesPath(s.Slug), fmt.Sprintf("The %s is offered as it is now.", pins.Noun(key.Kind)))
}

// Hold handles "POST /servers/:slug/changes/hold".
func (h changes) Hold(c echo.Context) error {
	s, form, err := h.formToManage(c)
	if err != nil {
		return err
	}
	hold := form.Get("hold") == "on"
	if err := h.db.SetHoldChanges(c.Request().Context(), s.ID, hold); err != nil {
		return err
	}
	return done(c, changesPath(s.Slug), map[bool]string{
		true:  "What is new or different waits for you from now on.",
		false: "Changes are not held any more. What was held is offered.",
	}[hold])
}

// number reads a number of a change; what is none is 0.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
