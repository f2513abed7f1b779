package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth/oauth"
	"moorage/snippets"
	"moorage/views"
)

// endpointPage serves what the endpoint of all servers offers a person.
type endpointPage struct {
	servers
	kept choiceStore
}

type choiceStore interface {
	Choice(ctx context.Context, user moorage.UserID) (moorage.Choice, error)
	Choose(ctx context.Context, user moorage.UserID, c moorage.ServerChoice) error
}

// Show handles "GET /connect".
func (h endpointPage) Show(c echo.Context) error {
	ctx, f := c.Request().Context(), callable(c)
	total, err := h.db.CountServers(ctx, f)
	if err != nil {
		return err
	}
	page := pageNumber(c)
	f.Limit, f.Offset = pageSize, (page-1)*pageSize
	rows, err := h.db.ServerSummaries(ctx, f)
	if err != nil {
		return err
	}
	choice, err := h.kept.Choice(ctx, user(c).ID)
	if err != nil {
		return err
	}
	all := endpoint(h.base, "")
	v := views.EndpointPage{
		Shell: shell(c, views.SectionConnect, "Connect"),
		URL:   all, SmallURL: all + "?" + oauth.SmallForm, Near: onlyNear(h.base), Pager: pager(c, page, total),
		How: connectView("/connect", snippets.Endpoint{Name: "moorage", URL: all}, c.QueryParam("client")),
	}
	for _, s := range rows {
		row, err := h.row(ctx, s, choice)
		if err != nil {
			return err
		}
		if s.OwnerID == user(c).ID {
			row.Owner = ""
		}
		row.Opened = c.QueryParam("open") == s.Slug
		v.Servers = append(v.Servers, row)
	}
	return render(c, http.StatusOK, views.Endpoint(v), nil)
}

func (h endpointPage) row(ctx context.Context, s moorage.ServerSummary, choice moorage.Choice) (views.EndpointServer, error) {
	v := views.EndpointServer{Slug: s.Slug, Title: serverTitle(s.Server), Owner: s.Owner, Live: s.LiveDeploymentID != "", On: !choice.WithoutServer(s.ID)}
	if !v.Live {
		return v, nil
	}
	tools, err := h.db.Tools(ctx, s.ID)
	if err != nil {
		return v, err
	}
	for _, t := range tools {
		if t.Held {
			continue
		}
		said := shapeOf(t)
		line := strings.Join(strings.Fields(cmp.Or(said.Title, said.Description)), " ")
		v.Tools = append(v.Tools, views.EndpointTool{Name: t.Name, Description: clip(line, 200), On: !choice.WithoutTool(s.ID, t.Name)})
	}
	slices.SortFunc(v.Tools, func(a, b views.EndpointTool) int { return strings.Compare(a.Name, b.Name) })
	return v, nil
}

// Choose handles "POST /connect".
func (h endpointPage) Choose(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	s, err := h.find(c, form.Get("server"), h.mayCall)
	if err != nil {
		return err
	}
	chosen := moorage.ServerChoice{Server: s.ID, On: form.Get("on") != "", Shown: form["shown"], Tools: form["tool"]}
	if err := h.kept.Choose(c.Request().Context(), user(c).ID, chosen); err != nil {
		return err
	}
	back := "/connect#" + s.Slug
	if len(chosen.Shown) > 0 {
		back = "/connect?open=" + url.QueryEscape(s.Slug) + "#" + s.Slug
	}
	said := "/mcp offers you " + s.Slug + ". Clients that are connected hear of it."
	if !chosen.On {
		said = "/mcp leaves " + s.Slug + " out for you. Clients that are connected hear of it."
	}
	return done(c, back, said)
}
