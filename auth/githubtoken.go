package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/oauth2"

	"moorage"
)

// renewAhead is how long before its end a token is renewed: a clone that
// begins with it has to finish.
const renewAhead = 30 * time.Minute

func tokenRow(id moorage.UserID) string       { return "user/" + string(id) + "/github_token" }
func renewalRow(id moorage.UserID) string     { return "setting/" + renewalSetting(id) }
func renewalSetting(id moorage.UserID) string { return "github_renewal/" + string(id) }

// renewal is how a token is renewed. Tokens of GitHub Apps end after eight
// hours, those of OAuth apps never. It is kept apart from the token, which
// others open too.
type renewal struct {
	RefreshToken string    `json:"refresh_token,omitempty"`
	Expiry       time.Time `json:"expiry,omitzero"`
}

// GitHubToken returns the GitHub token of a person, renewed when it ends soon:
// for their own listing and clones. It is "" for a person without GitHub. The
// chain of the error holds moorage.ErrTokenRevoked when only a new sign-in helps.
func (a *Auth) GitHubToken(ctx context.Context, id moorage.UserID) (string, error) {
	token, how, err := a.tokenOf(ctx, id)
	if err != nil || !how.due(a.now()) {
		return token, err
	}
	renewed, err, _ := a.renewals.Do(string(id), func() (any, error) {
		return a.renew(context.WithoutCancel(ctx), id)
	})
	if err != nil {
		return "", err
	}
	return renewed.(string), nil
}

// due reports whether a token has to be renewed before it is used.
func (r renewal) due(now time.Time) bool {
	return r.RefreshToken != "" && !r.Expiry.IsZero() && !now.Add(renewAhead).Before(r.Expiry)
}

// renew trades the refresh token for a new pair. It reads anew: whoever came
// before us may have used up the one that we saw.
func (a *Auth) renew(ctx context.Context, id moorage.UserID) (string, error) {
	current, how, err := a.tokenOf(ctx, id)
	if err != nil || !how.due(a.now()) {
		return current, err
	}
	connection, err := a.Connection(ctx)
	if err != nil {
		return "", err
	}
	client := context.WithValue(ctx, oauth2.HTTPClient, a.http)
	token, err := a.oauth(connection).TokenSource(client, &oauth2.Token{RefreshToken: how.RefreshToken}).Token()
	if err != nil {
		err = explainExchange(err)
		if moorage.ErrorCode(err) == moorage.Forbidden {
			return "", errRevoked(err)
		}
		return "", err
	}
	if err := a.keepToken(ctx, id, token); err != nil {
		return "", err
	}
	a.log.InfoContext(ctx, "GitHub token renewed", "user", id, "was", how.Expiry)
	return token.AccessToken, nil
}

// tokenOf returns what is stored: "" for a person without GitHub. keepToken
// writes in the opposite order, so that a new renewal never comes with an old token.
func (a *Auth) tokenOf(ctx context.Context, id moorage.UserID) (string, renewal, error) {
	how, err := a.renewal(ctx, id)
	if err != nil {
		return "", renewal{}, err
	}
	sealed, err := a.db.GitHubToken(ctx, id)
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound, err == nil && len(sealed) == 0:
		return "", renewal{}, nil
	case err != nil:
		return "", renewal{}, fmt.Errorf("read the GitHub token of %s: %w", id, err)
	}
	token, err := a.seal.Open(sealed, tokenRow(id))
	if err != nil {
		return "", renewal{}, errRevoked(fmt.Errorf("open the GitHub token of %s: %w", id, err))
	}
	return string(token), how, nil
}

// keepToken seals and stores a token, and how to renew it.
func (a *Auth) keepToken(ctx context.Context, id moorage.UserID, token *oauth2.Token) error {
	sealed, err := a.seal.Seal([]byte(token.AccessToken), tokenRow(id))
	if err != nil {
		return fmt.Errorf("seal the GitHub token of %s: %w", id, err)
	}
	plain := renewal{RefreshToken: token.RefreshToken}
	if token.ExpiresIn > 0 {
		plain.Expiry = a.now().Add(time.Duration(token.ExpiresIn) * time.Second)
	}
	how, err := json.Marshal(plain)
	if err != nil {
		return fmt.Errorf("keep the renewal of %s: %w", id, err)
	}
	sealedHow, err := a.seal.Seal(how, renewalRow(id))
	if err != nil {
		return fmt.Errorf("seal the renewal of %s: %w", id, err)
	}
	if err := a.db.SetGitHubToken(ctx, id, sealed); err != nil {
		return fmt.Errorf("store the GitHub token of %s: %w", id, err)
	}
	if err := a.db.SetSetting(ctx, renewalSetting(id), "", sealedHow); err != nil {
		return fmt.Errorf("store the renewal of %s: %w", id, err)
	}
	return nil
}

func (a *Auth) renewal(ctx context.Context, id moorage.UserID) (renewal, error) {
	var how renewal
	_, sealed, err := a.db.Setting(ctx, renewalSetting(id))
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return how, nil
	case err != nil:
		return how, fmt.Errorf("read the renewal of %s: %w", id, err)
	}
	plain, err := a.seal.Open(sealed, renewalRow(id))
	if err != nil {
		return how, errRevoked(fmt.Errorf("open the renewal of %s: %w", id, err))
	}
	if err := json.Unmarshal(plain, &how); err != nil {
		return how, fmt.Errorf("read the renewal of %s: %w", id, err)
	}
	return how, nil
}

func errRevoked(cause error) error {
	return moorage.Errorf(moorage.Unauthenticated, "Your sign-in with GitHub has ended.").
		Try("Sign in again.").Because(errors.Join(moorage.ErrTokenRevoked, cause))
}
