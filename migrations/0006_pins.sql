-- +goose Up
ALTER TABLE servers ADD COLUMN hold_changes INTEGER NOT NULL DEFAULT 0;

-- What a server lists, as it said it last.
CREATE TABLE offers (
	server_id     TEXT    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	kind          TEXT    NOT NULL CHECK (kind IN ('tool', 'prompt', 'resource', 'template', 'instructions')),
	name          TEXT    NOT NULL,
	position      INTEGER NOT NULL,
	object        TEXT    NOT NULL,              -- JSON, whole
	hash          TEXT    NOT NULL,
	fault         TEXT    NOT NULL DEFAULT '',   -- why it is never offered
	first_seen_at INTEGER NOT NULL,
	changed_at    INTEGER NOT NULL,
	PRIMARY KEY (server_id, kind, name)
) STRICT, WITHOUT ROWID;

-- What was approved last, by a person or by being deployed where nothing is
-- held; also of what is not listed at the moment.
CREATE TABLE pins (
	server_id     TEXT    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	kind          TEXT    NOT NULL,
	name          TEXT    NOT NULL,
	object        TEXT    NOT NULL,
	hash          TEXT    NOT NULL,
	PRIMARY KEY (server_id, kind, name)
) STRICT, WITHOUT ROWID;

INSERT INTO offers (server_id, kind, name, position, object, hash, first_seen_at, changed_at)
SELECT server_id, 'tool', name, position, object, hash, first_seen_at, changed_at FROM tools;

INSERT INTO pins (server_id, kind, name, object, hash)
SELECT server_id, kind, name, object, hash FROM offers;

DROP TABLE tools;

-- What is listed and not offered.
CREATE VIEW held AS
SELECT    o.server_id, o.kind, o.name
FROM      offers AS o
LEFT JOIN pins   AS p ON p.server_id = o.server_id AND p.kind = o.kind AND p.name = o.name
WHERE     o.fault <> '' OR p.hash IS NOT o.hash;

CREATE TABLE changes (
	n             INTEGER PRIMARY KEY AUTOINCREMENT,
	server_id     TEXT    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	deployment_id TEXT    NOT NULL,              -- whose instance said so
	running       INTEGER NOT NULL,              -- 0: by its probe
	kind          TEXT    NOT NULL,
	name          TEXT    NOT NULL,
	before        TEXT,                          -- JSON; NULL: it was not there
	after         TEXT,                          -- JSON; NULL: it is gone
	hash          TEXT    NOT NULL,              -- of after
	held          INTEGER NOT NULL,
	at            INTEGER NOT NULL,
	settled_at    INTEGER,                       -- NULL: nobody has approved or seen it
	settled_by    TEXT    NOT NULL DEFAULT ''    -- login
) STRICT;

CREATE INDEX changes_by_server ON changes (server_id, n);
CREATE INDEX changes_open      ON changes (server_id) WHERE settled_at IS NULL;
