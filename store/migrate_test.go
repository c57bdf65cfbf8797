package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ngportal/access"
	"ngportal/store"
)

// schema1 has Ada with a tray and a link, Ben with a link of two versions, Eve with nothing, and a session.
const schema1 = `PRAGMA user_version = 1;
	INSERT INTO people (id, issuer, subject, email, name) VALUES (1, 'https://id.example.org', 's-1', 'ada@example.org', 'Ada'),
		(5, 'https://id.example.org', 's-5', 'ben@example.org', 'Ben'), (9, 'https://other.example.org', 's-1', 'ada@example.org', 'Eve');
	INSERT INTO tray_items VALUES (1, 1, 'I58', 'connects-i58', 'b', 'named', 'image', 'ome-zarr'),
		(1, 0, 'I58', 'connects-i58', 'a', '', '', 'nifti');
	INSERT INTO links VALUES ('aaaa', 1, 1000), ('bbbb', 5, 2000);
	INSERT INTO link_versions VALUES ('aaaa', 1, 'A', CAST('{"a":1}' AS BLOB), '["I58"]', '["connects-i58"]', 1000),
		('bbbb', 1, 'B', CAST('{}' AS BLOB), '[]', '[]', 2000), ('bbbb', 2, 'B2', CAST('{"b":2}' AS BLOB), '[]', '[]', 3000);
	INSERT INTO sessions VALUES (zeroblob(32), 1, 1, 1, 9000000000000, 9000000000000);
	INSERT INTO tickets VALUES (zeroblob(32), zeroblob(32), '[]', '', 9000000000000);
	INSERT INTO viewers VALUES (zeroblob(32), zeroblob(32), 1);
	INSERT INTO viewer_locations VALUES (zeroblob(32), 'connects-i58', 1);`

// older makes a database as the first version of the program left it.
func older(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile("migrations/0001_start.sql")
	if err != nil {
		t.Fatal(err)
	}
	changeFile(t, path, string(text)+schema1)
}

func TestMigrateKeepsEverything(t *testing.T) {
	needSQLite(t)
	path := filepath.Join(t.TempDir(), "portal.db")
	older(t, path)
	checkMigrated(t, open(t, "sqlite://"+path))
}

// TestRestoreOlderBackup brings what was in it up to date, and leaves the file as it is.
func TestRestoreOlderBackup(t *testing.T) {
	path, address := filepath.Join(t.TempDir(), "old.backup"), fresh(t)
	older(t, path)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err = store.Restore(t.Context(), address, path, false); err != nil {
		t.Fatal(err)
	}
	checkMigrated(t, open(t, address))
	if after, err := os.ReadFile(path); err != nil || !slices.Equal(after, before) {
		t.Errorf("the backup has changed, %v", err)
	}
}

func checkMigrated(t *testing.T, s *store.Store) {
	t.Helper()
	ada := access.Person{ID: 1, Name: "Ada", Email: "ada@example.org"}
	ben := access.Person{ID: 5, Name: "Ben", Email: "ben@example.org"}
	tray, err := s.Tray(t.Context(), ada)
	want := []store.Item{
		{Ref: access.Ref{Dataset: "I58", Location: "connects-i58", Path: "a"}, Kind: "nifti"},
		{Ref: access.Ref{Dataset: "I58", Location: "connects-i58", Path: "b"}, Name: "named", Layer: "image", Kind: "ome-zarr"},
	}
	if err != nil || !slices.Equal(tray, want) {
		t.Errorf("Ada's tray = %+v, %v, want %+v", tray, err, want)
	}
	link, err := s.Link(t.Context(), "aaaa")
	if err != nil || link.Owner != ada || string(link.State) != `{"a":1}` || !slices.Equal(link.Datasets, []string{"I58"}) ||
		!slices.Equal(link.Locations, []string{"connects-i58"}) || link.Title != "A" || link.Created.UnixMilli() != 1000 {
		t.Errorf("Ada's link = %+v, %v", link, err)
	}
	link, err = s.Link(t.Context(), "bbbb")
	if err != nil || link.Owner != ben || link.Version != 2 || string(link.State) != `{"b":2}` {
		t.Errorf("Ben's link = %+v, %v", link, err)
	}
	if _, err := s.Session(t.Context(), store.Hash{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the session = %v, want fs.ErrNotExist: everybody signs in anew", err)
	}
	for subject, id := range map[string]int64{"s-5": 5, "s-new": 10} {
		got, err := s.SignIn(t.Context(), store.SignIn{
			Identity: access.Identity{Issuer: "https://id.example.org", Subject: subject, Name: "Somebody"},
			Session:  store.Session{Hash: store.HashOf(subject), Created: noon, Seen: noon, IdleExpires: noon, Expires: noon},
		})
		if err != nil || got.ID != id {
			t.Errorf("%s signs in as %+v, %v, want the person %d", subject, got, err, id)
		}
	}
}

// TestBackupOfOlderSchema is what is done before a newer program takes over: it leaves the database to the older one.
func TestBackupOfOlderSchema(t *testing.T) {
	address := "sqlite://" + filepath.Join(t.TempDir(), "portal.db")
	if under.name == onPostgres {
		needPostgres(t)
		address = under.server.Database(t, "")
	}
	path := filepath.Join(t.TempDir(), "a.backup")
	if _, err := store.OpenAsIs(t.Context(), address); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenAsIs of nothing = %v, want fs.ErrNotExist", err)
	}
	old, err := store.OpenOld(t.Context(), address, 1)
	if err != nil {
		t.Fatal(err)
	}
	err = old.Exec(t.Context(), "INSERT INTO people (id, issuer, subject, email, name) VALUES (5, 'i', 's-5', 'ben@example.org', 'Ben')")
	if err = errors.Join(err, old.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenAsIs(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), path); err != nil {
		t.Error(err)
	}
	if n := countOf(t, s, "SELECT count(*) FROM people WHERE issuer = 'i'"); n != 1 {
		t.Errorf("the older program finds %d people, want 1", n)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	other := fresh(t)
	if err := store.Restore(t.Context(), other, path, false); err != nil {
		t.Fatal(err)
	}
	if n := countOf(t, open(t, other), "SELECT person FROM identities WHERE issuer = 'i' AND subject = 's-5'"); n != 5 {
		t.Errorf("the backup has the identity of person %d, want 5", n)
	}
}
