package githubtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Status is a status of a commit that somebody set.
type Status struct {
	Commit      string
	State       string `json:"state"`
	Context     string `json:"context"`
	Description string `json:"description"`
	TargetURL   string `json:"target_url"`
}

// Deployment is a deployment that somebody made, with its statuses, oldest first.
type Deployment struct {
	ID               int64
	Commit           string
	Ref              string   `json:"ref"`
	Task             string   `json:"task"`
	Environment      string   `json:"environment"`
	RequiredContexts []string `json:"required_contexts"`
	Statuses         []DeploymentStatus
}

// DeploymentStatus is where a deployment stood at a time.
type DeploymentStatus struct {
	State          string `json:"state"`
	Description    string `json:"description"`
	LogURL         string `json:"log_url"`
	EnvironmentURL string `json:"environment_url"`
}

// Grant gives every GitHub App a permission that its manifest did not ask for,
// as its owner can: Grant("statuses", "write").
func (s *Server) Grant(permission, level string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.granted[permission] = level
}

// Statuses returns what was set on the commits of a repository, oldest first.
func (s *Server) Statuses(owner, name string) []Status {
	r := s.mustFind(owner, name)
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(r.statuses)
}

// Deployments returns the deployments of a repository, oldest first.
func (s *Server) Deployments(owner, name string) []Deployment {
	r := s.mustFind(owner, name)
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Deployment, len(r.deployments))
	for i, d := range r.deployments {
		list[i] = *d
		list[i].Statuses = slices.Clone(d.Statuses)
	}
	return list
}

// forWriter calls do for a repository that the holder of the token may write
// to: with a GitHub App's token, when the App has the permission.
func (s *Server) forWriter(w http.ResponseWriter, r *http.Request, permission string, do func(*repository)) {
	s.forRepo(w, r, func(repo *repository) {
		t, err := s.holder(r)
		switch {
		case err != nil || t == nil:
			fail(w, http.StatusUnauthorized, "Requires authentication")
		case strings.HasPrefix(t.value, "ghu_") && !s.grants(t.client, permission):
			fail(w, http.StatusForbidden, "Resource not accessible by integration")
		case !s.pushes(t, repo):
			fail(w, http.StatusNotFound, "Not Found") // what GitHub says to who may only read
		default:
			do(repo)
		}
	})
}

func (s *Server) pushes(t *token, repo *repository) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return belongs(t.user, repo)
}

func (s *Server) grants(c *client, permission string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.granted[permission] == "write" || c != nil && c.permissions[permission] == "write"
}

// createStatus handles POST /repos/{owner}/{name}/statuses/{sha}.
func (s *Server) createStatus(w http.ResponseWriter, r *http.Request) {
	s.forWriter(w, r, "statuses", func(repo *repository) {
		status := Status{Commit: s.resolve(repo, r.PathValue("sha")), Context: "default"}
		switch err := json.NewDecoder(r.Body).Decode(&status); {
		case err != nil:
			fail(w, http.StatusBadRequest, "Problems parsing JSON")
		case status.Commit == "" || len(r.PathValue("sha")) != 40:
			fail(w, http.StatusUnprocessableEntity, "No commit found for SHA: "+r.PathValue("sha"))
		case !slices.Contains([]string{"error", "failure", "pending", "success"}, status.State), len([]rune(status.Description)) > 140:
			fail(w, http.StatusUnprocessableEntity, "Validation Failed")
		default:
			s.mu.Lock()
			defer s.mu.Unlock()
			repo.statuses = append(repo.statuses, status)
			answer(w, http.StatusCreated, map[string]any{"id": s.next(), "state": status.State, "context": status.Context})
		}
	})
}

// listDeployments handles GET /repos/{owner}/{name}/deployments, newest first.
func (s *Server) listDeployments(w http.ResponseWriter, r *http.Request) {
	s.forWriter(w, r, "deployments", func(repo *repository) {
		s.mu.Lock()
		defer s.mu.Unlock()
		q := r.URL.Query()
		var list []any
		for _, d := range slices.Backward(repo.deployments) {
			if (q.Get("task") == "" || q.Get("task") == d.Task) && (q.Get("sha") == "" || q.Get("sha") == d.Commit) {
				list = append(list, map[string]any{"id": d.ID, "sha": d.Commit, "ref": d.Ref, "task": d.Task, "environment": d.Environment})
			}
		}
		paginate(w, r, list, func(page []any) any { return page })
	})
}

// createDeployment handles POST /repos/{owner}/{name}/deployments. GitHub
// refuses one while a required status of the commit is pending.
func (s *Server) createDeployment(w http.ResponseWriter, r *http.Request) {
	s.forWriter(w, r, "deployments", func(repo *repository) {
		d := &Deployment{Task: "deploy", Environment: "production"}
		err := json.NewDecoder(r.Body).Decode(d)
		d.Commit = s.resolve(repo, d.Ref)
		s.mu.Lock()
		defer s.mu.Unlock()
		pending := d.RequiredContexts == nil && slices.ContainsFunc(repo.statuses, func(x Status) bool { return x.Commit == d.Commit && x.State != "success" })
		switch {
		case err != nil:
			fail(w, http.StatusBadRequest, "Problems parsing JSON")
		case d.Commit == "":
			fail(w, http.StatusUnprocessableEntity, "No ref found for: "+d.Ref)
		case pending:
			fail(w, http.StatusConflict, "Conflict: Commit status checks failed for "+d.Ref+".")
		default:
			d.ID = s.next()
			repo.deployments = append(repo.deployments, d)
			answer(w, http.StatusCreated, map[string]any{"id": d.ID, "sha": d.Commit, "ref": d.Ref, "task": d.Task, "environment": d.Environment})
		}
	})
}

// createDeploymentStatus handles POST /repos/{owner}/{name}/deployments/{deployment}/statuses.
func (s *Server) createDeploymentStatus(w http.ResponseWriter, r *http.Request) {
	s.forWriter(w, r, "deployments", func(repo *repository) {
		var status DeploymentStatus
		err := json.NewDecoder(r.Body).Decode(&status)
		s.mu.Lock()
		defer s.mu.Unlock()
		i := slices.IndexFunc(repo.deployments, func(d *Deployment) bool { return strconv.FormatInt(d.ID, 10) == r.PathValue("deployment") })
		switch {
		case err != nil:
			fail(w, http.StatusBadRequest, "Problems parsing JSON")
		case i < 0:
			fail(w, http.StatusNotFound, "Not Found")
		case !slices.Contains([]string{"error", "failure", "inactive", "in_progress", "queued", "pending", "success"}, status.State), len([]rune(status.Description)) > 140:
			fail(w, http.StatusUnprocessableEntity, "Validation Failed")
		default:
			repo.deployments[i].Statuses = append(repo.deployments[i].Statuses, status)
			answer(w, http.StatusCreated, map[string]any{"id": s.next(), "state": status.State})
		}
	})
}
