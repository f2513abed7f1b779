-- +goose Up
ALTER TABLE api_tokens ADD COLUMN scope TEXT NOT NULL DEFAULT ''; -- as moorage.ParseScope reads it; '': all that the person may call

ALTER TABLE servers ADD COLUMN sharing TEXT NOT NULL DEFAULT 'private' CHECK (sharing IN ('private', 'people', 'everyone'));

-- Whom owners named. It counts while the server's sharing is 'people', and is
-- kept while it is not.
CREATE TABLE server_people (
	server_id TEXT    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	user_id   TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	added_at  INTEGER NOT NULL,
	PRIMARY KEY (server_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX server_people_by_user ON server_people (user_id);
