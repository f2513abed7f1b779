package github

import (
	"context"
	"net/http"
	"time"
)

// Ping asks GitHub whether it is there, as nobody, and returns the time of its
// clock, zero when it does not say.
func (c *Client) Ping(ctx context.Context) (time.Time, error) {
	client, err := c.as("")
	if err != nil {
		return time.Time{}, err
	}
	_, answer, err := client.Meta.Get(ctx)
	if err != nil {
		return time.Time{}, c.explain("ask GitHub about itself", err)
	}
	clock, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return time.Time{}, nil
	}
	return clock, nil
}
