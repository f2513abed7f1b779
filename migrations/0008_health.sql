-- +goose Up
-- How what runs is: what was found last of each live server, and what each look
-- of the last 24 hours has found.

CREATE TABLE health (
	server_id     TEXT    PRIMARY KEY REFERENCES servers (id) ON DELETE CASCADE,
	deployment_id TEXT    NOT NULL,        -- another one than the live one: nothing is known
	state         TEXT    NOT NULL CHECK (state IN ('healthy', 'unhealthy', 'failing')),
	since         INTEGER NOT NULL,
	checked_at    INTEGER,                 -- NULL: no instance was asked yet
	took          INTEGER NOT NULL,        -- milliseconds; 0: no answer
	failures      INTEGER NOT NULL,        -- in a row
	why           TEXT    NOT NULL,
	until         INTEGER                  -- of failing: no instance starts before
) STRICT;

CREATE TABLE health_checks (
	server_id TEXT    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	at        INTEGER NOT NULL,
	state     TEXT    NOT NULL CHECK (state IN ('healthy', 'unhealthy')),
	took      INTEGER NOT NULL,            -- milliseconds; 0: no answer
	error     TEXT    NOT NULL,            -- '': every instance has answered
	PRIMARY KEY (server_id, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX health_checks_by_time ON health_checks (at);

-- How each live server is: idle, when nothing of it runs or nobody has talked yet
-- to what does.
CREATE VIEW health_now AS
SELECT    s.id AS server_id,
          s.live_deployment_id AS deployment_id,
          CASE WHEN h.state = 'failing' THEN h.state
               WHEN h.checked_at >= (SELECT min(i.started_at)
                                     FROM   instances AS i
                                     WHERE  i.deployment_id = s.live_deployment_id AND i.status <> 'stopped') THEN h.state
               ELSE 'idle'
          END AS state,
          h.since, h.checked_at, h.took, h.failures, h.why, h.until
FROM      servers AS s
LEFT JOIN health  AS h ON h.server_id = s.id AND h.deployment_id = s.live_deployment_id
WHERE     s.live_deployment_id IS NOT NULL;
