package handlers

import (
	"bytes"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"moorage/handlers/sse"
)

// watcher rings when something has changed.
type watcher interface {
	Watch(topics ...string) (bell <-chan struct{}, stop func())
}

// streamOf sends a part of a page now and again whenever a topic's bell rings
// and it looks different, until the person may not see it any more. part makes
// it from the store.
func (g guard) streamOf(c echo.Context, db watcher, stopping <-chan struct{}, part func() (templ.Component, error), topics ...string) error {
	ctx := c.Request().Context()
	wake, stop := db.Watch(topics...)
	defer stop()
	stream, err := sse.Start(c.Response())
	if err != nil {
		return nil
	}
	beat := time.NewTicker(sse.Beat)
	defer beat.Stop()
	for last := ""; ; {
		now, err := part()
		if err != nil {
			return nil
		}
		var b bytes.Buffer
		if err := now.Render(ctx, &b); err != nil {
			return nil
		}
		if b.String() != last {
			if last = b.String(); stream.Send("", "", last) != nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-stopping:
			return nil
		case <-wake:
		case <-beat.C:
			if err := stream.Ping(); err != nil || !g.stillMay(c) {
				return nil
			}
		}
	}
}
