package oauth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"moorage"
)

const (
	nameCap  = 100       // characters
	idPrefix = "client_" // of those that registered
	idCap    = 100       // bytes of the same
)

// Client is a program that asks to be let in.
type Client struct {
	ID        string
	Name      string // as it calls itself; may be ""
	Host      string // whose document says so; "": it is its own word
	redirects []string
}

// Title is what a person calls the client by. One without a name is called by
// where it can be reached.
func (c Client) Title() string {
	if c.Name != "" || len(c.redirects) == 0 {
		return c.Name
	}
	place, _ := Place(c.redirects[0])
	return "a client at " + place
}

// client finds who asks. The error is Invalid, for a page: where to send an
// error to is not known (RFC 6749, section 4.1.2.1).
func (s *Server) client(ctx context.Context, user moorage.User, id string) (Client, error) {
	if isDocument(id) {
		if err := s.limits.allow("documents", string(user.ID), documentsAMinute); err != nil {
			return Client{}, err
		}
		return s.documents.client(ctx, id)
	}
	if !strings.HasPrefix(id, idPrefix) || len(id) > idCap {
		return Client{}, errClient(nil)
	}
	c, err := s.db.OAuthClient(ctx, id)
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return Client{}, errClient(err)
	case err != nil:
		return Client{}, fmt.Errorf("find a client: %w", err)
	}
	return Client{ID: c.ID, Name: c.Name, redirects: c.RedirectURIs}, nil
}

func errClient(why error) *moorage.Error {
	return moorage.Errorf(moorage.Invalid, "Moorage does not know the client that sent you here, or not any more.").
		Try("Remove this Moorage from the client and add it again: it then introduces itself anew.").Because(why)
}

// cleanName is what a client calls itself, as it may stand on a page: one line,
// without characters that cannot be seen or turn others around.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return -1
	}, strings.ToValidUTF8(name, ""))
	r := []rune(strings.Join(strings.Fields(name), " "))
	return string(r[:min(len(r), nameCap)])
}

// usable are those of a client's redirects that codes may be sent to.
func usable(redirects []string) []string {
	return slices.DeleteFunc(slices.Clone(redirects), func(r string) bool { return !validRedirect(r) })
}
