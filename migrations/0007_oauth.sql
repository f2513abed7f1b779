-- +goose Up
-- Moorage as an OAuth 2.1 authorization server. Of codes, tokens and secrets
-- only the SHA-256 is kept. A client_id may also be the https URL of a metadata
-- document, so it refers to no table.

CREATE TABLE oauth_clients (
	id            TEXT    PRIMARY KEY,
	name          TEXT    NOT NULL,
	redirect_uris TEXT    NOT NULL,        -- JSON: a list
	auth_method   TEXT    NOT NULL,
	secret_hash   BLOB,
	created_at    INTEGER NOT NULL,
	used_at       INTEGER,
	expires_at    INTEGER NOT NULL,
	CHECK ((auth_method = 'none') = (secret_hash IS NULL))
) STRICT;

CREATE INDEX oauth_clients_by_expiry ON oauth_clients (expires_at);
CREATE INDEX oauth_clients_never_used ON oauth_clients (created_at) WHERE used_at IS NULL;

CREATE TABLE oauth_grants (
	id           TEXT    PRIMARY KEY,
	user_id      TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	client_id    TEXT    NOT NULL,
	client_name  TEXT    NOT NULL,
	client_host  TEXT    NOT NULL,
	redirect_uri TEXT    NOT NULL,
	resource     TEXT    NOT NULL,
	created_at   INTEGER NOT NULL,
	last_used_at INTEGER,
	expires_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX oauth_grants_by_user   ON oauth_grants (user_id);
CREATE INDEX oauth_grants_by_client ON oauth_grants (client_id);
CREATE INDEX oauth_grants_by_expiry ON oauth_grants (expires_at);

CREATE TABLE oauth_codes (
	hash         BLOB    PRIMARY KEY,
	grant_id     TEXT    NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
	redirect_uri TEXT    NOT NULL,
	challenge    TEXT    NOT NULL,
	expires_at   INTEGER NOT NULL,
	used_at      INTEGER                   -- a used one is kept, so that a second use is known
) STRICT;

CREATE INDEX oauth_codes_by_grant ON oauth_codes (grant_id);

CREATE TABLE oauth_tokens (
	hash       BLOB    PRIMARY KEY,
	grant_id   TEXT    NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
	kind       TEXT    NOT NULL CHECK (kind IN ('access', 'refresh')),
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	spent_at   INTEGER                     -- a spent one is kept, likewise
) STRICT;

CREATE INDEX oauth_tokens_by_grant  ON oauth_tokens (grant_id);
CREATE INDEX oauth_tokens_by_expiry ON oauth_tokens (expires_at);
