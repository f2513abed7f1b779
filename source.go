package moorage

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// ParseRepoURL reads the URL of a Git repository. The error is Invalid.
func ParseRepoURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" && u.Scheme != "file" || u.User != nil {
		return nil, Errorf(Invalid, "%s is not the URL of a Git repository.", clip(s, 200)).
			Try("Give one that begins with https://, without a user or password in it.")
	}
	return u, nil
}

// Same reports whether both are the same folder of the same repository, on
// whatever branch.
func (s Source) Same(t Source) bool {
	return strings.EqualFold(bareURL(s.RepoURL), bareURL(t.RepoURL)) && s.Subdir == t.Subdir
}

func bareURL(u string) string { return strings.TrimSuffix(strings.TrimSuffix(u, "/"), ".git") }

// Word is the last word of the source: of its folder, or of its repository.
func (s Source) Word() string {
	if s.Subdir != "" {
		return path.Base(s.Subdir)
	}
	url := bareURL(s.RepoURL)
	return url[strings.LastIndexAny(url, "/:")+1:]
}

// RegistryName is what a server of the source is called in registries: reverse
// DNS of the source, a slash, the server.
func (s Source) RegistryName(slug string) string {
	u, err := ParseRepoURL(s.RepoURL)
	if err != nil || u.Host == "" {
		return "local.moorage/" + slug
	}
	owner, _, found := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if u.Hostname() == "github.com" && found {
		return "io.github." + strings.ToLower(owner) + "/" + slug
	}
	labels := strings.Split(u.Hostname(), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "/" + slug
}

// CheckRef says why s cannot be a branch, a tag or a commit; "" is the default
// branch. What Git allows is checked where it is used; here only what could be
// an option or a path. The error is Invalid.
func CheckRef(s string) error {
	if strings.HasPrefix(s, "-") || strings.Contains(s, "..") || strings.ContainsAny(s, " ~^:?*[\\\x00\n") || len(s) > 250 {
		return Errorf(Invalid, "This is not the name of a branch, a tag or a commit.")
	}
	return nil
}

// CleanFolder is a path inside a repository as it is kept: "" is the root. The
// error is Invalid.
func CleanFolder(s string) (string, error) {
	if s == "" || s == "." || s == "/" {
		return "", nil
	}
	clean := path.Clean(s)
	if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || strings.ContainsAny(s, "\\\x00") || len(s) > 500 {
		return clean, Errorf(Invalid, "Give a folder inside the repository, such as servers/weather.")
	}
	return clean, nil
}

// clip cuts s to at most n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
