-- moorage.db

CREATE TABLE access_rules (
	kind       TEXT    NOT NULL CHECK (kind IN ('user', 'organisation')),
	name       TEXT    NOT NULL COLLATE NOCASE,
	created_by TEXT    NOT NULL REFERENCES users (id),
	created_at INTEGER NOT NULL,
	PRIMARY KEY (kind, name)
) STRICT;

CREATE TABLE api_tokens (
	id           TEXT    PRIMARY KEY,
	user_id      TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	name         TEXT    NOT NULL,
	hash         BLOB    NOT NULL UNIQUE,
	created_at   INTEGER NOT NULL,
	expires_at   INTEGER,
	last_used_at INTEGER
, scope TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX api_tokens_by_user ON api_tokens (user_id);

CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log
BEGIN
	SELECT RAISE(ABORT, 'the audit log is not changed');
END;

CREATE TRIGGER audit_log_is_not_shortened BEFORE DELETE ON audit_log
BEGIN
	SELECT RAISE(ABORT, 'the audit log is not shortened');
END;

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

CREATE INDEX audit_log_by_act   ON audit_log (act, n);

CREATE INDEX audit_log_by_actor ON audit_log (actor_login, n);

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

CREATE TABLE choices (
	user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	tool      TEXT NOT NULL,               -- '': the server with everything that it offers
	PRIMARY KEY (user_id, server_id, tool)
) STRICT, WITHOUT ROWID;

CREATE INDEX choices_by_server ON choices (server_id);

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

CREATE TABLE deliveries (
	hook        TEXT    NOT NULL,                -- a server's id, or '' for the GitHub App's
	id          TEXT    NOT NULL,
	received_at INTEGER NOT NULL,
	PRIMARY KEY (hook, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_by_age ON deliveries (received_at);

CREATE TABLE deployment_steps (
	deployment_id TEXT    NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
	n             INTEGER NOT NULL,
	name          TEXT    NOT NULL,
	status        TEXT    NOT NULL CHECK (status IN ('running', 'done', 'failed', 'cancelled')),
	cached        INTEGER NOT NULL DEFAULT 0,
	started_at    INTEGER NOT NULL,
	finished_at   INTEGER,
	PRIMARY KEY (deployment_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE deployments (
	arrival        INTEGER PRIMARY KEY,         -- the order they were asked for; clocks may jump
	id             TEXT    NOT NULL UNIQUE,
	server_id      TEXT    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	status         TEXT    NOT NULL CHECK (status IN ('queued', 'cloning', 'building', 'pushing', 'starting', 'probing',
	                                                  'live', 'retired', 'superseded', 'failed', 'cancelled')),
	origin         TEXT    NOT NULL,
	repo_url       TEXT    NOT NULL,
	ref            TEXT    NOT NULL,
	subdir         TEXT    NOT NULL,
	config         TEXT    NOT NULL,            -- JSON: moorage.Config
	trigger        TEXT    NOT NULL,
	"commit"       TEXT    NOT NULL DEFAULT '',
	commit_message TEXT    NOT NULL DEFAULT '',
	commit_author  TEXT    NOT NULL DEFAULT '',
	image_ref      TEXT    NOT NULL DEFAULT '',
	image_id       TEXT    NOT NULL DEFAULT '', -- '' again when the image was removed
	image_digest   TEXT    NOT NULL DEFAULT '',
	image_size     INTEGER NOT NULL DEFAULT 0,
	deployment_url TEXT    NOT NULL DEFAULT '',
	server_info    TEXT    NOT NULL DEFAULT '{}',
	error_code     TEXT    NOT NULL DEFAULT '',
	error          TEXT    NOT NULL DEFAULT '',
	error_next     TEXT    NOT NULL DEFAULT '',
	created_by     TEXT    NOT NULL REFERENCES users (id),
	rollback_of    TEXT    NOT NULL DEFAULT '',
	created_at     INTEGER NOT NULL,
	updated_at     INTEGER NOT NULL,
	started_at     INTEGER,
	finished_at    INTEGER,
	heartbeat_at   INTEGER
, pushed_commit TEXT NOT NULL DEFAULT '', pushed_by     TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX deployments_by_server ON deployments (server_id, arrival);

CREATE INDEX deployments_by_status ON deployments (status, arrival);

CREATE UNIQUE INDEX deployments_one_live ON deployments (server_id) WHERE status = 'live';

CREATE UNIQUE INDEX deployments_one_running ON deployments (server_id)
WHERE status IN ('cloning', 'building', 'pushing', 'starting', 'probing');

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

CREATE VIEW held AS
SELECT    o.server_id, o.kind, o.name
FROM      offers AS o
LEFT JOIN pins   AS p ON p.server_id = o.server_id AND p.kind = o.kind AND p.name = o.name
WHERE     o.fault <> '' OR p.hash IS NOT o.hash;

CREATE TABLE instances (
	id            TEXT    PRIMARY KEY,
	server_id     TEXT    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	deployment_id TEXT    NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
	container_id  TEXT    NOT NULL,
	status        TEXT    NOT NULL CHECK (status IN ('starting', 'ready', 'draining', 'stopped')),
	started_at    INTEGER NOT NULL,
	last_used_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX instances_by_deployment ON instances (deployment_id);

CREATE INDEX instances_by_server ON instances (server_id, status);

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

CREATE TABLE oauth_codes (
	hash         BLOB    PRIMARY KEY,
	grant_id     TEXT    NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
	redirect_uri TEXT    NOT NULL,
	challenge    TEXT    NOT NULL,
	expires_at   INTEGER NOT NULL,
	used_at      INTEGER                   -- a used one is kept, so that a second use is known
) STRICT;

CREATE INDEX oauth_codes_by_grant ON oauth_codes (grant_id);

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

CREATE INDEX oauth_grants_by_client ON oauth_grants (client_id);

CREATE INDEX oauth_grants_by_expiry ON oauth_grants (expires_at);

CREATE INDEX oauth_grants_by_user   ON oauth_grants (user_id);

CREATE TABLE oauth_states (
	state_hash   BLOB    PRIMARY KEY,
	browser_hash BLOB    NOT NULL,
	verifier     TEXT    NOT NULL,
	next         TEXT    NOT NULL,
	link_to      TEXT    NOT NULL DEFAULT '',
	expires_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE oauth_tokens (
	hash       BLOB    PRIMARY KEY,
	grant_id   TEXT    NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
	kind       TEXT    NOT NULL CHECK (kind IN ('access', 'refresh')),
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	spent_at   INTEGER                     -- a spent one is kept, likewise
) STRICT;

CREATE INDEX oauth_tokens_by_expiry ON oauth_tokens (expires_at);

CREATE INDEX oauth_tokens_by_grant  ON oauth_tokens (grant_id);

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

CREATE TABLE pins (
	server_id     TEXT    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	kind          TEXT    NOT NULL,
	name          TEXT    NOT NULL,
	object        TEXT    NOT NULL,
	hash          TEXT    NOT NULL,
	PRIMARY KEY (server_id, kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE readmes (
	deployment_id TEXT PRIMARY KEY REFERENCES deployments (id) ON DELETE CASCADE,
	text          TEXT NOT NULL                -- Markdown, as the repository has it
) STRICT;

CREATE TABLE reports (
	deployment_id TEXT    PRIMARY KEY REFERENCES deployments (id) ON DELETE CASCADE,
	repository_id INTEGER NOT NULL,              -- GitHub's
	status        TEXT    NOT NULL DEFAULT '',   -- of the deployment, then
	"commit"      TEXT    NOT NULL DEFAULT '',
	github_id     INTEGER NOT NULL DEFAULT 0,    -- GitHub's number of the deployment
	closed        INTEGER NOT NULL DEFAULT 0     -- nothing will ever change again
) STRICT, WITHOUT ROWID;

CREATE INDEX reports_open ON reports (deployment_id) WHERE closed = 0;

CREATE TABLE server_people (
	server_id TEXT    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	user_id   TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	added_at  INTEGER NOT NULL,
	PRIMARY KEY (server_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX server_people_by_user ON server_people (user_id);

CREATE TABLE servers (
	id                 TEXT    PRIMARY KEY,
	slug               TEXT    NOT NULL UNIQUE,
	name               TEXT    NOT NULL,
	title              TEXT    NOT NULL DEFAULT '',
	description        TEXT    NOT NULL DEFAULT '',
	owner_id           TEXT    NOT NULL REFERENCES users (id),
	origin             TEXT    NOT NULL CHECK (origin IN ('repo', 'example')),
	repo_url           TEXT    NOT NULL,
	ref                TEXT    NOT NULL DEFAULT '',
	subdir             TEXT    NOT NULL DEFAULT '',
	config             TEXT    NOT NULL,        -- JSON: moorage.Config
	status             TEXT    NOT NULL CHECK (status IN ('new', 'live', 'stopped')),
	live_deployment_id TEXT    REFERENCES deployments (id),
	created_at         INTEGER NOT NULL,
	updated_at         INTEGER NOT NULL, sharing TEXT NOT NULL DEFAULT 'private' CHECK (sharing IN ('private', 'people', 'everyone')), hold_changes INTEGER NOT NULL DEFAULT 0,
	CHECK ((status = 'live') = (live_deployment_id IS NOT NULL))
) STRICT;

CREATE INDEX servers_by_owner ON servers (owner_id, slug);

CREATE TABLE settings (
	name       TEXT    PRIMARY KEY,
	value      TEXT    NOT NULL DEFAULT '',
	sealed     BLOB,
	updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE setup_codes (
	code_hash  BLOB    PRIMARY KEY,
	expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
	id           TEXT    PRIMARY KEY,
	github_id    INTEGER UNIQUE,
	login        TEXT    NOT NULL COLLATE NOCASE, -- GitHub's logins ignore case; renamed ones may come back
	name         TEXT    NOT NULL DEFAULT '',
	avatar_url   TEXT    NOT NULL DEFAULT '',
	role         TEXT    NOT NULL CHECK (role IN ('admin', 'member')),
	github_token BLOB,                          -- sealed
	created_at   INTEGER NOT NULL,
	last_seen_at INTEGER NOT NULL
) STRICT;

CREATE INDEX users_by_login ON users (login);

CREATE TABLE variables (
	server_id   TEXT    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
	name        TEXT    NOT NULL,
	description TEXT    NOT NULL DEFAULT '',
	secret      INTEGER NOT NULL,
	required    INTEGER NOT NULL DEFAULT 0,
	value       TEXT    NOT NULL DEFAULT '',    -- '' when secret
	sealed      BLOB,                           -- NULL when not secret, or not set
	updated_at  INTEGER NOT NULL,
	updated_by  TEXT    NOT NULL REFERENCES users (id),
	PRIMARY KEY (server_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE web_sessions (
	id_hash    BLOB    PRIMARY KEY,
	user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	created_at INTEGER NOT NULL,
	seen_at    INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	user_agent TEXT    NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX web_sessions_by_user ON web_sessions (user_id);

-- logs.db

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

CREATE TABLE log_lines (
	deployment_id TEXT    NOT NULL,
	seq           INTEGER NOT NULL,
	step          INTEGER NOT NULL,
	stream        INTEGER NOT NULL,
	at            INTEGER NOT NULL,
	text          TEXT    NOT NULL,
	PRIMARY KEY (deployment_id, seq)
) STRICT, WITHOUT ROWID;

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

