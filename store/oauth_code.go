package store

import (
	"context"

	"moorage"
)

// OAuthCode returns a code with its grant, also one that is used or too old:
// the caller checks.
func (db *DB) OAuthCode(ctx context.Context, hash []byte) (moorage.OAuthCode, moorage.OAuthGrant, error) {
	absent := moorage.Errorf(moorage.NotFound, "There is no such code.")
	code, err := one(ctx, db.main.r, absent, scanOAuthCode, `
		SELECT hash, grant_id, redirect_uri, challenge, expires_at, used_at
		FROM   oauth_codes
		WHERE  hash = ?`, hash)
	if err != nil {
		return code, moorage.OAuthGrant{}, err
	}
	g, err := oauthGrant(ctx, db.main.r, code.GrantID)
	return code, g, err
}

// RedeemOAuthCode trades a code for the first tokens of its grant, which lasts
// as long as they. A code that was used already is a Conflict, and ends the
// grant.
func (db *DB) RedeemOAuthCode(ctx context.Context, code moorage.OAuthCode, tokens ...moorage.OAuthToken) error {
	again := false
	err := db.write(ctx, "redeem OAuth code", func(t *tx) error {
		n, err := t.exec(ctx, `
			UPDATE oauth_codes
			SET    used_at = ?
			WHERE  hash = ? AND used_at IS NULL`, at(t.now), code.Hash)
		if err != nil {
			return err
		}
		if again = n == 0; again {
			return t.endGrant(ctx, code.GrantID, "its code came a second time")
		}
		return t.addOAuthTokens(ctx, code.GrantID, tokens)
	})
	if err == nil && again {
		err = moorage.Errorf(moorage.Conflict, "This code was used already.")
	}
	return err
}

func scanOAuthCode(row scanner) (c moorage.OAuthCode, err error) {
	err = row.Scan(&c.Hash, &c.GrantID, &c.RedirectURI, &c.Challenge, moment{&c.ExpiresAt}, moment{&c.UsedAt})
	return c, err
}
