package oauth

import (
	"context"
	"fmt"

	"moorage"
)

// Caller returns who calls a resource (the URL of an endpoint of this Moorage)
// with an access token: the person as they are now, and what the token reaches.
// The error is Unauthenticated for a token that is not good, or good for
// another resource (RFC 8707, section 2; MCP, basic/authorization).
func (s *Server) Caller(ctx context.Context, token, resource string) (moorage.Caller, error) {
	slug, ours := s.slugOf(resource)
	if !ours || !IsAccess(token) {
		return moorage.Caller{}, errToken()
	}
	found, g, err := s.db.OAuthToken(ctx, hash(token))
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return moorage.Caller{}, errToken().Because(err)
	case err != nil:
		return moorage.Caller{}, fmt.Errorf("find an access token: %w", err)
	}
	now := s.now()
	if found.Kind != moorage.OAuthAccess || !now.Before(found.ExpiresAt) || g.Resource != s.resource(slug) {
		return moorage.Caller{}, errToken()
	}
	if now.Sub(g.LastUsedAt) >= touchEvery {
		if err := s.db.TouchOAuthGrant(ctx, g.ID, now); err != nil {
			return moorage.Caller{}, fmt.Errorf("touch grant %s: %w", g.ID, ended(err))
		}
	}
	user, err := s.db.User(ctx, g.UserID)
	if err != nil {
		return moorage.Caller{}, fmt.Errorf("find the user of grant %s: %w", g.ID, err)
	}
	return moorage.Caller{User: user, Means: moorage.MeansClient, Token: string(g.ID), Scope: scopeOf(slug)}, nil
}

// IsAccess reports whether a token is one of ours for an endpoint, by its form.
func IsAccess(token string) bool { return isSecret(accessPrefix, token) }

// ended is for a grant that went away since its token was read.
func ended(err error) error {
	if moorage.ErrorCode(err) == moorage.NotFound {
		return errToken().Because(err)
	}
	return err
}

// scopeOf is what a token reaches: all tools of the server of its endpoint.
func scopeOf(slug string) moorage.Scope {
	if slug == "" {
		return nil // whatever the person may call
	}
	return moorage.Scope{slug + "/*"}
}

func errToken() *moorage.Error {
	return moorage.Errorf(moorage.Unauthenticated, "This access token is not good for this address, or not any more.").
		Try("Let the client sign in again.")
}
