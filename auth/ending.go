package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"moorage"
)

// endingWithin bounds what GitHub is asked when a rule is removed.
const endingWithin = 30 * time.Second

// EndAccess signs everybody out whom only a rule let in that was just removed.
// Whom GitHub cannot vouch for now is signed out too: they may sign in again if
// another rule lets them.
func (a *Auth) EndAccess(ctx context.Context, removed moorage.AccessRule) error {
	ctx = context.WithoutCancel(ctx) // half of it would leave people in
	rules, err := a.db.AccessRules(ctx)
	if err != nil {
		return fmt.Errorf("list access rules: %w", err)
	}
	people, err := a.db.Users(ctx)
	if err != nil {
		return fmt.Errorf("list people: %w", err)
	}
	asking, stop := context.WithTimeout(ctx, endingWithin)
	defer stop()
	for _, u := range people {
		if u.Role == moorage.RoleAdmin || removed.Kind == moorage.AccessUser && !strings.EqualFold(removed.Name, u.Login) {
			continue
		}
		if a.mayStay(asking, rules, u) {
			continue
		}
		if err := a.SignOutEverywhere(ctx, u.ID); err != nil {
			return err
		}
	}
	return nil
}

// mayStay reports whether the rules are known to let a person in.
func (a *Auth) mayStay(ctx context.Context, rules []moorage.AccessRule, u moorage.User) bool {
	if a.configuredAdmin(u.GitHubID, u.Login) {
		return true
	}
	token, err := a.GitHubToken(ctx, u.ID)
	if err == nil {
		var allowed bool
		if allowed, err = a.allowed(ctx, rules, person{id: u.GitHubID, login: u.Login}, token); err == nil {
			return allowed
		}
	}
	a.log.WarnContext(ctx, "not known to be allowed", "user", u.ID, "err", err)
	return false
}
