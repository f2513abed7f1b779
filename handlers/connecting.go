package handlers

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/snippets"
	"moorage/views"
	"moorage/views/parts"
)

// connecting says how clients reach a server, and tries whether it answers.
type connecting struct {
	servers
	greeter greeter
}

// greeter asks a server who it is, as a client would.
type greeter interface {
	Greet(ctx context.Context, server moorage.ServerID, user moorage.UserID) (moorage.ServerInfo, error)
}

// Show handles "GET /servers/:slug/connect".
func (h connecting) Show(c echo.Context) error {
	s, err := h.loadToCall(c)
	if err != nil {
		return err
	}
	return h.page(c, s, c.QueryParam("client"), nil)
}

// Test handles "POST /servers/:slug/connect/test": the server is greeted.
func (h connecting) Test(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	s, err := h.loadToCall(c)
	if err != nil {
		return err
	}
	if s.LiveDeploymentID == "" {
		return notLive(s)
	}
	began := h.now()
	info, err := h.greeter.Greet(c.Request().Context(), s.ID, user(c).ID)
	if err != nil && c.Request().Context().Err() != nil {
		return err // nobody reads it
	}
	g, err := h.greeting(c.Request().Context(), s, info, h.now().Sub(began), err)
	if err != nil {
		return err
	}
	return h.page(c, s, form.Get("client"), g)
}

// greeting shows what came of it.
func (h connecting) greeting(ctx context.Context, s moorage.Server, info moorage.ServerInfo, took time.Duration, failed error) (*views.GreetingView, error) {
	var known *moorage.Error
	switch {
	case errors.As(failed, &known):
		return &views.GreetingView{Trouble: &parts.Trouble{Message: moorage.ErrorMessage(failed), Next: moorage.ErrorNext(failed)}}, nil
	case failed != nil:
		return nil, failed
	}
	tools, err := h.db.Tools(ctx, s.ID)
	return &views.GreetingView{Says: serverInfoWords(info), Took: parts.Duration(took), Tools: len(tools)}, err
}

func (h connecting) page(c echo.Context, s moorage.Server, client string, g *views.GreetingView) error {
	head, err := h.head(c, s, views.TabConnect)
	if err != nil {
		return err
	}
	page := views.ConnectingPage{
		Shell: serverShell(c, s, views.TabConnect), Head: head, URL: serverPath(s.Slug) + "/connect",
		Near: onlyNear(h.base), CanTest: s.LiveDeploymentID != "", Greeting: g,
	}
	if !page.CanTest {
		page.Why = "Nothing of it is live yet."
	}
	page.How = connectView(page.URL, snippets.Endpoint{Name: s.Slug, URL: head.Endpoint}, client)
	return render(c, http.StatusOK, views.Connecting(page), views.Greeting(g))
}

// connectView is how clients are told of an endpoint, on a page that shows one of
// them at a time: the first, when it is none that there is.
func connectView(at string, e snippets.Endpoint, client string) views.ConnectView {
	all := snippets.Clients(e)
	chosen := max(0, slices.IndexFunc(all, func(k snippets.Client) bool { return k.ID == client }))
	v := views.ConnectView{Client: clientWords(all[chosen])}
	for i, k := range all {
		v.Clients = append(v.Clients, views.ClientLink{ID: k.ID, Name: k.Name, URL: at + "?client=" + url.QueryEscape(k.ID), Current: i == chosen})
	}
	return v
}

func clientWords(c snippets.Client) views.ClientWords {
	v := views.ClientWords{ID: c.ID, Name: c.Name, Install: c.Install, Note: c.Note}
	for _, s := range c.SignIn {
		v.SignIn = append(v.SignIn, views.Paste(s))
	}
	for _, s := range c.Token {
		v.Token = append(v.Token, views.Paste(s))
	}
	return v
}

// onlyNear reports whether an address means the machine that it is used on.
func onlyNear(base *url.URL) bool {
	host := base.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
