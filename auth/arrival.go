package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"moorage"
)

// link connects a GitHub account to the person who began, who must still be
// the one that is signed in.
func (a *Auth) link(r *http.Request, to moorage.UserID, who person) (moorage.User, error) {
	ctx := r.Context()
	user, err := a.SignedIn(r)
	if err != nil {
		return moorage.User{}, err
	}
	if user.ID != to {
		return moorage.User{}, moorage.Errorf(moorage.Forbidden, "Somebody else is signed in by now.").Try("Begin again.")
	}
	a.enter.Lock()
	defer a.enter.Unlock()
	other, err := a.db.UserByGitHubID(ctx, who.id)
	switch {
	case err == nil && other.ID != user.ID:
		return moorage.User{}, moorage.Errorf(moorage.Conflict, "The GitHub account %s belongs to another person here.", who.login).
			Try("Sign out, then sign in with GitHub.")
	case err != nil && moorage.ErrorCode(err) != moorage.NotFound:
		return moorage.User{}, fmt.Errorf("find the user of GitHub account %d: %w", who.id, err)
	}
	return a.update(ctx, user, who, user.Role)
}

// admit lets the person in whom GitHub vouches for, if they may come in.
func (a *Auth) admit(ctx context.Context, who person, token string) (moorage.User, error) {
	known, err := a.db.UserByGitHubID(ctx, who.id)
	if err != nil && moorage.ErrorCode(err) != moorage.NotFound {
		return moorage.User{}, fmt.Errorf("find the user of GitHub account %d: %w", who.id, err)
	}
	role, err := a.roleOf(ctx, known, who, token)
	if err != nil {
		return moorage.User{}, a.turnAway(ctx, known.ID, who, err)
	}
	a.enter.Lock()
	defer a.enter.Unlock()
	user, err := a.db.UserByGitHubID(ctx, who.id) // again: two browsers may be here at once
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return a.create(ctx, who, role)
	case err != nil:
		return moorage.User{}, fmt.Errorf("find the user of GitHub account %d: %w", who.id, err)
	}
	return a.update(ctx, user, who, role)
}

// turnAway returns the refusal. Who was allowed once and is no longer loses the
// sessions and tokens they have; that GitHub did not answer is no reason to.
func (a *Auth) turnAway(ctx context.Context, known moorage.UserID, who person, refusal error) error {
	var notAllowed *NotAllowed
	if !errors.As(refusal, &notAllowed) {
		return refusal
	}
	a.log.WarnContext(ctx, "sign-in refused", "login", who.login, "github_id", who.id, "user", known, "was", "signed out")
	if known == "" {
		return refusal
	}
	return errors.Join(refusal, a.SignOutEverywhere(ctx, known))
}

func (a *Auth) create(ctx context.Context, who person, role moorage.Role) (moorage.User, error) {
	now := a.now()
	user := moorage.User{
		ID:         moorage.NewUserID(now),
		GitHubID:   who.id,
		Login:      who.login,
		Name:       who.name,
		AvatarURL:  who.avatar,
		Role:       role,
		CreatedAt:  now,
		LastSeenAt: now,
	}
	if err := a.db.CreateUser(ctx, user); err != nil {
		return moorage.User{}, fmt.Errorf("create user %s: %w", user.Login, err)
	}
	return user, nil
}

func (a *Auth) update(ctx context.Context, user moorage.User, who person, role moorage.Role) (moorage.User, error) {
	if user.Role != role {
		a.log.InfoContext(ctx, "role changed", "user", user.ID, "role", role, "was", user.Role)
	}
	user.GitHubID, user.Login, user.Name, user.AvatarURL = who.id, who.login, who.name, who.avatar
	user.Role, user.LastSeenAt = role, a.now()
	if err := a.db.UpdateUser(ctx, user); err != nil {
		return moorage.User{}, fmt.Errorf("update user %s: %w", user.ID, err)
	}
	return user, nil
}
