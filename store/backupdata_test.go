package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	"INSERT INTO trays (person, view, step) VALUES (7, '{}', 1)",
	"INSERT INTO tray_steps (person, n, what, tray) VALUES (7, 1, 'adding c', '{}')",
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

// writeMembers has four add members until stop, which tells what has gone wrong. They say so of each that is written.
func writeMembers(t *testing.T, s *store.Store, by access.Rights, group int64) (written chan struct{}, stop func() error) {
	t.Helper()
	const writers = 4
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	written = make(chan struct{}, 1000)
	errs := make([]error, writers)
	for i := range writers {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil && errs[i] == nil; n++ {
				errs[i] = addMember(t, s, by, group, fmt.Sprintf("member-%d-%d@example.org", i, n))
				select {
				case written <- struct{}{}:
				default: // enough
				}
			}
		})
	}
	go func() {
		wg.Wait()
		close(written) // nobody waits for those who have failed
	}()
	return written, func() error {
		cancel()
		wg.Wait()
		return errors.Join(errs...)
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
