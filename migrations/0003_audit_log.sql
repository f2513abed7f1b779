-- +goose Up
-- What was done with privilege, for ever: no row refers to another table, so
-- that it outlives what it is about.

CREATE TABLE audit_log (
	n             INTEGER PRIMARY KEY AUTOINCREMENT, -- no number is given twice, not even of a row that was taken out
	at            INTEGER NOT NULL,
	means         TEXT    NOT NULL,
	actor_id      TEXT    NOT NULL,
	actor_login   TEXT    NOT NULL COLLATE NOCASE,
	ip            TEXT    NOT NULL,
	request_id    TEXT    NOT NULL,
	act           TEXT    NOT NULL,
	target_kind   TEXT    NOT NULL,
	target_id     TEXT    NOT NULL,
	target_name   TEXT    NOT NULL COLLATE NOCASE,
	details       TEXT    NOT NULL,                  -- JSON: names and hashes, never values
	previous_hash BLOB    NOT NULL,
	hash          BLOB    NOT NULL                   -- see store: chained
) STRICT;

CREATE INDEX audit_log_by_actor ON audit_log (actor_login, n);
CREATE INDEX audit_log_by_act   ON audit_log (act, n);

-- +goose StatementBegin
CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log
BEGIN
	SELECT RAISE(ABORT, 'the audit log is not changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_log_is_not_shortened BEFORE DELETE ON audit_log
BEGIN
	SELECT RAISE(ABORT, 'the audit log is not shortened');
END;
-- +goose StatementEnd
