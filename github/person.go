package github

import (
	"context"

	gh "github.com/google/go-github/v92/github"
)

// Person is the owner of a token.
type Person struct {
	ID        int64 // never changes; a login may, and may then be somebody else's
	Login     string
	Name      string
	AvatarURL string
}

// Viewer returns the owner of token.
func (c *Client) Viewer(ctx context.Context, token string) (Person, error) {
	client, err := c.as(token)
	if err != nil {
		return Person{}, err
	}
	u, _, err := client.Users.Get(ctx, "")
	if err != nil {
		return Person{}, c.explain("get the viewer", err)
	}
	return Person{ID: u.GetID(), Login: u.GetLogin(), Name: u.GetName(), AvatarURL: u.GetAvatarURL()}, nil
}

// Organisations returns the logins of the organisations that the owner of token
// is an active member of, as far as the token may see them: an organisation that
// restricts OAuth apps hides itself until an owner approves Moorage.
func (c *Client) Organisations(ctx context.Context, token string) ([]string, error) {
	client, err := c.as(token)
	if err != nil {
		return nil, err
	}
	found, err := allPages(ctx, noCap, func(ctx context.Context, page gh.ListOptions) ([]*gh.Organization, *gh.Response, error) {
		return client.Organizations.List(ctx, "", &page)
	})
	if err != nil {
		return nil, c.explain("list organisations", err)
	}
	logins := make([]string, len(found))
	for i, o := range found {
		logins[i] = o.GetLogin()
	}
	return logins, nil
}
