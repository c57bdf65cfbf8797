package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/internal/pgtest"
	"ngportal/store"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123_000_000, time.UTC)

// under is the database on which the tests run now.
var under struct {
	name   string
	empty  []byte          // a file of SQLite with the newest schema
	server *pgtest.Cluster // nil: SQLite, or no PostgreSQL here
}

const (
	onSQLite   = "SQLite"
	onPostgres = "PostgreSQL"

	mustPostgres = "NGPORTAL_TEST_POSTGRES" // "required": tests do not skip

	template = "portal" // a database of the server with the newest schema
)

// TestMain runs every test twice: on SQLite and on PostgreSQL.
func TestMain(m *testing.M) {
	if os.Getenv(childAddress) != "" {
		os.Exit(childMain())
	}
	code := 0
	for _, run := range []func(*testing.M) (int, error){runSQLite, runPostgres} {
		failed, err := run(m)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		if failed != 0 || err != nil {
			code = 1
		}
	}
	os.Exit(code)
}

func runSQLite(m *testing.M) (code int, err error) {
	under.name = onSQLite
	fmt.Println("on SQLite:")
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "template.db")
	s, err := store.Open(context.Background(), "sqlite://"+path)
	if err != nil {
		return 1, err
	}
	if err = s.Close(); err != nil {
		return 1, err
	}
	if under.empty, err = os.ReadFile(path); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

func runPostgres(m *testing.M) (code int, err error) {
	under.name = onPostgres
	fmt.Println("on PostgreSQL:")
	under.server, err = pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) && os.Getenv(mustPostgres) != "required" {
		fmt.Printf("skipped: %v\n", err)
		return m.Run(), nil // each test says so, too
	}
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, under.server.Close()) }()
	if err = under.server.Create(template); err != nil {
		return 1, err
	}
	s, err := store.Open(context.Background(), under.server.Address(template))
	if err != nil {
		return 1, err
	}
	if err = s.Close(); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// fresh is the address of a new database of the kind under test.
func fresh(t testing.TB) string {
	t.Helper()
	if under.name == onSQLite {
		path := filepath.Join(t.TempDir(), "portal.db")
		if err := os.WriteFile(path, under.empty, 0o600); err != nil {
			t.Fatal(err)
		}
		return "sqlite://" + path
	}
	needPostgres(t)
	return under.server.Database(t, template)
}

// needPostgres skips a test where there is no PostgreSQL.
func needPostgres(t testing.TB) {
	t.Helper()
	if under.name != onPostgres {
		t.Skip("this is about PostgreSQL")
	}
	if under.server == nil {
		t.Skip(pgtest.ErrMissing)
	}
}

// needSQLite skips a test of what only SQLite does, where it has run already.
func needSQLite(t testing.TB) {
	t.Helper()
	if under.name != onSQLite {
		t.Skip("this is about SQLite")
	}
}

// anotherServer is a cluster for one test.
func anotherServer(t *testing.T, settings ...string) *pgtest.Cluster {
	t.Helper()
	c, err := pgtest.Start(settings...)
	if errors.Is(err, pgtest.ErrMissing) && os.Getenv(mustPostgres) != "required" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// open returns the store at an address; "" is a new database of the kind under test.
func open(t testing.TB, address string) *store.Store {
	t.Helper()
	if address == "" {
		address = fresh(t)
	}
	s, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatalf("Open(%q): %v", address, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if t.Failed() {
			t.Logf("this was on %s", under.name)
		}
	})
	return s
}

// person signs somebody in, and out again: nothing is left but them and a row of the audit.
func person(t testing.TB, s *store.Store, name string) access.Person {
	t.Helper()
	who, err := s.SignIn(t.Context(), store.SignIn{
		Identity: access.Identity{
			Issuer: "https://id.example.org", Subject: name, Email: strings.ToLower(name) + "@example.org", Name: name,
		},
		Session: store.Session{Hash: store.HashOf("person " + name), Created: noon, Seen: noon, IdleExpires: noon, Expires: noon},
	})
	if err == nil {
		err = s.DeleteSession(t.Context(), store.HashOf("person "+name))
	}
	if err != nil {
		t.Fatal(err)
	}
	return who
}
