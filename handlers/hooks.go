package handlers

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"

	"github.com/labstack/echo/v4"

	"moorage"
)

const hookPath = "/webhooks/github"

// hooks receives what GitHub sends. Who sent it is known by its signature
// alone; until that is checked, nothing of the body is read but its bytes.
type hooks struct {
	app      hookSecret
	reader   hookReader
	pipeline pusher
	limits   *hookLimits
}

// hookSecret knows the secret of the GitHub App's webhook; nil for none.
type hookSecret interface {
	HookSecret(ctx context.Context) ([]byte, error)
}

// hookReader knows how GitHub signs and words what it sends.
type hookReader interface {
	Verify(secret, body []byte, signature string) error
	ParsePush(body []byte) (moorage.Push, error)
}

// pusher knows the secrets of the servers' own webhooks, nil for none, and
// decides what a push means.
type pusher interface {
	HookSecret(ctx context.Context, id moorage.ServerID) ([]byte, error)
	Pushed(ctx context.Context, v moorage.Delivery, p moorage.Push) ([]moorage.Decision, error)
}

// hookAnswer is what GitHub shows beside a delivery, for whoever looks for the
// reason there.
type hookAnswer struct {
	Message string         `json:"message"`
	Servers []hookDecision `json:"servers,omitempty"`
}

type hookDecision struct {
	Server     string               `json:"server"`
	Deployment moorage.DeploymentID `json:"deployment,omitempty"`
	Reason     string               `json:"reason"`
}

// App handles "POST /webhooks/github": the webhook of the GitHub App.
func (h hooks) App(c echo.Context) error {
	secret, err := h.app.HookSecret(c.Request().Context())
	if err != nil {
		return err
	}
	return h.receive(c, "", secret)
}

// Server handles "POST /webhooks/github/:server": a webhook that somebody set
// up by hand in a repository.
func (h hooks) Server(c echo.Context) error {
	id := moorage.ServerID(c.Param("server"))
	secret, err := h.pipeline.HookSecret(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return h.receive(c, id, secret)
}

func errNoHook() error {
	return moorage.Errorf(moorage.NotFound, "There is no webhook at this address.").
		Try("Copy the payload URL from Settings → Auto-deploy of the server.")
}

// receive checks the signature of a request and does what its event asks for.
// There is only database work in it, so that GitHub never waits.
func (h hooks) receive(c echo.Context, hook moorage.ServerID, secret []byte) error {
	if secret == nil {
		return errNoHook()
	}
	r := c.Request()
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return echo.NewHTTPError(http.StatusUnsupportedMediaType).SetInternal(
			moorage.Errorf(moorage.Invalid, "A webhook has to send application/json.").
				Try("Choose the content type application/json in the settings of the webhook on GitHub."))
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("read a webhook: %w", err)
	}
	if err := h.reader.Verify(secret, body, r.Header.Get("X-Hub-Signature-256")); err != nil {
		return err
	}
	switch event := r.Header.Get("X-GitHub-Event"); event {
	case "ping":
		return c.JSON(http.StatusOK, hookAnswer{Message: "Moorage hears this webhook."})
	case "push":
		return h.push(c, hook, body)
	default:
		return c.JSON(http.StatusAccepted, hookAnswer{Message: fmt.Sprintf("The event %q means nothing to Moorage: let the webhook send pushes only.", clip(event, 50))})
	}
}

var deliveryPattern = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)

func (h hooks) push(c echo.Context, hook moorage.ServerID, body []byte) error {
	v := moorage.Delivery{ID: c.Request().Header.Get("X-GitHub-Delivery"), Hook: hook}
	if !deliveryPattern.MatchString(v.ID) {
		return moorage.Errorf(moorage.Invalid, "The header X-GitHub-Delivery is missing.").Try("Send what GitHub sends.")
	}
	p, err := h.reader.ParsePush(body)
	if err != nil {
		return err
	}
	if err := h.limits.allow(p.RepositoryID); err != nil {
		c.Response().Header().Set("Retry-After", "60")
		return err
	}
	by := moorage.Actor{Means: moorage.MeansWebhook, Login: p.By, IP: c.RealIP(), RequestID: requestID(c)}
	decided, err := h.pipeline.Pushed(moorage.WithActor(c.Request().Context(), by), v, p)
	if moorage.ErrorCode(err) == moorage.Conflict {
		return c.JSON(http.StatusAccepted, hookAnswer{Message: moorage.ErrorMessage(err)})
	}
	if err != nil {
		return err
	}
	answer := hookAnswer{Message: "No server here follows this repository."}
	for _, d := range decided {
		answer.Message = "Taken."
		answer.Servers = append(answer.Servers, hookDecision{d.ServerSlug, d.Deployment, d.Reason})
	}
	return c.JSON(http.StatusAccepted, answer)
}
