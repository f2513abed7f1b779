package githubtest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// docs is the documentation_url of every error.
const docs = "https://docs.github.com/rest"

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // the other side may have left: nobody to tell
}

func fail(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"message": message, "documentation_url": docs, "status": strconv.Itoa(status)})
}

// forUser calls do, with mu held, for the holder of a good token.
func (s *Server) forUser(w http.ResponseWriter, r *http.Request, do func(*token)) {
	t, err := s.holder(r)
	switch {
	case err != nil:
		fail(w, http.StatusUnauthorized, "Bad credentials")
	case t == nil:
		fail(w, http.StatusUnauthorized, "Requires authentication")
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		do(t)
	}
}

// forRepo calls do for a repository that the holder of the token may see.
func (s *Server) forRepo(w http.ResponseWriter, r *http.Request, do func(*repository)) {
	t, bad := s.holder(r)
	repo, err := s.named(r)
	switch {
	case bad != nil:
		fail(w, http.StatusUnauthorized, "Bad credentials")
	case err != nil || !s.mayRead(t, repo):
		fail(w, http.StatusNotFound, "Not Found")
	case repo.SSO:
		w.Header().Set("X-GitHub-SSO", "required; url="+s.URL+"/orgs/"+repo.owner+"/sso?authorization_request=A1")
		fail(w, http.StatusForbidden, "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.")
	case repo.Restricted:
		fail(w, http.StatusForbidden, "Although you appear to have the correct authorization credentials, the `"+repo.owner+"` organization has enabled OAuth App access restrictions, meaning that data access to third-parties is limited.")
	default:
		do(repo)
	}
}

// getMeta handles GET /meta, for anybody.
func (s *Server) getMeta(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"verifiable_password_authentication": false})
}

// named finds the repository of a path: by owner and name, or by its number.
func (s *Server) named(r *http.Request) (*repository, error) {
	if r.PathValue("id") == "" {
		return s.find(r.PathValue("owner"), r.PathValue("name"))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, repo := range s.repos {
		if strconv.FormatInt(repo.id, 10) == r.PathValue("id") {
			return repo, nil
		}
	}
	return nil, errors.New("no repository " + r.PathValue("id"))
}

// getUser handles GET /user.
func (s *Server) getUser(w http.ResponseWriter, r *http.Request) {
	s.forUser(w, r, func(t *token) {
		answer(w, http.StatusOK, map[string]any{
			"id": t.user.ID, "login": t.user.Login, "name": t.user.Name,
			"avatar_url": fmt.Sprintf("https://avatars.githubusercontent.com/u/%d?v=4", t.user.ID),
		})
	})
}

// listOrgs handles GET /user/orgs.
func (s *Server) listOrgs(w http.ResponseWriter, r *http.Request) {
	s.forUser(w, r, func(t *token) {
		var list []any
		for _, login := range t.user.orgs {
			list = append(list, map[string]any{"login": login})
		}
		paginate(w, r, list, func(page []any) any { return page })
	})
}

// listMemberships handles GET /user/memberships/orgs.
func (s *Server) listMemberships(w http.ResponseWriter, r *http.Request) {
	s.forUser(w, r, func(t *token) {
		var list []any
		for _, login := range t.user.orgs {
			list = append(list, map[string]any{"state": "active", "role": "member", "organization": map[string]any{"login": login}})
		}
		paginate(w, r, list, func(page []any) any { return page })
	})
}

// listOwnRepos handles GET /user/repos.
func (s *Server) listOwnRepos(w http.ResponseWriter, r *http.Request) {
	s.forUser(w, r, func(t *token) {
		var list []any
		for _, repo := range s.visible(t.user) {
			if !repo.Restricted {
				list = append(list, s.describe(repo))
			}
		}
		paginate(w, r, list, func(page []any) any { return page })
	})
}

// getRepo handles GET /repos/{owner}/{name}.
func (s *Server) getRepo(w http.ResponseWriter, r *http.Request) {
	s.forRepo(w, r, func(repo *repository) { answer(w, http.StatusOK, s.describe(repo)) })
}

// listBranches handles GET /repos/{owner}/{name}/branches.
func (s *Server) listBranches(w http.ResponseWriter, r *http.Request) {
	s.listRefs(w, r, "refs/heads/")
}

// listTags handles GET /repos/{owner}/{name}/tags.
func (s *Server) listTags(w http.ResponseWriter, r *http.Request) { s.listRefs(w, r, "refs/tags/") }

func (s *Server) listRefs(w http.ResponseWriter, r *http.Request, prefix string) {
	s.forRepo(w, r, func(repo *repository) {
		out, err := s.runGit(s.gitDir(repo), nil, "for-each-ref", "--format=%(objectname) %(refname)", prefix)
		if err != nil {
			fail(w, http.StatusInternalServerError, err.Error())
			return
		}
		list := []any{}
		for line := range strings.Lines(string(out)) {
			hash, ref, _ := strings.Cut(strings.TrimSpace(line), " ")
			list = append(list, map[string]any{"name": strings.TrimPrefix(ref, prefix), "commit": map[string]any{"sha": hash}})
		}
		paginate(w, r, list, func(page []any) any { return page })
	})
}

// getBranch handles GET /repos/{owner}/{name}/branches/{branch}.
func (s *Server) getBranch(w http.ResponseWriter, r *http.Request) {
	s.forRepo(w, r, func(repo *repository) {
		hash := s.resolve(repo, "refs/heads/"+r.PathValue("branch"))
		if hash == "" {
			fail(w, http.StatusNotFound, "Branch not found")
			return
		}
		answer(w, http.StatusOK, map[string]any{"name": r.PathValue("branch"), "commit": map[string]any{"sha": hash}})
	})
}

// getTree handles GET /repos/{owner}/{name}/git/trees/{ref}.
func (s *Server) getTree(w http.ResponseWriter, r *http.Request) {
	s.forRepo(w, r, func(repo *repository) {
		recursive := r.URL.Query().Get("recursive") != ""
		if s.resolve(repo, "HEAD") == "" {
			fail(w, http.StatusConflict, "Git Repository is empty.")
			return
		}
		hash := s.resolve(repo, r.PathValue("ref"))
		if hash == "" {
			fail(w, http.StatusNotFound, "Not Found")
			return
		}
		args := []string{"ls-tree", "-z", "-t"}
		if recursive {
			args = append(args, "-r")
		}
		out, err := s.runGit(s.gitDir(repo), nil, append(args, hash)...)
		if err != nil {
			fail(w, http.StatusInternalServerError, err.Error())
			return
		}
		entries := parseTree(string(out))
		truncated := recursive && repo.Truncated
		if truncated {
			entries = entries[:len(entries)/2]
		}
		answer(w, http.StatusOK, map[string]any{"sha": hash, "tree": entries, "truncated": truncated})
	})
}

// parseTree reads "<mode> <type> <hash>\t<path>\0" lines.
func parseTree(out string) []map[string]any {
	entries := []map[string]any{}
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		meta, path, ok := strings.Cut(line, "\t")
		if parts := strings.Fields(meta); ok && len(parts) == 3 {
			entries = append(entries, map[string]any{"path": path, "mode": parts[0], "type": parts[1], "sha": parts[2]})
		}
	}
	return entries
}

// getContents handles GET /repos/{owner}/{name}/contents/{path}, of files.
func (s *Server) getContents(w http.ResponseWriter, r *http.Request) {
	s.forRepo(w, r, func(repo *repository) {
		ref := r.URL.Query().Get("ref")
		if ref == "" {
			ref = "HEAD"
		}
		path := r.PathValue("path")
		hash := s.resolve(repo, ref)
		out, err := s.runGit(s.gitDir(repo), nil, "cat-file", "blob", hash+":"+path)
		if hash == "" || err != nil {
			fail(w, http.StatusNotFound, "Not Found")
			return
		}
		answer(w, http.StatusOK, map[string]any{
			"type": "file", "path": path, "name": path[strings.LastIndexByte(path, '/')+1:], "size": len(out),
			"encoding": "base64", "content": base64.StdEncoding.EncodeToString(out),
		})
	})
}

// paginate sends one page of a list, with the Link header of RFC 8288.
func paginate(w http.ResponseWriter, r *http.Request, list []any, shape func(page []any) any) {
	number := func(name string, absent int) int {
		n, err := strconv.Atoi(r.URL.Query().Get(name))
		if err != nil || n < 1 {
			return absent
		}
		return n
	}
	page, size := number("page", 1), min(number("per_page", 30), 100)
	last := max((len(list)+size-1)/size, 1)
	link := func(n int, rel string) string {
		q := r.URL.Query()
		q.Set("page", strconv.Itoa(n))
		u := url.URL{Scheme: "http", Host: r.Host, Path: "/api/v3" + r.URL.Path, RawQuery: q.Encode()}
		return fmt.Sprintf(`<%s>; rel="%s"`, u.String(), rel)
	}
	var links []string
	if page > 1 {
		links = append(links, link(page-1, "prev"), link(1, "first"))
	}
	if page < last {
		links = append(links, link(page+1, "next"), link(last, "last"))
	}
	if len(links) > 0 {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
	from := min((page-1)*size, len(list))
	answer(w, http.StatusOK, shape(slices.Concat([]any{}, list[from:min(from+size, len(list))])))
}
