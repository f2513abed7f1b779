package auth

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"moorage"
)

const (
	setupCodeBytes  = 16 // 128 bits
	setupCodeLife   = 30 * time.Minute
	operatorSetting = "operator" // the user id of the operator
	operatorLogin   = "operator" // until they connect GitHub
)

// NewSetupCode makes a code that turns one person into the operator, once,
// within 30 minutes.
func (a *Auth) NewSetupCode(ctx context.Context) (string, error) {
	code := newSecret(setupCodeBytes)
	if err := a.db.CreateSetupCode(ctx, hash(code), a.now().Add(setupCodeLife)); err != nil {
		return "", fmt.Errorf("store a setup code: %w", err)
	}
	return code, nil
}

// CheckSetupCode reports whether code would be accepted, without using it up:
// for the page that asks "become operator?".
func (a *Auth) CheckSetupCode(r *http.Request, code string) error {
	if err := a.attempts.allow("setup page", a.clientIP(r)); err != nil {
		return err
	}
	if !isSecret(code, setupCodeBytes) {
		return errSetupCode()
	}
	return explainSetup(a.db.HasSetupCode(r.Context(), hash(code)))
}

// Setup uses up a setup code and signs the browser in as the operator.
func (a *Auth) Setup(w http.ResponseWriter, r *http.Request, code string) (moorage.User, error) {
	if err := a.attempts.allow("setup", a.clientIP(r)); err != nil {
		return moorage.User{}, err
	}
	user, err := a.RedeemSetupCode(r.Context(), code)
	if err != nil {
		return moorage.User{}, err
	}
	return user, a.StartSession(w, r, user)
}

// RedeemSetupCode uses up a code and returns the operator, who is made when
// there is none yet. It does not count attempts: Setup does.
func (a *Auth) RedeemSetupCode(ctx context.Context, code string) (moorage.User, error) {
	if !isSecret(code, setupCodeBytes) {
		return moorage.User{}, errSetupCode()
	}
	if err := explainSetup(a.db.TakeSetupCode(ctx, hash(code))); err != nil {
		return moorage.User{}, err
	}
	user, err := a.Operator(ctx)
	if err != nil {
		return moorage.User{}, err
	}
	if user.Role != moorage.RoleAdmin { // another admin took it; who can run setup-link owns the machine
		user.Role = moorage.RoleAdmin
		if err := a.db.UpdateUser(ctx, user); err != nil {
			return moorage.User{}, fmt.Errorf("make the operator an admin again: %w", err)
		}
	}
	a.log.InfoContext(ctx, "became operator", "user", user.ID, "role", user.Role, "was", "signed out")
	return user, nil
}

// Operator returns the operator, after making them if need be: once, however
// many processes ask at the same time.
func (a *Auth) Operator(ctx context.Context) (moorage.User, error) {
	now := a.now()
	id, err := a.db.CreateUserOnce(ctx, operatorSetting, moorage.User{
		ID:         moorage.NewUserID(now),
		Login:      operatorLogin,
		Name:       "Operator",
		Role:       moorage.RoleAdmin,
		CreatedAt:  now,
		LastSeenAt: now,
	})
	if err != nil {
		return moorage.User{}, fmt.Errorf("make the operator: %w", err)
	}
	user, err := a.db.User(ctx, id)
	if err != nil {
		return moorage.User{}, fmt.Errorf("find the operator: %w", err)
	}
	return user, nil
}

func explainSetup(err error) error {
	switch {
	case err == nil:
		return nil
	case moorage.ErrorCode(err) == moorage.NotFound:
		return errSetupCode().Because(err)
	default:
		return fmt.Errorf("look up a setup code: %w", err)
	}
}

func errSetupCode() *moorage.Error {
	return moorage.Errorf(moorage.Forbidden, "This setup link is used up, too old, or not whole.").
		Try("Run “moorage setup-link” on the machine for a new one.")
}
