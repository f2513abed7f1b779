package github

import "net/url"

// InstallURL is where a person says which repositories the GitHub App slug may
// read.
func (c *Client) InstallURL(slug string) string {
	return c.web + "/apps/" + url.PathEscape(slug) + "/installations/new"
}

// GrantURL is where a person sees which organisations granted access to the
// OAuth app clientID, and asks for more.
func (c *Client) GrantURL(clientID string) string {
	return c.web + "/settings/connections/applications/" + url.PathEscape(clientID)
}

// AccessURL is where a person configures access on GitHub: InstallURL when
// the connection is a GitHub App, GrantURL when it is an OAuth app, whose slug is "".
func (c *Client) AccessURL(slug, clientID string) string {
	if slug != "" {
		return c.InstallURL(slug)
	}
	return c.GrantURL(clientID)
}
