package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/handlers/sse"
)

// Deployments serves deployments and their logs to programs.
type Deployments struct {
	DB       deploymentStore
	Load     func(c echo.Context) (moorage.Deployment, error) // of the path, if the caller may see it
	StillMay func(c echo.Context) bool                        // asked again while a stream lasts
	Text     echo.HandlerFunc                                 // the log as text
	Stopping <-chan struct{}
}

type deploymentStore interface {
	Watch(topics ...string) (<-chan struct{}, func())
	Deployment(ctx context.Context, id moorage.DeploymentID) (moorage.Deployment, error)
	LogLines(ctx context.Context, id moorage.DeploymentID, after int64, limit int) ([]moorage.LogLine, error)
}

// Deployment is one deployment as JSON. Times are RFC 3339, UTC; those that
// have not come are left out.
type Deployment struct {
	ID            moorage.DeploymentID     `json:"id"`
	ServerID      moorage.ServerID         `json:"server_id"`
	Status        moorage.DeploymentStatus `json:"status"`
	Repo          string                   `json:"repo"`
	Branch        string                   `json:"branch"`
	Subdir        string                   `json:"subdir,omitempty"`
	Commit        string                   `json:"commit"`
	CommitMessage string                   `json:"commit_message"`
	CommitAuthor  string                   `json:"commit_author,omitempty"`
	Trigger       moorage.Trigger          `json:"trigger"`
	Image         string                   `json:"image,omitempty"`
	ImageDigest   string                   `json:"image_digest,omitempty"`
	DeploymentURL string                   `json:"deployment_url"`
	Logs          string                   `json:"logs"` // where the log is: text, or a stream for "Accept: text/event-stream"
	Error         *Error                   `json:"error,omitempty"`
	CreatedAt     time.Time                `json:"created_at"`
	UpdatedAt     time.Time                `json:"updated_at"`
	StartedAt     time.Time                `json:"started_at,omitzero"`
	FinishedAt    time.Time                `json:"finished_at,omitzero"`
}

// Error is why a deployment failed.
type Error struct {
	Code    moorage.Code `json:"code"`
	Message string       `json:"message"`
	Next    string       `json:"next,omitempty"`
}

// Line is one line of a log, the data of one event of a stream.
type Line struct {
	Seq  int64     `json:"seq"`
	Step int       `json:"step"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Show handles "GET /api/deployments/:id".
func (h Deployments) Show(c echo.Context) error {
	d, err := h.Load(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, deploymentOf(d))
}

func deploymentOf(d moorage.Deployment) Deployment {
	v := Deployment{
		ID: d.ID, ServerID: d.ServerID, Status: d.Status, Repo: d.Source.RepoURL, Branch: d.Source.Ref, Subdir: d.Source.Subdir,
		Commit: d.Commit, CommitMessage: d.CommitMessage, CommitAuthor: d.CommitAuthor, Trigger: d.Trigger,
		Image: d.Image.Ref, ImageDigest: d.Image.Digest, DeploymentURL: d.DeploymentURL, Logs: "/api/deployments/" + string(d.ID) + "/log",
		CreatedAt: d.CreatedAt.UTC(), UpdatedAt: d.UpdatedAt.UTC(), StartedAt: utc(d.StartedAt), FinishedAt: utc(d.FinishedAt),
	}
	if d.Error != "" {
		v.Error = &Error{Code: d.ErrorCode, Message: d.Error, Next: d.ErrorNext}
	}
	return v
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// Log handles "GET /api/deployments/:id/log": the log as text, or as a stream
// for who accepts one.
func (h Deployments) Log(c echo.Context) error {
	if !strings.Contains(c.Request().Header.Get("Accept"), "text/event-stream") {
		return h.Text(c)
	}
	return h.stream(c)
}

// stream sends one event a line, its seq as the id, so that Last-Event-ID goes
// on where a connection broke. When the deployment is settled an event "end"
// closes it, its data the deployment.
func (h Deployments) stream(c echo.Context) error {
	d, err := h.Load(c)
	if err != nil {
		return err
	}
	after, _ := strconv.ParseInt(c.Request().Header.Get("Last-Event-ID"), 10, 64)
	wake, stop := h.DB.Watch(string(d.ID))
	defer stop()
	stream, err := sse.Start(c.Response())
	if err != nil {
		return nil // the reader is gone
	}
	beat := time.NewTicker(sse.Beat)
	defer beat.Stop()
	ctx := c.Request().Context()
	for {
		done, err := h.round(ctx, stream, d.ID, &after)
		if err != nil || done {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-h.Stopping:
			return nil
		case <-wake:
		case <-beat.C:
			if err := stream.Ping(); err != nil || !h.StillMay(c) {
				return nil
			}
		}
	}
}

// round sends what is new. The status is read before the lines: when it is
// settled, they are the last.
func (h Deployments) round(ctx context.Context, stream *sse.Stream, id moorage.DeploymentID, after *int64) (done bool, err error) {
	d, err := h.DB.Deployment(ctx, id)
	if err != nil {
		return false, err
	}
	for {
		lines, err := h.DB.LogLines(ctx, id, *after, 500)
		if err != nil {
			return false, err
		}
		if len(lines) == 0 {
			break
		}
		for _, l := range lines {
			*after = l.Seq
			if err := sendJSON(stream, strconv.FormatInt(l.Seq, 10), "line", Line{l.Seq, l.Step, l.At.UTC(), l.Text}); err != nil {
				return false, err
			}
		}
	}
	if !d.Status.Settled() {
		return false, nil
	}
	return true, sendJSON(stream, "", "end", deploymentOf(d))
}

func sendJSON(stream *sse.Stream, id, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return stream.Send(id, name, string(data))
}
