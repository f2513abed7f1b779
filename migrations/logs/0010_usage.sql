-- +goose Up
-- How servers are used. It is in this file because it is written often, and is
-- worth less than what a deployment did: nothing of it refers to the other file.

CREATE TABLE tallies (
	server_id TEXT    NOT NULL,
	minute    INTEGER NOT NULL,
	method    TEXT    NOT NULL,
	tool      TEXT    NOT NULL,
	calls     INTEGER NOT NULL,
	errors    INTEGER NOT NULL,
	cancelled INTEGER NOT NULL,
	bytes_in  INTEGER NOT NULL,
	bytes_out INTEGER NOT NULL,
	took      TEXT    NOT NULL,        -- JSON: how many by bucket
	PRIMARY KEY (server_id, minute, method, tool)
) STRICT, WITHOUT ROWID;

CREATE INDEX tallies_by_age ON tallies (minute);

CREATE TABLE loads (
	server_id TEXT    NOT NULL,
	at        INTEGER NOT NULL,
	sessions  INTEGER NOT NULL,
	instances INTEGER NOT NULL,
	memory    INTEGER NOT NULL,
	cpu       REAL    NOT NULL,
	PRIMARY KEY (server_id, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX loads_by_age ON loads (at);

-- The last calls one by one. There is no column for what was asked or answered.
CREATE TABLE calls (
	server_id   TEXT    NOT NULL,
	n           INTEGER NOT NULL,
	instance_id TEXT    NOT NULL,
	user_id     TEXT    NOT NULL,
	means       TEXT    NOT NULL,
	method      TEXT    NOT NULL,
	tool        TEXT    NOT NULL,
	began       INTEGER NOT NULL,
	took        INTEGER NOT NULL,      -- microseconds
	outcome     TEXT    NOT NULL,
	code        INTEGER NOT NULL,
	bytes_in    INTEGER NOT NULL,
	bytes_out   INTEGER NOT NULL,
	PRIMARY KEY (server_id, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX calls_by_age ON calls (began);
