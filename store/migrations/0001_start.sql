-- Instants are milliseconds since 1970 UTC. Hashes are SHA-256 of a random secret that only
-- the browser keeps. Lists are JSON arrays of strings.

CREATE TABLE people (
	id      INTEGER PRIMARY KEY,
	issuer  TEXT NOT NULL,
	subject TEXT NOT NULL,
	email   TEXT NOT NULL,
	name    TEXT NOT NULL,
	UNIQUE (issuer, subject)
) STRICT;

CREATE TABLE sessions (
	hash         BLOB PRIMARY KEY,
	person       INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
	created      INTEGER NOT NULL,
	seen         INTEGER NOT NULL,
	idle_expires INTEGER NOT NULL,
	expires      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_person ON sessions (person);

CREATE TABLE prelogins (
	hash        BLOB PRIMARY KEY,
	state       BLOB NOT NULL,
	nonce       TEXT NOT NULL,
	verifier    TEXT NOT NULL,
	provider    TEXT NOT NULL,
	return_path TEXT NOT NULL,
	expires     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX prelogins_by_expiry ON prelogins (expires);

CREATE TABLE tray_items (
	person   INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
	place    INTEGER NOT NULL,
	dataset  TEXT NOT NULL,
	location TEXT NOT NULL,
	path     TEXT NOT NULL,
	name     TEXT NOT NULL,
	layer    TEXT NOT NULL,
	kind     TEXT NOT NULL,
	PRIMARY KEY (person, dataset, location, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
	slug    TEXT PRIMARY KEY,
	owner   INTEGER NOT NULL REFERENCES people (id),
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_owner ON links (owner, created);

CREATE TABLE link_versions (
	slug      TEXT NOT NULL REFERENCES links (slug) ON DELETE CASCADE,
	n         INTEGER NOT NULL,
	title     TEXT NOT NULL,
	state     BLOB NOT NULL,
	datasets  TEXT NOT NULL,
	locations TEXT NOT NULL,
	created   INTEGER NOT NULL,
	PRIMARY KEY (slug, n)
) STRICT;

CREATE TABLE tickets (
	hash      BLOB PRIMARY KEY,
	session   BLOB NOT NULL REFERENCES sessions (hash) ON DELETE CASCADE,
	locations TEXT NOT NULL,
	fragment  TEXT NOT NULL,
	expires   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_by_session ON tickets (session);

CREATE TABLE viewers (
	hash    BLOB PRIMARY KEY,
	session BLOB NOT NULL REFERENCES sessions (hash) ON DELETE CASCADE,
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX viewers_by_session ON viewers (session, created);

-- What the viewers of a session have been opened for. All of them live in one browser and share
-- its cookies. opened counts up, whatever the clock does.
CREATE TABLE viewer_locations (
	session  BLOB NOT NULL REFERENCES sessions (hash) ON DELETE CASCADE,
	location TEXT NOT NULL,
	opened   INTEGER NOT NULL,
	PRIMARY KEY (session, location)
) STRICT, WITHOUT ROWID;
