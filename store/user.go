package store

import (
	"context"
	"strconv"

	"moorage"
)

const userColumns = `id, COALESCE(github_id, 0), login, name, avatar_url, role, created_at, last_seen_at`

// User returns a person by id.
func (db *DB) User(ctx context.Context, id moorage.UserID) (moorage.User, error) {
	return remember(&db.memory, id, func() (moorage.User, error) {
		return one(ctx, db.main.r, noUser(), scanUser, `
			SELECT `+userColumns+`
			FROM   users
			WHERE  id = ?`, id)
	})
}

// UserByGitHubID returns the person who connected the GitHub account.
func (db *DB) UserByGitHubID(ctx context.Context, githubID int64) (moorage.User, error) {
	return one(ctx, db.main.r, noUser(), scanUser, `
		SELECT `+userColumns+`
		FROM   users
		WHERE  github_id = ?`, githubID)
}

// UserByLogin returns the person with a login, in any case. GitHub gives a
// login that was renamed away to the next who asks, so of several the one who
// was here last is meant.
func (db *DB) UserByLogin(ctx context.Context, login string) (moorage.User, error) {
	return one(ctx, db.main.r, noUser(), scanUser, `
		SELECT   `+userColumns+`
		FROM     users
		WHERE    login = ?
		ORDER BY last_seen_at DESC
		LIMIT    1`, login)
}

// Users returns everyone, by login.
func (db *DB) Users(ctx context.Context) ([]moorage.User, error) {
	return all(ctx, db.main.r, scanUser, `
		SELECT   `+userColumns+`
		FROM     users
		ORDER BY login, id`)
}

// HasAdmin reports whether somebody may do everything: whether setup was done.
func (db *DB) HasAdmin(ctx context.Context) (bool, error) {
	n, err := count(ctx, db.main.r, `
		SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin')`)
	return n == 1, err
}

// CreateUser adds a person. Conflict when the GitHub account is somebody's already.
func (db *DB) CreateUser(ctx context.Context, u moorage.User) error {
	return db.write(ctx, "create user", func(t *tx) error { return t.createUser(ctx, u) })
}

// CreateUserOnce adds a person and notes them in a setting, unless it names
// somebody already. It returns whom the setting names, also when several
// processes ask at the same time.
func (db *DB) CreateUserOnce(ctx context.Context, setting string, u moorage.User) (id moorage.UserID, err error) {
	err = db.write(ctx, "create user once", func(t *tx) error {
		named, err := all(ctx, t, value[moorage.UserID], `
			SELECT value
			FROM   settings
			WHERE  name = ? AND value <> ''`, setting)
		if err != nil {
			return err
		}
		if len(named) > 0 {
			id = named[0]
			return nil
		}
		id = u.ID
		if err := t.createUser(ctx, u); err != nil {
			return err
		}
		return setSetting(ctx, t, setting, string(u.ID), nil)
	})
	return id, err
}

func (t *tx) createUser(ctx context.Context, u moorage.User) error {
	created := or(u.CreatedAt, t.now)
	_, err := t.exec(ctx, `
		INSERT INTO users (id, github_id,    login, name, avatar_url, role, created_at, last_seen_at)
		VALUES            (?,  NULLIF(?, 0), ?,     ?,    ?,          ?,    ?,          ?)`,
		u.ID, u.GitHubID, u.Login, u.Name, u.AvatarURL, u.Role, at(created), at(or(u.LastSeenAt, created)))
	if err != nil {
		return githubTaken(err)
	}
	return t.auditAs(ctx, actsAs(ctx, u), moorage.Deed{
		Act: moorage.ActPersonCreate, Target: personTarget(u), Details: map[string]string{"role": string(u.Role)},
	})
}

// UpdateUser stores everything of a person but the id and the time they came.
func (db *DB) UpdateUser(ctx context.Context, u moorage.User) error {
	return db.write(ctx, "update user", func(t *tx) error {
		was, err := t.person(ctx, u.ID)
		if err != nil {
			return err
		}
		if err := githubTaken(t.execOne(ctx, noUser(), `
			UPDATE users
			SET    github_id = NULLIF(?, 0), login = ?, name = ?, avatar_url = ?, role = ?, last_seen_at = ?
			WHERE  id = ?`,
			u.GitHubID, u.Login, u.Name, u.AvatarURL, u.Role, at(or(u.LastSeenAt, t.now)), u.ID)); err != nil {
			return err
		}
		return t.auditPerson(ctx, was, u)
	})
}

// auditPerson writes down what gives or takes rights; a new picture does not.
func (t *tx) auditPerson(ctx context.Context, was, is moorage.User) error {
	if is.Role != was.Role {
		if err := t.auditAs(ctx, actsAs(ctx, is), moorage.Deed{
			Act: moorage.ActPersonRole, Target: personTarget(is),
			Details: map[string]string{"role": string(is.Role), "was": string(was.Role)},
		}); err != nil {
			return err
		}
	}
	if is.GitHubID == was.GitHubID {
		return nil
	}
	return t.auditAs(ctx, actsAs(ctx, is), moorage.Deed{
		Act: moorage.ActPersonLink, Target: personTarget(is),
		Details: map[string]string{"github_id": strconv.FormatInt(is.GitHubID, 10), "was": strconv.FormatInt(was.GitHubID, 10)},
	})
}

// GitHubToken returns the sealed token of a person. NotFound when they have
// not connected GitHub, or the token was cleared.
func (db *DB) GitHubToken(ctx context.Context, id moorage.UserID) ([]byte, error) {
	absent := moorage.Errorf(moorage.NotFound, "GitHub is not connected.").Try("Sign in with GitHub once more.")
	return one(ctx, db.main.r, absent, value[[]byte], `
		SELECT github_token
		FROM   users
		WHERE  id = ? AND github_token IS NOT NULL`, id)
}

// SetGitHubToken stores the sealed token of a person; nil clears it.
func (db *DB) SetGitHubToken(ctx context.Context, id moorage.UserID, sealed []byte) error {
	return db.write(ctx, "set GitHub token", func(t *tx) error {
		return t.execOne(ctx, noUser(), `
			UPDATE users
			SET    github_token = ?
			WHERE  id = ?`, sealed, id)
	})
}

func scanUser(row scanner) (u moorage.User, err error) {
	err = row.Scan(&u.ID, &u.GitHubID, &u.Login, &u.Name, &u.AvatarURL, &u.Role,
		moment{&u.CreatedAt}, moment{&u.LastSeenAt})
	return u, err
}

func noUser() *moorage.Error {
	return moorage.Errorf(moorage.NotFound, "There is no such person here.")
}

func githubTaken(err error) error {
	if isDuplicate(err) {
		return moorage.Errorf(moorage.Conflict, "This GitHub account belongs to somebody here already.").Because(err)
	}
	return err
}
