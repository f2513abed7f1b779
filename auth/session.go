package auth

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"moorage"
)

const (
	secretBytes     = 32 // of session ids, states and browser cookies
	sessionIdle     = 12 * time.Hour
	sessionAbsolute = 7 * 24 * time.Hour
	touchEvery      = time.Minute // how exactly the last use is known
	userAgentCap    = 256         // bytes
)

// StartSession signs user in on the browser behind r. The id is always a new
// one and the browser's former session ends, so that a planted id is worth
// nothing.
func (a *Auth) StartSession(w http.ResponseWriter, r *http.Request, user moorage.User) error {
	if err := a.endSession(r); err != nil {
		return err
	}
	id, now := newSecret(secretBytes), a.now()
	agent := r.UserAgent()
	if len(agent) > userAgentCap {
		agent = agent[:userAgentCap]
	}
	err := a.db.CreateWebSession(r.Context(), moorage.WebSession{
		IDHash:    hash(id),
		UserID:    user.ID,
		CreatedAt: now,
		SeenAt:    now,
		ExpiresAt: now.Add(sessionAbsolute),
		UserAgent: strings.ToValidUTF8(agent, ""),
	})
	if err != nil {
		return fmt.Errorf("create a session: %w", err)
	}
	a.setCookie(w, sessionCookie, id, sessionAbsolute)
	return nil
}

// SignedIn returns the person behind r by the session cookie, and notes that
// they were here. The error is Unauthenticated when nobody is signed in. It
// never looks at a bearer token.
func (a *Auth) SignedIn(r *http.Request) (moorage.User, error) {
	user, session, err := a.lookup(r)
	if err != nil {
		return moorage.User{}, err
	}
	if now := a.now(); now.Sub(session.SeenAt) >= touchEvery {
		if err := a.db.TouchWebSession(r.Context(), session.IDHash, now); err != nil {
			return moorage.User{}, fmt.Errorf("touch a session: %w", err)
		}
	}
	return user, nil
}

// StillSignedIn is SignedIn for streams that ask again and again: an open page
// alone does not keep a session alive.
func (a *Auth) StillSignedIn(r *http.Request) (moorage.User, error) {
	user, _, err := a.lookup(r)
	return user, err
}

// SignOut ends the session of the browser behind r.
func (a *Auth) SignOut(w http.ResponseWriter, r *http.Request) error {
	user, _, who := a.lookup(r)
	if err := a.endSession(r); err != nil {
		return err
	}
	a.setCookie(w, sessionCookie, "", 0)
	if who == nil {
		a.log.InfoContext(r.Context(), "signed out", "user", user.ID, "was", "signed in")
	}
	return nil
}

// SignOutEverywhere ends all sessions of a person, deletes their API tokens and
// ends what they gave to clients: when an admin takes their access away.
func (a *Auth) SignOutEverywhere(ctx context.Context, id moorage.UserID) error {
	if err := a.db.DeleteWebSessionsOf(ctx, id); err != nil {
		return fmt.Errorf("delete the sessions of %s: %w", id, err)
	}
	tokens, err := a.db.APITokens(ctx, id)
	if err != nil {
		return fmt.Errorf("list the tokens of %s: %w", id, err)
	}
	for _, t := range tokens {
		if err := a.db.DeleteAPIToken(ctx, id, t.ID); err != nil {
			return fmt.Errorf("delete token %s: %w", t.ID, err)
		}
	}
	if err := a.db.EndOAuthGrantsOf(ctx, id); err != nil {
		return fmt.Errorf("end the grants of %s: %w", id, err)
	}
	a.log.InfoContext(ctx, "access ended", "user", id, "tokens", len(tokens))
	return nil
}

func (a *Auth) lookup(r *http.Request) (moorage.User, moorage.WebSession, error) {
	id := a.cookie(r, sessionCookie)
	if id == "" {
		return moorage.User{}, moorage.WebSession{}, errNobody()
	}
	ctx := r.Context()
	session, err := a.db.WebSession(ctx, hash(id))
	if moorage.ErrorCode(err) == moorage.NotFound {
		return moorage.User{}, moorage.WebSession{}, errNobody().Because(err)
	}
	if err != nil {
		return moorage.User{}, moorage.WebSession{}, fmt.Errorf("find a session: %w", err)
	}
	if now := a.now(); !now.Before(session.ExpiresAt) || now.Sub(session.SeenAt) >= sessionIdle {
		if err := a.endSession(r); err != nil {
			return moorage.User{}, moorage.WebSession{}, err
		}
		return moorage.User{}, moorage.WebSession{}, moorage.Errorf(moorage.Unauthenticated, "Your session has ended.").Try("Sign in again.")
	}
	user, err := a.db.User(ctx, session.UserID)
	if err != nil {
		return moorage.User{}, moorage.WebSession{}, fmt.Errorf("find the user of a session: %w", err)
	}
	return user, session, nil
}

// endSession deletes the session row of the browser behind r, if it has one.
func (a *Auth) endSession(r *http.Request) error {
	id := a.cookie(r, sessionCookie)
	if id == "" {
		return nil
	}
	err := a.db.DeleteWebSession(r.Context(), hash(id))
	if err != nil && moorage.ErrorCode(err) != moorage.NotFound {
		return fmt.Errorf("delete a session: %w", err)
	}
	return nil
}

func errNobody() *moorage.Error {
	return moorage.Errorf(moorage.Unauthenticated, "You are not signed in.").Try("Sign in.")
}
