-- People are told from the identities by which they sign in, and permission moves into the database.
-- Everybody signs in anew: sessions and what hangs on them are not taken along.

DROP TABLE viewer_locations;
DROP TABLE viewers;
DROP TABLE tickets;
DROP TABLE prelogins;
DROP TABLE sessions;
DROP INDEX links_by_owner;
ALTER TABLE people RENAME TO old_people;
ALTER TABLE tray_items RENAME TO old_tray_items;
ALTER TABLE links RENAME TO old_links;
ALTER TABLE link_versions RENAME TO old_link_versions;

-- named is 1 when the person has chosen the name; else it is what their identity provider says.
-- kind: person, service (an account for programs), or nobody: the one row, 0, that stands for whoever has not signed in.
CREATE TABLE people (
	id       INTEGER PRIMARY KEY,
	kind     TEXT NOT NULL DEFAULT 'person',
	name     TEXT NOT NULL,
	named    INTEGER NOT NULL DEFAULT 0,
	email    TEXT NOT NULL DEFAULT '',
	admin    INTEGER NOT NULL DEFAULT 0,
	disabled INTEGER NOT NULL DEFAULT 0,
	owner    INTEGER REFERENCES people (id),
	created  INTEGER NOT NULL DEFAULT 0,
	seen     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX people_by_email ON people (email);
INSERT INTO people (id, kind, name) VALUES (0, 'nobody', '');

CREATE TABLE identities (
	issuer   TEXT NOT NULL,
	subject  TEXT NOT NULL,
	person   INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
	provider TEXT NOT NULL DEFAULT '',
	email    TEXT NOT NULL,
	name     TEXT NOT NULL,
	created  INTEGER NOT NULL DEFAULT 0,
	seen     INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX identities_by_person ON identities (person);

INSERT INTO people (id, name, email) SELECT id, name, email FROM old_people;
INSERT INTO identities (issuer, subject, person, email, name) SELECT issuer, subject, id, email, name FROM old_people;

CREATE TABLE sessions (
	hash         BLOB PRIMARY KEY,
	person       INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
	provider     TEXT NOT NULL,
	agent        TEXT NOT NULL,
	address      TEXT NOT NULL,
	created      INTEGER NOT NULL,
	seen         INTEGER NOT NULL,
	idle_expires INTEGER NOT NULL,
	expires      INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_person ON sessions (person);

-- linking is the session of somebody who adds an identity, and NULL for signing in.
CREATE TABLE prelogins (
	hash        BLOB PRIMARY KEY,
	state       BLOB NOT NULL,
	nonce       TEXT NOT NULL,
	verifier    TEXT NOT NULL,
	provider    TEXT NOT NULL,
	return_path TEXT NOT NULL,
	linking     BLOB REFERENCES sessions (hash) ON DELETE CASCADE,
	expires     INTEGER NOT NULL
) STRICT;
CREATE INDEX prelogins_by_expiry ON prelogins (expires);

-- An identity that its owner has shown and has yet to say yes to.
CREATE TABLE pending_identities (
	session  BLOB PRIMARY KEY REFERENCES sessions (hash) ON DELETE CASCADE,
	issuer   TEXT NOT NULL,
	subject  TEXT NOT NULL,
	provider TEXT NOT NULL,
	email    TEXT NOT NULL,
	name     TEXT NOT NULL,
	expires  INTEGER NOT NULL
) STRICT;

CREATE TABLE tickets (
	hash      BLOB PRIMARY KEY,
	session   BLOB NOT NULL REFERENCES sessions (hash) ON DELETE CASCADE,
	locations TEXT NOT NULL,
	fragment  TEXT NOT NULL,
	expires   INTEGER NOT NULL
) STRICT;
CREATE INDEX tickets_by_session ON tickets (session);

CREATE TABLE viewers (
	hash    BLOB PRIMARY KEY,
	session BLOB NOT NULL REFERENCES sessions (hash) ON DELETE CASCADE,
	created INTEGER NOT NULL
) STRICT;
CREATE INDEX viewers_by_session ON viewers (session, created);

-- What the viewers of a session have been opened for. All of them live in one browser and share
-- its cookies. opened counts up, whatever the clock does.
CREATE TABLE viewer_locations (
	session  BLOB NOT NULL REFERENCES sessions (hash) ON DELETE CASCADE,
	location TEXT NOT NULL,
	opened   INTEGER NOT NULL,
	PRIMARY KEY (session, location)
) STRICT;

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
) STRICT;

CREATE TABLE links (
	slug    TEXT PRIMARY KEY,
	owner   INTEGER NOT NULL REFERENCES people (id),
	created INTEGER NOT NULL
) STRICT;
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

INSERT INTO tray_items SELECT person, place, dataset, location, path, name, layer, kind FROM old_tray_items;
INSERT INTO links SELECT slug, owner, created FROM old_links;
INSERT INTO link_versions SELECT slug, n, title, state, datasets, locations, created FROM old_link_versions;
DROP TABLE old_link_versions;
DROP TABLE old_links;
DROP TABLE old_tray_items;
DROP TABLE old_people;

-- n counts every change of who may do what; each process compares it with the one it knows.
CREATE TABLE revision (n INTEGER NOT NULL) STRICT;
INSERT INTO revision (n) VALUES (1);

-- kind: '' for a group with members, or everyone, or public.
CREATE TABLE groups (
	id          INTEGER PRIMARY KEY,
	name        TEXT NOT NULL,
	folded      TEXT NOT NULL UNIQUE,
	description TEXT NOT NULL DEFAULT '',
	kind        TEXT NOT NULL DEFAULT '',
	created     INTEGER NOT NULL
) STRICT;

-- expires is 0 for never, here and below.
CREATE TABLE members (
	grp     INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
	person  INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
	admin   INTEGER NOT NULL DEFAULT 0,
	since   INTEGER NOT NULL,
	expires INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (grp, person)
) STRICT;
CREATE INDEX members_by_person ON members (person);

-- Those who become members when they first sign in with this verified address.
CREATE TABLE invitations (
	grp     INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
	email   TEXT NOT NULL,
	admin   INTEGER NOT NULL DEFAULT 0,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (grp, email)
) STRICT;
CREATE INDEX invitations_by_email ON invitations (email);

CREATE TABLE terms (
	id      INTEGER PRIMARY KEY,
	name    TEXT NOT NULL,
	folded  TEXT NOT NULL UNIQUE,
	created INTEGER NOT NULL
) STRICT;

CREATE TABLE terms_versions (
	terms   INTEGER NOT NULL REFERENCES terms (id) ON DELETE CASCADE,
	n       INTEGER NOT NULL,
	text    TEXT NOT NULL,
	created INTEGER NOT NULL,
	PRIMARY KEY (terms, n)
) STRICT;

CREATE TABLE acceptances (
	person  INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
	terms   INTEGER NOT NULL,
	version INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	PRIMARY KEY (person, terms, version),
	FOREIGN KEY (terms, version) REFERENCES terms_versions (terms, n)
) STRICT;

CREATE TABLE datasets (
	id          INTEGER PRIMARY KEY,
	name        TEXT NOT NULL,
	folded      TEXT NOT NULL UNIQUE,
	title       TEXT NOT NULL,
	description TEXT NOT NULL DEFAULT '',
	listed      INTEGER NOT NULL DEFAULT 0,
	terms       INTEGER REFERENCES terms (id),
	created     INTEGER NOT NULL,
	retired     INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A retired location leads nowhere; its id is never used again. So with datasets and their names.
CREATE TABLE locations (
	id      TEXT PRIMARY KEY,
	dataset INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
	bucket  TEXT NOT NULL,
	prefix  TEXT NOT NULL,
	place   INTEGER NOT NULL,
	created INTEGER NOT NULL,
	retired INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX locations_by_dataset ON locations (dataset);
CREATE INDEX locations_by_bucket ON locations (bucket);

CREATE TABLE grants (
	dataset    INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
	grp        INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
	permission TEXT NOT NULL,
	since      INTEGER NOT NULL,
	expires    INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (dataset, grp, permission)
) STRICT;
CREATE INDEX grants_by_group ON grants (grp);

-- state: waiting, approved, declined or withdrawn.
CREATE TABLE requests (
	id       INTEGER PRIMARY KEY,
	dataset  INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
	person   INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
	sentence TEXT NOT NULL,
	state    TEXT NOT NULL DEFAULT 'waiting',
	answer   TEXT NOT NULL DEFAULT '',
	grp      INTEGER REFERENCES groups (id) ON DELETE SET NULL,
	expires  INTEGER NOT NULL DEFAULT 0,
	decider  INTEGER REFERENCES people (id),
	created  INTEGER NOT NULL,
	decided  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX requests_waiting ON requests (dataset, person) WHERE state = 'waiting';
CREATE INDEX requests_by_person ON requests (person);

CREATE TABLE tokens (
	id      INTEGER PRIMARY KEY,
	hash    BLOB NOT NULL UNIQUE,
	person  INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
	name    TEXT NOT NULL,
	scope   TEXT NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL DEFAULT 0,
	used    INTEGER NOT NULL DEFAULT 0,
	address TEXT NOT NULL DEFAULT '',
	revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tokens_by_person ON tokens (person);

CREATE TABLE affiliations (
	id      INTEGER PRIMARY KEY,
	person  INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
	name    TEXT NOT NULL,
	began   TEXT NOT NULL DEFAULT '',
	ended   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX affiliations_by_person ON affiliations (person);

-- Origins of viewers elsewhere that may be given somebody's token.
CREATE TABLE apps (
	origin  TEXT PRIMARY KEY,
	name    TEXT NOT NULL,
	created INTEGER NOT NULL
) STRICT;

-- claimed is until when a process is sending it.
CREATE TABLE mails (
	id        INTEGER PRIMARY KEY,
	recipient TEXT NOT NULL,
	reply_to  TEXT NOT NULL DEFAULT '',
	subject   TEXT NOT NULL,
	text      TEXT NOT NULL,
	created   INTEGER NOT NULL,
	due       INTEGER NOT NULL,
	claimed   INTEGER NOT NULL DEFAULT 0,
	attempts  INTEGER NOT NULL DEFAULT 0,
	fault     TEXT NOT NULL DEFAULT '',
	done      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX mails_by_due ON mails (due) WHERE done = 0;

-- person is who acted, and actor what they were called then. subject is whom it was about.
-- before and after are JSON objects of what changed; '' where there is none.
CREATE TABLE audit (
	id       INTEGER PRIMARY KEY,
	at       INTEGER NOT NULL,
	event    TEXT NOT NULL,
	person   INTEGER NOT NULL,
	actor    TEXT NOT NULL,
	via      TEXT NOT NULL,
	address  TEXT NOT NULL,
	subject  INTEGER NOT NULL DEFAULT 0,
	dataset  TEXT NOT NULL DEFAULT '',
	object   TEXT NOT NULL DEFAULT '',
	detail   TEXT NOT NULL DEFAULT '',
	before   TEXT NOT NULL DEFAULT '',
	after    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_person ON audit (person, at);
CREATE INDEX audit_by_subject ON audit (subject, at);
CREATE INDEX audit_by_dataset ON audit (dataset, at);

-- Rows of the audit that are older may be removed, and no others.
CREATE TABLE audit_horizon (at INTEGER NOT NULL) STRICT;
INSERT INTO audit_horizon (at) VALUES (0);
