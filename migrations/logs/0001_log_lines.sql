-- +goose Up
-- A file of its own, so that a full or large log never holds up a deployment's state.

CREATE TABLE log_lines (
	deployment_id TEXT    NOT NULL,
	seq           INTEGER NOT NULL,
	step          INTEGER NOT NULL,
	stream        INTEGER NOT NULL,
	at            INTEGER NOT NULL,
	text          TEXT    NOT NULL,
	PRIMARY KEY (deployment_id, seq)
) STRICT, WITHOUT ROWID;
