package github

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"moorage"
)

const (
	// wholeCommits is how many commits a push may name for its paths to be all
	// of them: beyond it, GitHub has been seen to leave some out.
	wholeCommits = 20

	pathsCap   = 10_000 // of one push; more count as "not all"
	messageCap = 4096   // bytes of a commit message: markers stand in what a person reads
	textCap    = 1024   // bytes of every other text
)

// pushPayload is what we read of GitHub's push event.
// See https://docs.github.com/en/webhooks/webhook-events-and-payloads#push.
type pushPayload struct {
	Ref        string       `json:"ref"`
	After      string       `json:"after"`
	Created    bool         `json:"created"`
	Deleted    bool         `json:"deleted"`
	Forced     bool         `json:"forced"`
	Commits    []pushCommit `json:"commits"`
	HeadCommit *pushCommit  `json:"head_commit"`
	Repository struct {
		ID            int64  `json:"id"`
		FullName      string `json:"full_name"`
		CloneURL      string `json:"clone_url"`
		DefaultBranch string `json:"default_branch"`
		Fork          bool   `json:"fork"`
	} `json:"repository"`
	Sender struct {
		Login string `json:"login"`
	} `json:"sender"`
}

type pushCommit struct {
	ID       string   `json:"id"`
	Message  string   `json:"message"`
	Added    []string `json:"added"`
	Removed  []string `json:"removed"`
	Modified []string `json:"modified"`
}

var (
	hashPattern  = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)
	loginPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?$`)
)

// ParsePush reads the body of a push event. It believes nothing: what does not
// have GitHub's shape is Invalid, whoever signed it.
func (Hook) ParsePush(body []byte) (moorage.Push, error) {
	var p pushPayload
	if err := json.Unmarshal(body, &p); err != nil {
		return moorage.Push{}, badPush("it is no JSON of a push").Because(err)
	}
	r := p.Repository
	owner, name, _ := strings.Cut(r.FullName, "/")
	switch {
	case r.ID <= 0 || checkName(owner, name) != nil:
		return moorage.Push{}, badPush("it names no repository")
	case !isWeb(r.CloneURL):
		return moorage.Push{}, badPush("it has no address to clone from")
	case !strings.HasPrefix(p.Ref, "refs/") || !isText(p.Ref) || !isText(r.DefaultBranch):
		return moorage.Push{}, badPush("it names no branch and no tag")
	case !hashPattern.MatchString(p.After):
		return moorage.Push{}, badPush("it names no commit")
	}
	push := moorage.Push{
		RepositoryID: r.ID, Repository: r.FullName, CloneURL: r.CloneURL, DefaultBranch: r.DefaultBranch, Fork: r.Fork, Ref: p.Ref,
	}
	if loginPattern.MatchString(p.Sender.Login) {
		push.By = p.Sender.Login
	}
	if p.Deleted || strings.Trim(p.After, "0") == "" {
		return push, nil
	}
	push.Commit = p.After
	if p.HeadCommit != nil {
		push.Message = strings.ToValidUTF8(p.HeadCommit.Message[:min(len(p.HeadCommit.Message), messageCap)], "")
	}
	push.Paths, push.Complete = p.paths()
	return push, nil
}

// paths lists what the commits touched, and whether that is all that changed
// on the branch: a new branch, or one that was moved by force, tells only a part.
func (p pushPayload) paths() (paths []string, all bool) {
	all = !p.Created && !p.Forced && len(p.Commits) > 0 && len(p.Commits) < wholeCommits
	for _, c := range p.Commits {
		for _, list := range [][]string{c.Added, c.Modified, c.Removed} {
			if len(paths)+len(list) > pathsCap {
				return paths, false
			}
			paths = append(paths, list...)
		}
	}
	return paths, all && len(paths) > 0
}

// isText reports whether s is a short text without control characters.
func isText(s string) bool {
	return s != "" && len(s) <= textCap && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// isWeb reports whether s is an address of the web without a user in it.
func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && isText(s) && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func badPush(why string) *moorage.Error {
	return moorage.Errorf(moorage.Invalid, "This push cannot be read: %s.", why).
		Try("Let the webhook send GitHub's push events, as JSON.")
}
