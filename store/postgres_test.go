package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"ngportal/internal/pgtest"
	"ngportal/store"
)

func TestOpenRefusesServer(t *testing.T) {
	needPostgres(t)
	server := under.server
	tests := map[string]struct {
		address string
		want    error
		says    string
	}{
		"nobody listens":        {"postgres://ada:sesame@127.0.0.1:1/portal", store.ErrUnavailable, "the server cannot be reached"},
		"no such folder":        {"postgres://ada:sesame@/portal?host=/absent", store.ErrUnavailable, "the server cannot be reached"},
		"no such database":      {as("postgres:sesame", server.Address("absent")), store.ErrUnavailable, "there is no such database"},
		"a wrong password":      {as("ada:sesame", guarded(t)), store.ErrUnavailable, "the server does not let this user in"},
		"no number for a port":  {"postgres://ada:sesame@db:port/portal", store.ErrInvalid, "write postgres://user:password@host/database"},
		"an odd sign in it":     {"postgres://ada:se%zzsame@db/portal", store.ErrInvalid, "write postgres://"},
		"an unknown setting":    {"postgresql://ada:sesame@127.0.0.1/portal?sslmode=sesame", store.ErrInvalid, "write postgres://"},
		"an encoding of before": {latin(t), nil, "its encoding is LATIN1; make it again with"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := store.Open(t.Context(), tt.address)
			if err == nil {
				t.Fatalf("Open(%q) succeeded: %v", tt.address, s.Close())
			}
			there, errInspect := store.Inspect(t.Context(), tt.address)
			if there {
				t.Error("Inspect says that it is there")
			}
			for what, err := range map[string]error{"Open": err, "Inspect": errInspect} {
				if err == nil || !strings.Contains(err.Error(), tt.says) || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("%s(%q) = %v, want %q, wrapping %v", what, tt.address, err, tt.says, tt.want)
				}
				if err != nil && strings.Contains(err.Error(), "sesame") {
					t.Errorf("%s(%q) = %q, which holds the password", what, tt.address, err)
				}
			}
		})
	}
}

// as puts a user into an address of a cluster.
func as(user, address string) string { return strings.Replace(address, "postgres@", user+"@", 1) }

// guarded is a database into which others than the superuser come by their password alone.
func guarded(t *testing.T) string {
	t.Helper()
	c := anotherServer(t)
	err := errors.Join(
		c.Exec("CREATE ROLE ada LOGIN PASSWORD 'another'"),
		c.Exec(`DO $$ BEGIN EXECUTE format('COPY (VALUES (''local all postgres trust''), (''local all all scram-sha-256'')) TO %L',
			current_setting('hba_file')); END $$`),
		c.Stop(pgtest.Fast), c.Resume(),
	)
	if err != nil {
		t.Fatal(err)
	}
	return c.Database(t, "")
}

func latin(t *testing.T) string {
	t.Helper()
	if err := under.server.Exec("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := under.server.Exec("DROP DATABASE latin WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return under.server.Address("latin")
}

func TestDescribe(t *testing.T) {
	tests := map[string]struct {
		address, want string
		err           error
	}{
		"a file":                       {"sqlite:///var/lib/portal.db", "/var/lib/portal.db", nil},
		"a server, but not a password": {"postgres://ada:sesame@db.example.org/portal", "portal at db.example.org:5432 as ada", nil},
		"something else":               {"mysql://ada:sesame@db/portal", "", store.ErrInvalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := store.Describe(tt.address)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("Describe(%q) = %q, %v, want %q, %v", tt.address, got, err, tt.want, tt.err)
			}
		})
	}
}

func TestInspectServer(t *testing.T) {
	needPostgres(t)
	empty := under.server.Database(t, "")
	for range 2 { // Inspect does not make it
		if there, err := store.Inspect(t.Context(), empty); there || err != nil {
			t.Errorf("Inspect of an empty database = %v, %v, want that it is not there", there, err)
		}
	}
	address := fresh(t)
	s := open(t, address)
	if there, err := store.Inspect(t.Context(), address); !there || err != nil {
		t.Errorf("Inspect = %v, %v, want that it is there", there, err)
	}
	steps := []struct{ what, statement, says string }{
		{"a newer schema", "UPDATE schema_version SET version = 99", "a newer ngportal has used it"},
		{"read-only", "ALTER DATABASE " + nameOf(t, s) + " SET default_transaction_read_only = on", "it is read-only"},
	}
	for _, step := range steps {
		if err := s.Exec(t.Context(), step.statement); err != nil {
			t.Fatal(err)
		}
		there, err := store.Inspect(t.Context(), address)
		if err == nil || !strings.Contains(err.Error(), step.says) {
			t.Errorf("Inspect with %s = %v, %v, want %q", step.what, there, err, step.says)
		}
		if err = s.Exec(t.Context(), "UPDATE schema_version SET version = 2"); err != nil {
			t.Fatal(err)
		}
	}
}

func nameOf(t *testing.T, s *store.Store) string {
	t.Helper()
	v, err := s.Value(t.Context(), "SELECT current_database()::text")
	if err != nil {
		t.Fatal(err)
	}
	return v.(string)
}

// TestInspectWithoutRights is what doctor says before the first start fails.
func TestInspectWithoutRights(t *testing.T) {
	needPostgres(t)
	address := under.server.Database(t, "")
	if err := under.server.Exec("CREATE ROLE guest LOGIN"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := under.server.Exec("DROP ROLE guest"); err != nil {
			t.Error(err)
		}
	})
	address = as("guest", address)
	_, errInspect := store.Inspect(t.Context(), address)
	if !errors.Is(errInspect, store.ErrUnavailable) || !strings.Contains(errInspect.Error(), "may not make tables") {
		t.Errorf("Inspect = %v, want that this user may not make tables", errInspect)
	}
	if _, err := store.Open(t.Context(), address); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "lacks a privilege") {
		t.Errorf("Open = %v, want that this user lacks a privilege", err)
	}
}

func TestOpenManyOnServer(t *testing.T) {
	needPostgres(t)
	address := under.server.Database(t, "") // without the tables
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() {
			s, err := store.Open(t.Context(), address)
			if err == nil {
				err = s.Close()
			}
			errs[i] = err
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if n := countOf(t, open(t, address), "SELECT version FROM schema_version"); n != 3 {
		t.Errorf("the version of the schema is %d, want 3", n)
	}
}

// TestServersPortals have one database: one writes at a time, and both see all.
func TestServersPortals(t *testing.T) {
	needPostgres(t)
	address := fresh(t)
	s, other := open(t, address), open(t, address)
	const lock = "(6073812390561)"
	ada := person(t, s, "Ada")
	if err := s.Exec(t.Context(), "SET lock_timeout = 50"); err != nil {
		t.Fatal(err)
	}
	if err := other.Exec(t.Context(), "SELECT pg_advisory_lock"+lock); err != nil {
		t.Fatal(err)
	}
	if err := s.ClearTray(t.Context(), ada); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "locked") {
		t.Errorf("ClearTray while another portal writes = %v, want ErrUnavailable: locked", err)
	}
	if _, err := s.Tray(t.Context(), ada); err != nil {
		t.Errorf("Tray while another portal writes = %v", err)
	}
	if err := other.Exec(t.Context(), "SELECT pg_advisory_unlock"+lock); err != nil {
		t.Fatal(err)
	}
	if n, err := s.AddToTray(t.Context(), ada, []store.Item{item("a")}); n != 1 || err != nil {
		t.Errorf("AddToTray afterwards = %d, %v", n, err)
	}
	if tray, err := other.Tray(t.Context(), ada); paths(tray) != "a" || err != nil {
		t.Errorf("Tray in the other portal = %v, %v, want a", tray, err)
	}
}

func TestAuditIsNotTruncated(t *testing.T) {
	needPostgres(t)
	s := open(t, "")
	person(t, s, "Ada")
	if err := s.Exec(t.Context(), "TRUNCATE audit"); err == nil || !strings.Contains(err.Error(), "the audit is append-only") {
		t.Errorf("TRUNCATE audit = %v, want it refused", err)
	}
	if n := countOf(t, s, "SELECT count(*) FROM audit"); n != 1 {
		t.Errorf("%d entries are left, want 1", n)
	}
}
