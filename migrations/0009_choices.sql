-- +goose Up
-- What people leave out of what /mcp offers them. What has no row is offered.

CREATE TABLE choices (
	user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	tool      TEXT NOT NULL,               -- '': the server with everything that it offers
	PRIMARY KEY (user_id, server_id, tool)
) STRICT, WITHOUT ROWID;

CREATE INDEX choices_by_server ON choices (server_id);
