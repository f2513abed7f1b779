package handlers

import (
	"context"
	"errors"
	"sync"

	"github.com/labstack/echo/v4"

	"moorage"
)

// held are the requests that call a server and may last: who has sharing taken
// back from them is cut off in the middle of one.
type held struct {
	mu  sync.Mutex
	all map[*hold]struct{}
}

// hold is one of them.
type hold struct {
	slug string
	user moorage.UserID
	end  context.CancelCauseFunc
}

func newHeld() *held { return &held{all: map[*hold]struct{}{}} }

// while lets a request for the server of its path last until revoke. It is
// counted before its handler asks whether the person may call the server, so that
// what is taken back meanwhile is seen by the one or by the other.
func (h *held) while(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		ctx, end := context.WithCancelCause(r.Context())
		defer end(nil)
		defer c.SetRequest(r) // an error is answered after the end of ctx
		here := &hold{slug: c.Param("slug"), user: user(c).ID, end: end}
		h.mu.Lock()
		h.all[here] = struct{}{}
		h.mu.Unlock()
		defer func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			delete(h.all, here)
		}()
		c.SetRequest(r.WithContext(ctx))
		err := next(c)
		if errors.Is(context.Cause(ctx), errRevoked) && !c.Response().Committed {
			return errRevoked
		}
		return err
	}
}

// revoke ends the requests for a server of those who are gone.
func (h *held) revoke(slug string, gone func(moorage.UserID) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for one := range h.all {
		if one.slug == slug && gone(one.user) {
			one.end(errRevoked)
		}
	}
}

var errRevoked error = moorage.Errorf(moorage.Forbidden, "You may not call this server any more.").Try("Ask its owner.")
