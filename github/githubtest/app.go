package githubtest

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// manifest is what the fake reads of a GitHub App manifest.
type manifest struct {
	Name         string            `json:"name"`
	URL          string            `json:"url"`
	RedirectURL  string            `json:"redirect_url"`
	CallbackURLs []string          `json:"callback_urls"`
	Public       bool              `json:"public"`
	Permissions  map[string]string `json:"default_permissions"`
	Events       []string          `json:"default_events"`
	Hook         *struct {
		URL    string `json:"url"`
		Active *bool  `json:"active"`
	} `json:"hook_attributes"`
}

// showManifest handles POST /settings/apps/new, which the browser comes to from Moorage.
func (s *Server) showManifest(w http.ResponseWriter, r *http.Request) {
	m, err := parseManifest(r.PostFormValue("manifest"))
	if err != "" {
		http.Error(w, "Invalid GitHub App configuration: "+err, http.StatusUnprocessableEntity)
		return
	}
	showForm(w, form{
		Title:  "Create GitHub App",
		Text:   "A GitHub App named " + m.Name + " is created.",
		Action: "/settings/apps/create",
		Fields: url.Values{"manifest": {r.PostFormValue("manifest")}, "state": {r.URL.Query().Get("state")}},
		Button: "Create GitHub App",
	})
}

// createApp handles POST /settings/apps/create, which only the form above knows.
func (s *Server) createApp(w http.ResponseWriter, r *http.Request) {
	m, problem := parseManifest(r.PostFormValue("manifest"))
	if problem != "" {
		http.Error(w, problem, http.StatusUnprocessableEntity)
		return
	}
	code := rand.Text()
	s.mu.Lock()
	c := &client{
		id: "Iv23li" + rand.Text()[:14], secret: rand.Text(),
		slug: strings.ReplaceAll(strings.ToLower(m.Name), " ", "-"), name: m.Name,
		callbacks: m.CallbackURLs, permissions: m.Permissions,
	}
	if m.Hook != nil && (m.Hook.Active == nil || *m.Hook.Active) && slices.Contains(m.Events, "push") {
		c.hook = &Hook{URL: m.Hook.URL, Secret: rand.Text()}
	}
	s.pending[code] = c
	s.mu.Unlock()
	back := url.Values{"code": {code}, "state": {r.PostFormValue("state")}}
	http.Redirect(w, r, m.RedirectURL+"?"+back.Encode(), http.StatusFound)
}

// parseManifest says what GitHub would find wrong with a manifest.
func parseManifest(text string) (manifest, string) {
	var m manifest
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, "the manifest is no JSON."
	}
	switch {
	case m.URL == "":
		return m, `"url" wasn't supplied.`
	case m.Name == "" || len(m.Name) > 34:
		return m, "Name is too long (maximum is 34 characters)."
	case m.RedirectURL == "" || len(m.CallbackURLs) == 0:
		return m, `"redirect_url" and "callback_urls" are needed here.`
	case m.Hook != nil && (strings.Contains(m.Hook.URL, "//localhost") || strings.Contains(m.Hook.URL, "//127.")):
		return m, "Hook url is not supported because it isn't reachable over the public Internet."
	}
	return m, ""
}

// convertManifest handles POST /app-manifests/{code}/conversions.
func (s *Server) convertManifest(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.pending[r.PathValue("code")]
	if c == nil {
		fail(w, http.StatusNotFound, "Not Found")
		return
	}
	delete(s.pending, r.PathValue("code"))
	s.clients[c.id] = c
	answer(w, http.StatusCreated, map[string]any{
		"id": s.next(), "slug": c.slug, "name": c.name,
		"client_id": c.id, "client_secret": c.secret, "webhook_secret": c.hookSecret(),
		"pem": "-----BEGIN RSA PRIVATE KEY-----\n" + rand.Text() + "\n-----END RSA PRIVATE KEY-----\n", "html_url": s.URL + "/apps/" + c.slug,
	})
}

// Install gives GitHub Apps access to all repositories of an owner.
func (s *Server) Install(owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.repos {
		if r.owner == owner {
			r.installed = true
		}
	}
}

// showInstall handles GET /apps/{slug}/installations/new.
func (s *Server) showInstall(w http.ResponseWriter, r *http.Request) {
	showForm(w, form{
		Title: "Install " + r.PathValue("slug"), Text: "It will read all your repositories.",
		Action: r.URL.Path, Button: "Install",
	})
}

// install handles POST /apps/{slug}/installations/new.
func (s *Server) install(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	u := s.users[s.signedIn]
	s.mu.Unlock()
	if u == nil {
		fail(w, http.StatusForbidden, "Nobody is signed in.")
		return
	}
	for _, owner := range append([]string{u.Login}, u.orgs...) {
		s.Install(owner)
	}
	showForm(w, form{Title: "Installed", Text: "It may read your repositories now.", Action: "/", Button: "Done"})
}

// showGrants handles GET /settings/connections/applications/{client}.
func (s *Server) showGrants(w http.ResponseWriter, r *http.Request) {
	showForm(w, form{Title: "Organization access", Text: "All organizations granted access.", Action: "/", Button: "Done"})
}

// listInstallations handles GET /user/installations: one for each owner.
func (s *Server) listInstallations(w http.ResponseWriter, r *http.Request) {
	s.forUser(w, r, func(t *token) {
		var list []any
		for _, owner := range s.installedOwners(t.user) {
			list = append(list, map[string]any{"id": installationID(owner), "account": map[string]any{"login": owner}})
		}
		paginate(w, r, list, func(page []any) any { return map[string]any{"total_count": len(list), "installations": page} })
	})
}

// listInstalledRepos handles GET /user/installations/{id}/repositories.
func (s *Server) listInstalledRepos(w http.ResponseWriter, r *http.Request) {
	s.forUser(w, r, func(t *token) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		var list []any
		for _, repo := range s.visible(t.user) {
			if err == nil && repo.installed && installationID(repo.owner) == id {
				list = append(list, s.describe(repo))
			}
		}
		paginate(w, r, list, func(page []any) any { return map[string]any{"total_count": len(list), "repositories": page} })
	})
}

// installedOwners lists, once each, whose installed repositories u may see.
// mu is held.
func (s *Server) installedOwners(u *user) []string {
	var owners []string
	seen := make(map[string]bool)
	for _, repo := range s.visible(u) {
		if repo.installed && !seen[repo.owner] {
			seen[repo.owner] = true
			owners = append(owners, repo.owner)
		}
	}
	return owners
}

// installationID is the same for an owner every time.
func installationID(owner string) int64 {
	id := int64(5381)
	for _, b := range []byte(owner) {
		id = (id*33 + int64(b)) % (1 << 40)
	}
	return id
}
