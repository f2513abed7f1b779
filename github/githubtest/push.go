package githubtest

import (
	"strconv"
	"strings"
	"time"
)

// zero is the commit that GitHub writes where there is none.
const zero = "0000000000000000000000000000000000000000"

// Push commits to a branch, tells the webhooks, and returns the commit when
// they have answered.
func (s *Server) Push(owner, name, branch, message string, files map[string]string) string {
	r := s.mustFind(owner, name)
	before := s.resolve(r, "refs/heads/"+branch)
	after := s.Commit(owner, name, branch, message, files)
	s.announce(r, "refs/heads/"+branch, before, after, false)
	return after
}

// ForcePush moves a branch to a commit that is there already.
func (s *Server) ForcePush(owner, name, branch, commit string) {
	r := s.mustFind(owner, name)
	before := s.resolve(r, "refs/heads/"+branch)
	s.updateRef(r, "refs/heads/"+branch, commit)
	s.announce(r, "refs/heads/"+branch, before, s.resolve(r, commit), true)
}

// PushTag makes a tag and tells the webhooks.
func (s *Server) PushTag(owner, name, tag, commit string) {
	r := s.mustFind(owner, name)
	s.Tag(owner, name, tag, commit)
	s.announce(r, "refs/tags/"+tag, "", s.resolve(r, "refs/tags/"+tag), false)
}

// DeleteBranch removes a branch and tells the webhooks.
func (s *Server) DeleteBranch(owner, name, branch string) {
	r := s.mustFind(owner, name)
	before := s.resolve(r, "refs/heads/"+branch)
	if _, err := s.runGit(s.gitDir(r), nil, "update-ref", "-d", "refs/heads/"+branch); err != nil {
		panic("githubtest: " + err.Error())
	}
	s.announce(r, "refs/heads/"+branch, before, "", false)
}

// RepositoryID is GitHub's number of a repository.
func (s *Server) RepositoryID(owner, name string) int64 { return s.mustFind(owner, name).id }

func (s *Server) mustFind(owner, name string) *repository {
	r, err := s.find(owner, name)
	if err != nil {
		panic("githubtest: " + err.Error())
	}
	return r
}

func (s *Server) updateRef(r *repository, ref, commit string) {
	if _, err := s.runGit(s.gitDir(r), nil, "update-ref", ref, commit); err != nil {
		panic("githubtest: " + err.Error())
	}
}

// announce tells every webhook of a push, one after the other.
func (s *Server) announce(r *repository, ref, before, after string, forced bool) {
	payload := s.pushPayload(r, ref, before, after, forced)
	for _, h := range s.hooksOf(r) {
		s.deliver(h, "push", payload)
	}
}

// pushPayload is the body of a push event, with the fields of GitHub's.
func (s *Server) pushPayload(r *repository, ref, before, after string, forced bool) map[string]any {
	commits := s.newCommits(r, before, after)
	var head any
	if len(commits) > 0 {
		head = commits[len(commits)-1]
	} else if after != "" {
		head = s.commitPayload(r, after)
	}
	orZero := func(hash string) string {
		if hash == "" {
			return zero
		}
		return hash
	}
	s.mu.Lock()
	who, full := s.signedIn, s.describe(r)
	s.mu.Unlock()
	full["url"], full["master_branch"], full["pushed_at"] = full["html_url"], r.DefaultBranch, s.now().Unix()
	payload := map[string]any{
		"ref": ref, "before": orZero(before), "after": orZero(after), "base_ref": nil,
		"created": before == "", "deleted": after == "", "forced": forced,
		"compare": s.URL + "/" + r.fullName() + "/compare/" + orZero(before)[:12] + "..." + orZero(after)[:12],
		"commits": commits, "head_commit": head, "repository": full,
		"pusher": map[string]any{"name": who, "email": who + "@users.noreply.github.com"},
		"sender": map[string]any{"login": who, "id": s.userID(who), "type": "User", "site_admin": false},
	}
	if r.installed {
		payload["installation"] = map[string]any{"id": installationID(r.owner), "node_id": "x"}
	}
	return payload
}

func (s *Server) userID(login string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[login]; u != nil {
		return u.ID
	}
	return 0
}

// newCommits are those of a push, oldest first, at most 2048 as on GitHub. A
// new branch has those that no other branch has.
func (s *Server) newCommits(r *repository, before, after string) []any {
	commits := []any{}
	if after == "" {
		return commits
	}
	span := after
	if before != "" {
		span = before + ".." + after
	}
	args := []string{"rev-list", "--reverse", "--max-count=2048", span}
	if before == "" {
		args = append(args, "^"+r.DefaultBranch)
	}
	out, err := s.runGit(s.gitDir(r), nil, args...)
	if err != nil {
		panic("githubtest: " + err.Error())
	}
	for hash := range strings.FieldsSeq(string(out)) {
		commits = append(commits, s.commitPayload(r, hash))
	}
	return commits
}

func (s *Server) commitPayload(r *repository, hash string) map[string]any {
	out, err := s.runGit(s.gitDir(r), nil, "show", "--no-patch", "--format=%T%x00%ct%x00%an%x00%ae%x00%B", hash)
	if err != nil {
		panic("githubtest: " + err.Error())
	}
	parts := strings.SplitN(string(out), "\x00", 5)
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		panic("githubtest: " + err.Error())
	}
	author := map[string]any{"name": parts[2], "email": parts[3]}
	c := map[string]any{
		"id": hash, "tree_id": parts[0], "distinct": true, "message": strings.TrimRight(parts[4], "\n"),
		"timestamp": time.Unix(seconds, 0).UTC().Format(time.RFC3339), "url": s.URL + "/" + r.fullName() + "/commit/" + hash,
		"author": author, "committer": author, "added": []string{}, "removed": []string{}, "modified": []string{},
	}
	changed, err := s.runGit(s.gitDir(r), nil, "diff-tree", "--root", "--no-commit-id", "--name-status", "--no-renames", "-r", "-z", hash)
	if err != nil {
		panic("githubtest: " + err.Error())
	}
	fields := strings.Split(strings.TrimSuffix(string(changed), "\x00"), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		list := map[string]string{"A": "added", "D": "removed"}[fields[i]]
		if list == "" {
			list = "modified"
		}
		c[list] = append(c[list].([]string), fields[i+1])
	}
	return c
}
