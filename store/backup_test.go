package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// everything has at least one row for each table, and what is hard to copy: ids that are not in order, no value and
// the empty one, bytes that are no text, and people who own each other.
var everything = []string{
	"INSERT INTO people (id, name, email, created) VALUES (7, 'Ada 🧠 ''ü', 'ada@example.org', 5)",
	"INSERT INTO people (id, kind, name, owner) VALUES (3, 'service', 'robot', 7)",
	"INSERT INTO people (id, name) SELECT 100 + n, 'many' FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3) AS a",
	"INSERT INTO identities (issuer, subject, person, email, name) VALUES ('i', 's', 7, '', '')",
	"INSERT INTO sessions (hash, person, provider, agent, address, created, seen, idle_expires, expires) VALUES (?, 7, 'p', 'a', 'b', 1, 2, 3, 4)",
	"INSERT INTO prelogins (hash, state, nonce, verifier, provider, return_path, linking, expires) SELECT hash, hash, 'n', 'v', 'p', '/', hash, 9 FROM sessions",
	"INSERT INTO prelogins (hash, state, nonce, verifier, provider, return_path, expires) VALUES (?, ?, 'n', 'v', 'p', '/', 9)",
	"INSERT INTO pending_identities (session, issuer, subject, provider, email, name, expires) SELECT hash, 'i', 's', 'p', '', '', 9 FROM sessions",
	"INSERT INTO tickets (hash, session, locations, fragment, expires) SELECT hash, hash, '[\"a\"]', '!{}', 9 FROM sessions",
	"INSERT INTO viewers (hash, session, created) SELECT hash, hash, 9 FROM sessions",
	"INSERT INTO viewer_locations (session, location, opened) SELECT hash, 'loc', 9 FROM sessions",
	"INSERT INTO tray_items (person, place, dataset, location, path, name, layer, kind) VALUES (7, 0, 'd', 'l', 'a/b\nc', '', '', 'zarr')",
	"INSERT INTO links (slug, owner, created) VALUES ('slug', 7, 9)",
	"INSERT INTO link_versions (slug, n, title, state, datasets, locations, created) VALUES ('slug', 1, '', ?, '[]', '[]', 9)",
	"INSERT INTO groups (id, name, folded, created) VALUES (41, 'Lab', 'lab', 9)",
	"INSERT INTO members (grp, person, admin, since, expires) VALUES (41, 7, 1, 5, 9000000000000)",
	"INSERT INTO invitations (grp, email, created) VALUES (41, 'eve@example.org', 9)",
	"INSERT INTO terms (id, name, folded, created) VALUES (2, 'T', 't', 9)",
	"INSERT INTO terms_versions (terms, n, text, created) VALUES (2, 1, '# T', 9)",
	"INSERT INTO acceptances (person, terms, version, at) VALUES (7, 2, 1, 9)",
	"INSERT INTO datasets (id, name, folded, title, terms, created) VALUES (5, 'I58', 'i58', 'Subject', 2, 9), (6, 'I59', 'i59', 'Other', NULL, 9)",
	"INSERT INTO locations (id, dataset, bucket, prefix, place, created) VALUES ('loc-one', 5, 'b', 'p/', 0, 9)",
	"INSERT INTO grants (dataset, grp, permission, since) VALUES (5, 41, 'view', 9)",
	"INSERT INTO requests (id, dataset, person, sentence, grp, decider, created) VALUES (8, 5, 7, 'please', 41, 3, 9), (9, 6, 7, 'please', NULL, NULL, -9)",
	"INSERT INTO tokens (id, hash, person, name, scope, created) VALUES (4, ?, 3, 'night', 'read', 9)",
	"INSERT INTO affiliations (id, person, name) VALUES (6, 7, 'MIT')",
	"INSERT INTO apps (origin, name, created) VALUES ('https://app.example.org', 'App', 9)",
	"INSERT INTO mails (id, recipient, subject, text, created, due) VALUES (12, 'ada@example.org', 's', 't', 9, 9)",
	"INSERT INTO audit (id, at, event, person, actor, via, address) VALUES (77, 9, 'signed-in', 7, 'ada', 'p', '192.0.2.7')",
	"UPDATE revision SET n = 50",
	"UPDATE audit_horizon SET at = 3",
}

// fillTables puts something into every table of a new database.
func fillTables(t *testing.T, s *store.Store) map[string][]string {
	t.Helper()
	for i, statement := range everything {
		args := []any{store.HashOf(fmt.Sprint(i)), []byte{0, 0xff, '\'', '?'}}
		if err := s.Exec(t.Context(), statement, args[:strings.Count(statement, "?")]...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	all := dumpOf(t, s)
	for name, rows := range all {
		if len(rows) == 0 {
			t.Errorf("there is nothing in the table %s: add a row to everything", name)
		}
	}
	return all
}

func dumpOf(t *testing.T, s *store.Store) map[string][]string {
	t.Helper()
	all, err := s.Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sameTables compares all but the revision, which it returns.
func sameTables(t *testing.T, got, want map[string][]string) (revision string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if name != "revision" && !slices.Equal(got[name], want[name]) {
			t.Errorf("table %s has\n%s\nwant\n%s", name, strings.Join(got[name], "\n"), strings.Join(want[name], "\n"))
		}
	}
	if len(got) != len(want) {
		t.Errorf("there are %d tables, want %d", len(got), len(want))
	}
	return strings.Join(got["revision"], " ")
}

// backupOf makes one in a folder of its own.
func backupOf(t *testing.T, s *store.Store) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "odd % ? # name.backup")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRestoreBothKinds goes from the kind under test to each kind.
func TestRestoreBothKinds(t *testing.T) {
	s := open(t, "")
	want := fillTables(t, s)
	path := backupOf(t, s)
	targets := map[string]func(*testing.T) string{
		"into " + onSQLite: func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "other.db") },
		"into " + onPostgres: func(t *testing.T) string {
			if under.name == onSQLite {
				return anotherServer(t).Database(t, "")
			}
			return fresh(t)
		},
	}
	for name, address := range targets {
		t.Run(name, func(t *testing.T) {
			to := address(t)
			if err := store.Restore(t.Context(), to, path, false); err != nil {
				t.Fatal(err)
			}
			other := open(t, to)
			if got := sameTables(t, dumpOf(t, other), want); got != "[]interface {}{51}" {
				t.Errorf("revision = %s, want 51: one more than in the backup", got)
			}
			who := person(t, other, "Zoe")
			if who.ID != 104 {
				t.Errorf("the next person has the id %d, want 104", who.ID)
			}
			if _, err := other.Value(t.Context(), "INSERT INTO groups (name, folded, created) VALUES ('x', 'x', 1) RETURNING id"); err != nil {
				t.Errorf("the next group: %v", err)
			}
			again := backupOf(t, other)
			if err := store.Restore(t.Context(), fresh(t), again, false); err != nil {
				t.Errorf("restore a backup of what has been restored: %v", err)
			}
		})
	}
}

func TestRestoreReplaces(t *testing.T) {
	path := backupOf(t, filledStore(t))
	address := fresh(t)
	s := open(t, address)
	person(t, s, "Ben")
	if err := s.Exec(t.Context(), "UPDATE revision SET n = 900"); err != nil {
		t.Fatal(err)
	}
	before := dumpOf(t, s)
	err := store.Restore(t.Context(), address, path, false)
	if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "the database is not empty") {
		t.Errorf("Restore into a database with Ben = %v, want fs.ErrExist", err)
	}
	sameTables(t, dumpOf(t, s), before)
	if err = store.Restore(t.Context(), address, path, true); err != nil {
		t.Fatal(err)
	}
	if got := sameTables(t, dumpOf(t, s), dumpOf(t, open(t, "sqlite://"+path))); got != "[]interface {}{901}" {
		t.Errorf("revision = %s, want 901: more than both had", got)
	}
	if err := s.Exec(t.Context(), "DELETE FROM audit"); err == nil {
		t.Error("after restoring, rows of the audit can be deleted")
	}
	if err := s.Exec(t.Context(), "UPDATE audit SET at = 1"); err == nil {
		t.Error("after restoring, rows of the audit can be changed")
	}
	if who := person(t, s, "Ben"); who.ID != 104 {
		t.Errorf("Ben's new id = %d, want 104", who.ID)
	}
}

func filledStore(t *testing.T) *store.Store {
	t.Helper()
	s := open(t, "")
	fillTables(t, s)
	return s
}

// TestRestoreRefuses spoils a backup.
func TestRestoreRefuses(t *testing.T) {
	whole := backupOf(t, filledStore(t))
	tests := map[string]struct {
		spoil func(t *testing.T, path string)
		want  error
		says  string
	}{
		"nothing there": {func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, fs.ErrNotExist, "no such file"},
		"a file of another kind": {func(t *testing.T, path string) { write(t, path, strings.Repeat("no database. ", 1000)) }, store.ErrInvalid, "no SQLite database"},
		"an empty file":          {func(t *testing.T, path string) { write(t, path, "") }, store.ErrInvalid, "no backup of ngportal"},
		"half a file":            {truncate, store.ErrInvalid, "damaged"},
		"a newer schema": {
			func(t *testing.T, path string) { changeFile(t, path, "PRAGMA user_version = 99") }, store.ErrInvalid,
			"a newer ngportal has used it",
		},
		"another program's database": {func(t *testing.T, path string) {
			write(t, path, "")
			changeFile(t, path, "CREATE TABLE people (x)")
		}, store.ErrInvalid, "no backup of ngportal"},
		"a trigger more": {func(t *testing.T, path string) {
			changeFile(t, path, "CREATE TRIGGER evil AFTER INSERT ON people BEGIN UPDATE people SET admin = 1; END")
		}, store.ErrInvalid, "its tables are not those of ngportal"},
		"a reference to nothing": {func(t *testing.T, path string) {
			changeFile(t, path, "INSERT INTO members (grp, person, since) VALUES (9999, 7, 1)")
		}, store.ErrInvalid, "a row of members refers to one of groups that is not there"},
		"a database in use": {func(t *testing.T, path string) { write(t, path+"-wal", "x") }, store.ErrInvalid, "a database in use"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			content, err := os.ReadFile(whole)
			if err != nil {
				t.Fatal(err)
			}
			path, address := filepath.Join(t.TempDir(), "backup"), fresh(t)
			write(t, path, string(content))
			tt.spoil(t, path)
			s := open(t, address)
			person(t, s, "Ben")
			before := dumpOf(t, s)
			err = store.Restore(t.Context(), address, path, true)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Restore = %v, want %q, wrapping %v", err, tt.says, tt.want)
			}
			sameTables(t, dumpOf(t, s), before)
		})
	}
}

func truncate(t *testing.T, path string) {
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()/2)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestBackupLeavesNothingBehind also when it fails.
func TestBackupLeavesNothingBehind(t *testing.T) {
	s := filledStore(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.backup")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is %v, %v, want mode 600", info.Mode(), err)
	}
	before := snapshot(t, dir)
	if len(before) != 1 {
		t.Errorf("there are %d files, want the backup alone", len(before))
	}
	if err := s.Backup(t.Context(), path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Backup over a file = %v, want fs.ErrExist", err)
	}
	if err := s.Backup(t.Context(), filepath.Join(dir, "absent", "b")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Backup into a folder that is not there = %v, want fs.ErrNotExist", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(ctx, filepath.Join(dir, "b")); !errors.Is(err, context.Canceled) {
		t.Errorf("Backup canceled = %v, want context.Canceled", err)
	}
	if after := snapshot(t, dir); !maps.Equal(after, before) {
		t.Errorf("there are %d files, of %d, or one has changed", len(after), len(before))
	}
}

// TestBackupOfOneMoment is taken while four write members, each with a row of the audit.
func TestBackupOfOneMoment(t *testing.T) {
	const writers = 4
	s := open(t, "")
	admin := signInAdmin(t, s, "ada@example.org")
	by := rights(t, s, admin)
	group, err := s.AddGroup(t.Context(), by, "Lab", "")
	if err != nil {
		t.Fatal(err)
	}
	by = rights(t, s, admin)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	written := make(chan struct{}, 1000)
	errs := make([]error, writers)
	for i := range writers {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil && errs[i] == nil; n++ {
				errs[i] = addMember(t, s, by, group, fmt.Sprintf("member-%d-%d@example.org", i, n))
				select {
				case written <- struct{}{}:
				default:
				}
			}
		})
	}
	for range 40 {
		<-written
	}
	before := countOf(t, s, "SELECT count(*) FROM members")
	path := backupOf(t, s)
	for range 40 {
		<-written
	}
	stop()
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if err := store.Restore(t.Context(), fresh(t), path, false); err != nil {
		t.Errorf("Restore: %v", err)
	}
	copied := open(t, "sqlite://"+path)
	n := countOf(t, copied, "SELECT count(*) FROM members WHERE admin = 0")
	if all := countOf(t, s, "SELECT count(*) FROM members"); n < before-1 || n >= all {
		t.Errorf("there are %d members in the backup, want what was there before (%d) and less than at the end (%d)", n, before, all)
	}
	for what, query := range map[string]string{
		"members who are not in the audit":  "SELECT count(*) FROM members WHERE admin = 0 AND person NOT IN (SELECT subject FROM audit WHERE event = 'member-changed')",
		"rows of the audit without members": "SELECT count(*) FROM audit WHERE event = 'member-changed' AND subject NOT IN (SELECT person FROM members)",
		"references to nothing":             "SELECT count(*) FROM pragma_foreign_key_check",
	} {
		if n := countOf(t, copied, query); n != 0 {
			t.Errorf("there are %d %s", n, what)
		}
	}
}

// addMember makes a person and puts them into a group. It may be called by several at a time.
func addMember(t *testing.T, s *store.Store, by access.Rights, group int64, email string) error {
	who, err := s.SignIn(t.Context(), store.SignIn{
		Identity: access.Identity{Issuer: issuer, Subject: email, Email: email, Name: email},
		Session: store.Session{
			Hash: sessionOf(email), Created: noon, Seen: noon, IdleExpires: noon.Add(time.Hour), Expires: noon.Add(time.Hour),
		},
	})
	if err != nil {
		return err
	}
	return s.SetMember(t.Context(), by, access.Member{Group: group, Person: who.ID})
}

func countOf(t *testing.T, s *store.Store, query string, args ...any) int64 {
	t.Helper()
	v, err := s.Value(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v.(int64)
}

// changeFile changes a file.
func changeFile(t *testing.T, path, statement string) {
	t.Helper()
	if err := store.ExecFile(t.Context(), path, statement); err != nil {
		t.Fatal(err)
	}
}
