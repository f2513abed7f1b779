-- +goose Up
CREATE TABLE auto_deploys (
	server_id     TEXT    PRIMARY KEY REFERENCES servers (id) ON DELETE CASCADE,
	enabled       INTEGER NOT NULL DEFAULT 0,
	repository_id INTEGER NOT NULL DEFAULT 0,    -- GitHub's; names change hands
	watch_paths   TEXT    NOT NULL DEFAULT '[]', -- JSON
	hook_secret   BLOB,                          -- sealed; NULL: no webhook by hand
	trouble       TEXT    NOT NULL DEFAULT '',   -- why GitHub is not told how deployments went
	trouble_next  TEXT    NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX auto_deploys_by_repository ON auto_deploys (repository_id);

-- What came by webhooks, so that each counts once.
CREATE TABLE deliveries (
	hook        TEXT    NOT NULL,                -- a server's id, or '' for the GitHub App's
	id          TEXT    NOT NULL,
	received_at INTEGER NOT NULL,
	PRIMARY KEY (hook, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_by_age ON deliveries (received_at);

CREATE TABLE decisions (
	n             INTEGER PRIMARY KEY,
	server_id     TEXT    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	deployment_id TEXT    NOT NULL,              -- '': it deployed nothing
	reason        TEXT    NOT NULL,
	ref           TEXT    NOT NULL,
	"commit"      TEXT    NOT NULL,
	pushed_by     TEXT    NOT NULL,
	at            INTEGER NOT NULL
) STRICT;

CREATE INDEX decisions_by_server ON decisions (server_id, n);

ALTER TABLE deployments ADD COLUMN pushed_commit TEXT NOT NULL DEFAULT ''; -- what the push announced
ALTER TABLE deployments ADD COLUMN pushed_by     TEXT NOT NULL DEFAULT ''; -- login at GitHub

-- What GitHub was told last, of each deployment that it is told about.
CREATE TABLE reports (
	deployment_id TEXT    PRIMARY KEY REFERENCES deployments (id) ON DELETE CASCADE,
	repository_id INTEGER NOT NULL,              -- GitHub's
	status        TEXT    NOT NULL DEFAULT '',   -- of the deployment, then
	"commit"      TEXT    NOT NULL DEFAULT '',
	github_id     INTEGER NOT NULL DEFAULT 0,    -- GitHub's number of the deployment
	closed        INTEGER NOT NULL DEFAULT 0     -- nothing will ever change again
) STRICT, WITHOUT ROWID;

CREATE INDEX reports_open ON reports (deployment_id) WHERE closed = 0;
