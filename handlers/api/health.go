package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
)

// ServiceHealth is how a live server is, and was in the last 24 hours.
type ServiceHealth struct {
	Slug          string              `json:"slug"`
	Status        moorage.HealthState `json:"status"`
	Since         time.Time           `json:"since,omitzero"`           // when it became so; not of idle
	CheckedAt     time.Time           `json:"checked_at,omitzero"`      // when an instance was asked last
	ResponseMS    int64               `json:"response_ms,omitempty"`    // that the answer took; left out when there was none
	Error         string              `json:"error,omitempty"`          // why there was none, or why it is failing
	StartsAgainAt time.Time           `json:"starts_again_at,omitzero"` // of failing: the earliest time
	History       []HealthBucket      `json:"history"`                  // oldest first
}

// HealthBucket is what the checks of one quarter of an hour have found.
type HealthBucket struct {
	From     time.Time           `json:"from"`
	Status   moorage.HealthState `json:"status"` // idle: there was no check
	Checks   int                 `json:"checks"`
	Failed   int                 `json:"failed"`
	MedianMS int64               `json:"median_ms,omitempty"` // of the answers
}

// Health handles "GET /api/services/:slug/health".
func (h Services) Health(c echo.Context) error {
	s, err := h.load(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	is, err := h.Live.Health(ctx, s.ID)
	if err != nil {
		return err
	}
	checks, err := h.Live.HealthChecks(ctx, s.ID)
	if err != nil {
		return err
	}
	v := ServiceHealth{Slug: s.Slug, Status: is.State, CheckedAt: is.CheckedAt, ResponseMS: is.Took.Milliseconds(), Error: is.Why, StartsAgainAt: is.Until, History: []HealthBucket{}}
	if is.State != moorage.HealthIdle {
		v.Since = is.Since
	}
	for _, b := range moorage.HealthHistory(checks, h.Now()) {
		v.History = append(v.History, HealthBucket{From: b.From, Status: bucketStatus(b), Checks: b.Checks, Failed: b.Failed, MedianMS: b.Median.Milliseconds()})
	}
	return c.JSON(http.StatusOK, v)
}

func bucketStatus(b moorage.HealthBucket) moorage.HealthState {
	switch {
	case b.Unhealthy:
		return moorage.HealthUnhealthy
	case b.Checks > 0:
		return moorage.HealthHealthy
	}
	return moorage.HealthIdle
}
