package clone

import (
	"net/url"
	"strings"

	"moorage"
)

// checkURL decides whether a source may be cloned at all, before anything is
// dialled.
func checkURL(req Request) (*url.URL, error) {
	u, err := url.Parse(req.URL)
	if err != nil || u.Scheme == "" {
		return nil, moorage.Errorf(moorage.Invalid, "This is not a repository's address.").
			Try("Use its full address, like https://github.com/owner/repository.").Because(err)
	}
	switch {
	case u.User != nil:
		return nil, moorage.Errorf(moorage.Invalid, "A repository's address must not hold a user name or a password.").
			Try("Take what stands before the @ out of it; for a private repository connect GitHub.")
	case u.Scheme == "file" && req.AllowLocal:
		return u, nil
	case u.Scheme == "file":
		return nil, onlyHTTPS(u)
	case u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, moorage.Errorf(moorage.Invalid, "This is not a repository's address.").
			Try("Use its full address, like https://github.com/owner/repository.")
	case u.Scheme == "https", u.Scheme == "http" && (isGitHub(u, req.GitHubURL) || req.AllowLocal):
		return u, nil
	}
	return nil, onlyHTTPS(u)
}

func onlyHTTPS(u *url.URL) error {
	return moorage.Errorf(moorage.Invalid, "Repositories are cloned over https only, not over %s.", u.Scheme).
		Try("Use the repository's https:// address.")
}

// isGitHub reports whether u has the scheme and host of the configured GitHub.
func isGitHub(u *url.URL, github string) bool {
	g, err := url.Parse(github)
	return err == nil && g.Host != "" && strings.EqualFold(g.Host, u.Host) && g.Scheme == u.Scheme
}

var errPrivate = moorage.Errorf(moorage.Forbidden, "The repository's host is not on the public internet.").
	Try("Repositories of a private network are not cloned: use a public address, or name the host as MOORAGE_GITHUB_URL when it is your GitHub.")
