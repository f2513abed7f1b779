package githubtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options configure a Server.
type Options struct {
	Now      func() time.Time // default time.Now
	TokenFor time.Duration    // life of a GitHub App's user tokens; default 8 h
}

// Server is one fake GitHub. Its methods may be called while it serves.
type Server struct {
	URL    string // of the pages and of Git
	APIURL string // of the API

	http     *httptest.Server
	git      string // the program
	backend  string // git-http-backend
	dir      string // bare repositories
	now      func() time.Time
	tokenFor time.Duration

	mu       sync.Mutex
	users    map[string]*user // by login
	signedIn string           // who authorises
	clients  map[string]*client
	codes    map[string]*grant // OAuth codes, until they are used
	pending  map[string]*client
	tokens   map[string]*token
	renewals map[string]*token // by refresh token
	repos    []*repository
	faults   []fault
	requests []string          // method and path, of the API
	granted  map[string]string // to every GitHub App, beside what its manifest asked for
	sent     []*sending
	serial   int64 // ids, codes and tokens
}

// New starts a Server that ends with the test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a Server for a program that is no test. Close ends it.
func Start(o Options) (*Server, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("a fake GitHub needs git: %w", err)
	}
	dir, err := os.MkdirTemp("", "githubtest-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for repositories: %w", err)
	}
	s := &Server{
		git: git, dir: dir,
		now: o.Now, tokenFor: o.TokenFor,
		users:    make(map[string]*user),
		clients:  make(map[string]*client),
		codes:    make(map[string]*grant),
		pending:  make(map[string]*client),
		tokens:   make(map[string]*token),
		renewals: make(map[string]*token),
		granted:  make(map[string]string),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.tokenFor == 0 {
		s.tokenFor = 8 * time.Hour
	}
	execPath, err := s.runGit(dir, nil, "--exec-path")
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	s.backend = filepath.Join(strings.TrimSpace(string(execPath)), "git-http-backend")
	s.http = httptest.NewServer(s.routes())
	s.URL, s.APIURL = s.http.URL, s.http.URL+"/api/v3"
	return s, nil
}

// Close ends the server and removes its repositories.
func (s *Server) Close() {
	s.Heal() // lets go of whoever is kept waiting
	s.http.CloseClientConnections()
	s.http.Close()
	os.RemoveAll(s.dir)
}

func (s *Server) routes() http.Handler {
	pages := http.NewServeMux()
	pages.HandleFunc("GET /login/oauth/authorize", s.showAuthorize)
	pages.HandleFunc("POST /login/oauth/authorize", s.authorize)
	pages.HandleFunc("POST /login/oauth/access_token", s.accessToken)
	pages.HandleFunc("POST /settings/apps/new", s.showManifest)
	pages.HandleFunc("POST /organizations/{org}/settings/apps/new", s.showManifest)
	pages.HandleFunc("POST /settings/apps/create", s.createApp)
	pages.HandleFunc("GET /apps/{slug}/installations/new", s.showInstall)
	pages.HandleFunc("POST /apps/{slug}/installations/new", s.install)
	pages.HandleFunc("GET /settings/connections/applications/{client}", s.showGrants)
	pages.Handle("/{owner}/{name}/info/refs", s.withFaults(http.HandlerFunc(s.serveGit)))
	pages.Handle("/{owner}/{name}/git-upload-pack", s.withFaults(http.HandlerFunc(s.serveGit)))

	api := http.NewServeMux()
	api.HandleFunc("GET /meta", s.getMeta)
	api.HandleFunc("GET /user", s.getUser)
	api.HandleFunc("GET /user/orgs", s.listOrgs)
	api.HandleFunc("GET /user/memberships/orgs", s.listMemberships)
	api.HandleFunc("GET /user/repos", s.listOwnRepos)
	api.HandleFunc("GET /user/installations", s.listInstallations)
	api.HandleFunc("GET /user/installations/{id}/repositories", s.listInstalledRepos)
	api.HandleFunc("GET /repos/{owner}/{name}", s.getRepo)
	api.HandleFunc("GET /repos/{owner}/{name}/branches", s.listBranches)
	api.HandleFunc("GET /repos/{owner}/{name}/branches/{branch...}", s.getBranch)
	api.HandleFunc("GET /repos/{owner}/{name}/tags", s.listTags)
	api.HandleFunc("GET /repos/{owner}/{name}/contents/{path...}", s.getContents)
	api.HandleFunc("GET /repos/{owner}/{name}/git/trees/{ref...}", s.getTree)
	for _, at := range []string{"/repos/{owner}/{name}", "/repositories/{id}"} {
		api.HandleFunc("POST "+at+"/statuses/{sha}", s.createStatus)
		api.HandleFunc("GET "+at+"/deployments", s.listDeployments)
		api.HandleFunc("POST "+at+"/deployments", s.createDeployment)
		api.HandleFunc("POST "+at+"/deployments/{deployment}/statuses", s.createDeploymentStatus)
	}
	api.HandleFunc("POST /app-manifests/{code}/conversions", s.convertManifest)

	root := http.NewServeMux()
	root.Handle("/", pages)
	root.Handle("/api/v3/", s.count(s.withFaults(http.StripPrefix("/api/v3", api))))
	return root
}

// count keeps the list that Requests returns.
func (s *Server) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api/v3"))
		s.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// Requests returns the method and path of every API request so far.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// next returns a number that was never returned before. mu is held.
func (s *Server) next() int64 {
	s.serial++
	return s.serial
}
