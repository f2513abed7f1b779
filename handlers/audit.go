package handlers

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// auditLog shows admins what was done with privilege.
type auditLog struct {
	db  auditReader
	now clock
}

type auditReader interface {
	AuditEntries(ctx context.Context, f moorage.AuditFilter) ([]moorage.AuditEntry, error)
	CountAuditEntries(ctx context.Context, f moorage.AuditFilter) (int, error)
	AuditLogins(ctx context.Context) ([]string, error)
	AuditChain(ctx context.Context) (moorage.AuditChain, error)
}

// Show handles "GET /admin/audit".
func (h auditLog) Show(c echo.Context) error {
	ctx := c.Request().Context()
	filter, faults := auditFilter(c)
	logins, err := h.db.AuditLogins(ctx)
	if err != nil {
		return err
	}
	total, err := h.db.CountAuditEntries(ctx, filter)
	if err != nil {
		return err
	}
	page := pageNumber(c)
	filter.Limit, filter.Offset = pageSize, (page-1)*pageSize
	entries, err := h.db.AuditEntries(ctx, filter)
	if err != nil {
		return err
	}
	v := views.AuditPage{
		Shell:   shell(c, views.SectionAdmin, "Audit log", views.Crumb{Label: "Admin"}),
		Persons: personOptions(logins, filter.Login), Acts: actOptions(filter.Act), Target: filter.Target,
		From: clip(c.QueryParam("from"), 10), Until: clip(c.QueryParam("until"), 10), Faults: faults,
		DownloadURL: "/admin/audit.jsonl?" + auditQuery(c).Encode(), ChainURL: "/admin/audit/chain",
		List: views.AuditListView{Empty: "Nothing that was done fits.", Pager: pager(c, page, total)},
	}
	for _, e := range entries {
		v.List.Rows = append(v.List.Rows, h.row(e))
	}
	status := http.StatusOK
	if len(faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return render(c, status, views.Audit(v), nil)
}

// Chain handles "GET /admin/audit/chain": walks the whole log, which may take
// a second where there is a lot of it, so the page asks for it when it stands.
func (h auditLog) Chain(c echo.Context) error {
	chain, err := h.db.AuditChain(c.Request().Context())
	if err != nil {
		return err
	}
	v := views.AuditChainView{Whole: chain.Whole()}
	switch {
	case !v.Whole:
		v.Says = fmt.Sprintf("The chain is broken at row %d. %s", chain.BrokenAt, chain.Why)
		v.Detail = "Somebody wrote to the database past Moorage, or the disk is damaged. Compare with a backup."
	case chain.Entries == 1:
		v.Says = "The chain is whole: 1 row."
	default:
		v.Says = fmt.Sprintf("The chain is whole: %d rows.", chain.Entries)
	}
	return render(c, http.StatusOK, views.AuditChain(v), views.AuditChain(v))
}

// auditLine is a row of the download.
type auditLine struct {
	N            int64             `json:"n"`
	At           time.Time         `json:"at"`
	Means        moorage.Means     `json:"means"`
	ActorID      moorage.UserID    `json:"actor_id,omitempty"`
	ActorLogin   string            `json:"actor_login,omitempty"`
	IP           string            `json:"ip,omitempty"`
	Request      string            `json:"request,omitempty"`
	Act          moorage.Act       `json:"act"`
	TargetKind   string            `json:"target_kind,omitempty"`
	TargetID     string            `json:"target_id,omitempty"`
	TargetName   string            `json:"target_name,omitempty"`
	Details      map[string]string `json:"details,omitempty"`
	PreviousHash string            `json:"previous_hash"`
	Hash         string            `json:"hash"`
}

// auditBatch is how many rows are read at a time: a slow reader holds no query open.
const auditBatch = 1000

// Download handles "GET /admin/audit.jsonl": what the filter chooses, newest
// first, a line each.
func (h auditLog) Download(c echo.Context) error {
	filter, faults := auditFilter(c)
	if len(faults) > 0 {
		return moorage.Errorf(moorage.Invalid, "There is no such day.").Try("Choose from the calendar of the audit log.")
	}
	filter.Limit = auditBatch
	res := c.Response()
	for first := true; ; first = false {
		entries, err := h.db.AuditEntries(c.Request().Context(), filter)
		if err != nil {
			return err
		}
		if first {
			res.Header().Set("Content-Type", "application/jsonl; charset=utf-8")
			res.Header().Set("Content-Disposition", `attachment; filename="moorage-audit.jsonl"`)
			res.WriteHeader(http.StatusOK)
		}
		lines := json.NewEncoder(res)
		for _, e := range entries {
			if err := lines.Encode(auditLineOf(e)); err != nil {
				return nil // the reader has gone
			}
			filter.Before = e.N
		}
		if len(entries) < auditBatch {
			return nil
		}
	}
}

func auditLineOf(e moorage.AuditEntry) auditLine {
	return auditLine{
		N: e.N, At: e.At, Means: e.Actor.Means, ActorID: e.Actor.UserID, ActorLogin: e.Actor.Login, IP: e.Actor.IP, Request: e.Actor.RequestID,
		Act: e.Act, TargetKind: e.Target.Kind, TargetID: e.Target.ID, TargetName: e.Target.Name, Details: e.Details,
		PreviousHash: hex.EncodeToString(e.PreviousHash), Hash: hex.EncodeToString(e.Hash),
	}
}

// auditFilter reads the filter of a request. Days are UTC, and the last one is
// meant whole.
func auditFilter(c echo.Context) (moorage.AuditFilter, parts.Faults) {
	f := moorage.AuditFilter{
		Login: clip(c.QueryParam("person"), 100), Act: moorage.Act(clip(c.QueryParam("act"), 50)), Target: clip(strings.TrimSpace(c.QueryParam("target")), 100),
	}
	faults := parts.Faults{}
	f.From = auditDay(c, "from", faults)
	if f.Until = auditDay(c, "until", faults); !f.Until.IsZero() {
		f.Until = f.Until.AddDate(0, 0, 1)
	}
	return f, faults
}

func auditDay(c echo.Context, name string, faults parts.Faults) time.Time {
	text := c.QueryParam(name)
	if text == "" {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		faults[name] = "Give a day as 2026-11-20."
	}
	return day
}

// auditQuery is the filter of a request as a query, without the page.
func auditQuery(c echo.Context) url.Values {
	q := url.Values{}
	for _, name := range []string{"person", "act", "target", "from", "until"} {
		if v := c.QueryParam(name); v != "" {
			q.Set(name, v)
		}
	}
	return q
}
