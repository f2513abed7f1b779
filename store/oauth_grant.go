package store

import (
	"context"
	"net/url"
	"time"

	"moorage"
)

const oauthGrantColumns = `id, user_id, client_id, client_name, client_host, redirect_uri, resource, created_at, last_used_at, expires_at`

// CreateOAuthGrant adds what a person gives a client, with the code that the
// client trades for it; a client that registered is kept until then. It is
// written down when the person was asked.
func (db *DB) CreateOAuthGrant(ctx context.Context, g moorage.OAuthGrant, code moorage.OAuthCode, clientUntil time.Time, asked bool) error {
	return db.write(ctx, "create OAuth grant", func(t *tx) error {
		_, err := t.exec(ctx, `
			INSERT INTO oauth_grants (`+oauthGrantColumns+`)
			VALUES                   (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			g.ID, g.UserID, g.ClientID, g.ClientName, g.ClientHost, g.RedirectURI, g.Resource, at(or(g.CreatedAt, t.now)), at(g.LastUsedAt), at(g.ExpiresAt))
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `
			INSERT INTO oauth_codes (hash, grant_id, redirect_uri, challenge, expires_at)
			VALUES                  (?,    ?,        ?,            ?,         ?)`,
			code.Hash, g.ID, code.RedirectURI, code.Challenge, at(code.ExpiresAt))
		if err != nil {
			return err
		}
		if err := t.letIn(ctx, g.ClientID, clientUntil); err != nil || !asked {
			return err
		}
		return t.auditGrant(ctx, moorage.ActClientAllow, g, "")
	})
}

// OAuthGrants returns what a person has given and clients have taken, the
// newest first. What has expired is left out.
func (db *DB) OAuthGrants(ctx context.Context, user moorage.UserID) ([]moorage.OAuthGrant, error) {
	return all(ctx, db.main.r, scanOAuthGrant, `
		SELECT   `+oauthGrantColumns+`
		FROM     oauth_grants
		WHERE    user_id = ? AND expires_at > ? AND EXISTS (SELECT 1 FROM oauth_tokens WHERE grant_id = oauth_grants.id)
		ORDER BY created_at DESC, id DESC`, user, at(db.now()))
}

// TouchOAuthGrant says that the client has called.
func (db *DB) TouchOAuthGrant(ctx context.Context, id moorage.GrantID, used time.Time) error {
	return db.write(ctx, "touch OAuth grant", func(t *tx) error {
		return t.execOne(ctx, noOAuthGrant(), `
			UPDATE oauth_grants
			SET    last_used_at = ?
			WHERE  id = ?`, at(used), id)
	})
}

// EndOAuthGrant ends everything of a grant of this person; another's is NotFound.
func (db *DB) EndOAuthGrant(ctx context.Context, user moorage.UserID, id moorage.GrantID) error {
	return db.write(ctx, "end OAuth grant", func(t *tx) error {
		gone, err := one(ctx, t, noOAuthGrant(), scanOAuthGrant, `
			DELETE FROM oauth_grants
			WHERE     id = ? AND user_id = ?
			RETURNING `+oauthGrantColumns, id, user)
		if err != nil {
			return err
		}
		return t.auditGrant(ctx, moorage.ActClientRevoke, gone, "")
	})
}

// EndOAuthGrantsOf ends every grant of a person.
func (db *DB) EndOAuthGrantsOf(ctx context.Context, user moorage.UserID) error {
	return db.write(ctx, "end OAuth grants", func(t *tx) error {
		gone, err := all(ctx, t, scanOAuthGrant, `
			DELETE FROM oauth_grants
			WHERE     user_id = ?
			RETURNING `+oauthGrantColumns, user)
		for i := 0; err == nil && i < len(gone); i++ {
			err = t.auditGrant(ctx, moorage.ActClientRevoke, gone[i], "")
		}
		return err
	})
}

// ForgetOAuthGrant takes back a grant that no client has taken.
func (db *DB) ForgetOAuthGrant(ctx context.Context, id moorage.GrantID) error {
	return db.write(ctx, "forget OAuth grant", func(t *tx) error {
		_, err := t.exec(ctx, `
			DELETE FROM oauth_grants
			WHERE  id = ? AND NOT EXISTS (SELECT 1 FROM oauth_tokens WHERE grant_id = oauth_grants.id)`, id)
		return err
	})
}

// endGrant ends a grant for a reason that is written down. It does not fail
// when it has ended already.
func (t *tx) endGrant(ctx context.Context, id moorage.GrantID, why string) error {
	gone, err := all(ctx, t, scanOAuthGrant, `
		DELETE FROM oauth_grants
		WHERE     id = ?
		RETURNING `+oauthGrantColumns, id)
	if err != nil || len(gone) == 0 {
		return err
	}
	return t.auditGrant(ctx, moorage.ActClientRevoke, gone[0], why)
}

// auditGrant writes down who lets a client in, or ends that. A client speaks
// for the person who let it in.
func (t *tx) auditGrant(ctx context.Context, act moorage.Act, g moorage.OAuthGrant, why string) error {
	owner, err := t.person(ctx, g.UserID)
	if err != nil {
		return err
	}
	by := moorage.ActorOf(ctx)
	if by.Means == moorage.MeansVisitor {
		by.Means, by.UserID, by.Login = moorage.MeansClient, owner.ID, owner.Login
	}
	details := map[string]string{"of": owner.Login, "client": g.ClientID, "resource": g.Resource}
	if back, err := url.Parse(g.RedirectURI); err == nil {
		details["back to"] = back.Scheme + "://" + back.Host
	}
	if why != "" {
		details["why"] = why
	}
	return t.auditAs(ctx, by, moorage.Deed{Act: act, Target: moorage.Target{Kind: "client", ID: string(g.ID), Name: g.ClientName}, Details: details})
}

func oauthGrant(ctx context.Context, q querier, id moorage.GrantID) (moorage.OAuthGrant, error) {
	return one(ctx, q, noOAuthGrant(), scanOAuthGrant, `
		SELECT `+oauthGrantColumns+`
		FROM   oauth_grants
		WHERE  id = ?`, id)
}

func scanOAuthGrant(row scanner) (g moorage.OAuthGrant, err error) {
	err = row.Scan(&g.ID, &g.UserID, &g.ClientID, &g.ClientName, &g.ClientHost, &g.RedirectURI, &g.Resource,
		moment{&g.CreatedAt}, moment{&g.LastUsedAt}, moment{&g.ExpiresAt})
	return g, err
}

func noOAuthGrant() *moorage.Error {
	return moorage.Errorf(moorage.NotFound, "This client is not connected.")
}
