package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth"
	"moorage/views"
	"moorage/views/parts"
)

const (
	reposPerPage = 50
	maxRepoURL   = 2000 // characters
)

// repos serves the picker: which repository?
type repos struct {
	guard
	github repositories
	people githubPeople
	access accessURLs
	db     serverLister
	local  bool // file:// may be deployed
	now    clock
}

var errNoGitHub = moorage.Errorf(moorage.Invalid, "Your account is not connected with GitHub yet.").
	Try("Sign in with GitHub once: Moorage then lists what you can see there. Or deploy any Git URL.")

// repositories is what the picker asks of GitHub, for one person.
type repositories interface {
	Repositories(ctx context.Context, token string) ([]moorage.Repository, error)
	Refresh(ctx context.Context, token string) ([]moorage.Repository, error)
	Holds(ctx context.Context, token, owner, name, ref string) ([]string, error)
}

// githubPeople knows how a person is connected with GitHub.
type githubPeople interface {
	// GitHubToken opens the person's token. The error says how to connect.
	GitHubToken(ctx context.Context, id moorage.UserID) (string, error)
	Connection(ctx context.Context) (auth.Connection, error)
	Connected(ctx context.Context) bool
}

// accessURLs knows where a person decides what we may see at GitHub.
type accessURLs interface {
	AccessURL(slug, clientID string) string
}

type serverLister interface {
	Servers(ctx context.Context, f moorage.ServerFilter) ([]moorage.Server, error)
}

// List handles "GET /repos".
func (h repos) List(c echo.Context) error { return h.answer(c, h.github.Repositories) }

// Refresh handles "POST /repos/refresh": GitHub is asked again. Trouble is
// shown where the list would be.
func (h repos) Refresh(c echo.Context) error {
	if wantsFragment(c) {
		return h.answer(c, h.github.Refresh)
	}
	if _, err := h.ask(c.Request().Context(), user(c).ID, h.github.Refresh); err != nil {
		return h.answer(c, func(context.Context, string) ([]moorage.Repository, error) { return nil, err })
	}
	return see(c, "/repos?"+url.Values{"q": {c.FormValue("q")}, "owner": {c.FormValue("owner")}}.Encode())
}

func (h repos) answer(c echo.Context, ask func(context.Context, string) ([]moorage.Repository, error)) error {
	ctx := c.Request().Context()
	query, owner := clip(c.FormValue("q"), maxQuery), clip(c.FormValue("owner"), maxQuery)
	all, missing := h.ask(ctx, user(c).ID, ask)
	used, err := h.used(ctx, user(c).ID)
	if err != nil {
		return err
	}
	list := h.list(c, used.first(all), query, owner, used)
	if list.Trouble = h.noList(c, missing); missing != nil {
		list.NotAsked, list.Summary = !h.people.Connected(ctx), ""
	}
	page := views.ReposPage{
		Shell: shell(c, views.SectionDeploy, "Deploy"), Query: query, Owner: owner, Owners: ownerOptions(all, owner),
		List: list, AccessURL: h.accessURL(ctx), GitURL: clip(c.QueryParam("url"), maxRepoURL), GitHint: gitHint(h.local),
	}
	if page.GitURL != "" {
		if _, err := moorage.ParseRepoURL(page.GitURL); err != nil {
			page.GitFaults = parts.Faults{"url": moorage.ErrorMessage(err) + " " + moorage.ErrorNext(err)}
		}
	}
	fragment := views.RepoList(list)
	switch {
	case c.Request().Method == http.MethodPost:
		fragment = views.RepoFresh(page)
	case pageNumber(c) > 1:
		fragment = views.RepoRows(list)
	}
	return render(c, http.StatusOK, views.Repos(page), fragment)
}

func (h repos) ask(ctx context.Context, id moorage.UserID, ask func(context.Context, string) ([]moorage.Repository, error)) ([]moorage.Repository, error) {
	if _, err := h.people.Connection(ctx); err != nil {
		return nil, err
	}
	token, err := h.people.GitHubToken(ctx, id)
	if err != nil {
		return nil, err
	}
	if token == "" {
		return nil, errNoGitHub
	}
	return ask(ctx, token)
}

func (h repos) accessURL(ctx context.Context) string {
	k, err := h.people.Connection(ctx)
	if err != nil {
		return ""
	}
	return h.access.AccessURL(k.AppSlug, k.ClientID)
}

// noList says why there is no list, with a way on.
func (h repos) noList(c echo.Context, err error) *parts.Trouble {
	if err == nil {
		return nil
	}
	links := []parts.Link{{Label: "Try again", URL: "/repos"}}
	if !h.people.Connected(c.Request().Context()) {
		links = nil
		if user(c).Role == moorage.RoleAdmin {
			links = []parts.Link{{Label: "Connect GitHub", URL: "/admin/github"}}
		}
	} else if errors.Is(err, moorage.ErrTokenRevoked) || errors.Is(err, errNoGitHub) {
		links = []parts.Link{{Label: "Sign in with GitHub", URL: "/auth/github?next=%2Frepos"}}
	}
	return h.trouble(c, err, links...)
}

// list filters and cuts one page out of all repositories.
func (h repos) list(c echo.Context, all []moorage.Repository, query, owner string, used usedBefore) views.RepoListView {
	v := views.RepoListView{Query: query, Owner: owner, Fetched: parts.MomentOf(h.now(), h.now())}
	var found []moorage.Repository
	for _, r := range all {
		if (owner == "" || r.Owner == owner) && strings.Contains(strings.ToLower(r.FullName()+" "+r.Description), strings.ToLower(query)) {
			found = append(found, r)
		}
	}
	page := pageNumber(c)
	from := min((page-1)*reposPerPage, len(found))
	to := min(from+reposPerPage, len(found))
	for _, r := range found[from:to] {
		v.Rows = append(v.Rows, h.row(r, used.has(r)))
	}
	if to < len(found) {
		v.MoreURL = "/repos?" + url.Values{"q": {query}, "owner": {owner}, "page": {strconv.Itoa(page + 1)}}.Encode()
	}
	v.Summary = plural(len(all), "repository", "repositories")
	if len(found) != len(all) {
		v.Summary = fmt.Sprintf("%d of %s", len(found), v.Summary)
	}
	return v
}

func (h repos) row(r moorage.Repository, recent bool) views.RepoRow {
	path := "/repos/" + url.PathEscape(r.Owner) + "/" + url.PathEscape(r.Name)
	return views.RepoRow{
		Owner: r.Owner, Name: r.Name, Description: r.Description, Language: r.Language, URL: path, HoldsURL: path + "/holds",
		Private: r.Private, Fork: r.Fork, Archived: r.Archived, Recent: recent, Pushed: parts.MomentOf(r.PushedAt, h.now()),
	}
}

// usedBefore are the repositories that a person deployed from: owner/name in
// lower case.
type usedBefore map[string]bool

func (h repos) used(ctx context.Context, id moorage.UserID) (usedBefore, error) {
	mine, err := h.db.Servers(ctx, moorage.ServerFilter{OwnerID: id})
	used := usedBefore{}
	for _, s := range mine {
		used[strings.ToLower(sourceName(moorage.Source{RepoURL: s.Source.RepoURL}))] = true
	}
	return used, err
}

func (u usedBefore) has(r moorage.Repository) bool { return u[strings.ToLower(r.FullName())] }

// first puts what was used before all others. It leaves the list as it is:
// github keeps that.
func (u usedBefore) first(all []moorage.Repository) []moorage.Repository {
	var used, rest []moorage.Repository
	for _, r := range all {
		if u.has(r) {
			used = append(used, r)
		} else {
			rest = append(rest, r)
		}
	}
	return append(used, rest...)
}

// Holds handles "GET /repos/:owner/:name/holds".
func (h repos) Holds(c echo.Context) error {
	ctx := c.Request().Context()
	token, err := h.people.GitHubToken(ctx, user(c).ID)
	if err != nil {
		return err
	}
	holds, err := h.github.Holds(ctx, token, c.Param("owner"), c.Param("name"), "")
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.RepoHolds(holds), nil)
}

func ownerOptions(all []moorage.Repository, chosen string) []parts.Option {
	var owners []string
	for _, r := range all {
		owners = append(owners, r.Owner)
	}
	slices.Sort(owners)
	options := []parts.Option{{Label: "Every owner", Selected: chosen == ""}}
	for _, o := range slices.Compact(owners) {
		options = append(options, parts.Option{Value: o, Label: o, Selected: o == chosen})
	}
	return options
}

func gitHint(local bool) string {
	if local {
		return "https://… or file:///…"
	}
	return "https://…"
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
