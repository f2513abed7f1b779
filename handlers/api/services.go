package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
)

// Services serves what is live to programs that want to call it.
type Services struct {
	Servers
	LoadOwn func(c echo.Context) (moorage.Server, error) // of the path, if the caller may manage it
	Live    serviceStore
	Used    usageStore
	Runner  runner
	Now     func() time.Time
}

type serviceStore interface {
	Deployment(ctx context.Context, id moorage.DeploymentID) (moorage.Deployment, error)
	Instances(ctx context.Context, id moorage.ServerID) ([]moorage.Instance, error)
	Health(ctx context.Context, id moorage.ServerID) (moorage.Health, error)
	HealthChecks(ctx context.Context, id moorage.ServerID) ([]moorage.HealthCheck, error)
}

// ServiceStatus says whether an instance of a live server runs. An idle one
// starts with the next call.
type ServiceStatus string

const (
	ServiceLive ServiceStatus = "live"
	ServiceIdle ServiceStatus = "idle"
)

// Service is a live server, as who calls it sees it.
type Service struct {
	Slug         string               `json:"slug"`
	Title        string               `json:"title"`
	Endpoint     string               `json:"endpoint"`
	Status       ServiceStatus        `json:"status"`
	Transport    moorage.Transport    `json:"transport"`
	Tools        int                  `json:"tools"` // how many it has
	Instances    int                  `json:"instances"`
	DeploymentID moorage.DeploymentID `json:"deployment_id"`
}

// ServiceDetail is a service with those of its tools that the caller may call,
// as the server described them. Those that are held are left out.
type ServiceDetail struct {
	Service
	Tools []json.RawMessage `json:"tools"`
}

// ServiceList is one page of services: the caller's own, then the others, by slug.
type ServiceList struct {
	Services   []Service `json:"services"`
	NextCursor string    `json:"next_cursor,omitempty"`
}

// List handles "GET /api/services".
func (h Services) List(c echo.Context) error {
	rows, next, err := h.page(c, true)
	if err != nil {
		return err
	}
	list := ServiceList{Services: []Service{}, NextCursor: next}
	for _, s := range rows {
		list.Services = append(list.Services, h.service(s))
	}
	return c.JSON(http.StatusOK, list)
}

// Show handles "GET /api/services/:slug".
func (h Services) Show(c echo.Context) error {
	s, err := h.load(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	d, err := h.Live.Deployment(ctx, s.LiveDeploymentID)
	if err != nil {
		return err
	}
	running, err := h.Live.Instances(ctx, s.ID)
	if err != nil {
		return err
	}
	tools, err := h.DB.Tools(ctx, s.ID)
	if err != nil {
		return err
	}
	v := ServiceDetail{Service: h.service(moorage.ServerSummary{Server: s, Transport: d.Config.Run.Transport, Instances: len(running)}), Tools: []json.RawMessage{}}
	for _, t := range offered(tools) {
		if h.Who(c).Scope.Allows(s.Slug, t.Name) {
			v.Tools = append(v.Tools, t.Object)
		}
	}
	return c.JSON(http.StatusOK, v)
}

// offered are the tools that are not held.
func offered(tools []moorage.Offer) []moorage.Offer {
	return slices.DeleteFunc(tools, func(t moorage.Offer) bool { return t.Held })
}

// load finds the server of the path, if it is live.
func (h Services) load(c echo.Context) (moorage.Server, error) {
	s, err := h.LoadServer(c)
	if err == nil && s.LiveDeploymentID == "" {
		err = moorage.Errorf(moorage.Conflict, "Nothing of %s is live.", s.Slug).Try("Deploy it first.")
	}
	return s, err
}

func (h Services) service(s moorage.ServerSummary) Service {
	v := Service{
		Slug: s.Slug, Title: s.Title, Endpoint: h.Endpoint(s.Slug), Status: ServiceIdle, Transport: s.Transport,
		Tools: s.Tools, Instances: s.Instances, DeploymentID: s.LiveDeploymentID,
	}
	if s.Instances > 0 {
		v.Status = ServiceLive
	}
	return v
}
