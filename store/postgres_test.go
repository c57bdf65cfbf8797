package store_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"ngportal/access"
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
	if n := countOf(t, open(t, address), "SELECT version FROM schema_version"); n != 2 {
		t.Errorf("the version of the schema is %d, want 2", n)
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

// TestOddText is what strangers send: it must be kept, or be no text, but must not fail.
func TestOddText(t *testing.T) {
	s := open(t, "")
	ada := person(t, s, "Ada")
	for _, name := range []string{"a'b\"c?d$1;--", "ünï 🧠 \u202e", "100% _ \\"} {
		if err := s.ClearTray(t.Context(), ada); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddToTray(t.Context(), ada, []store.Item{item(name)}); err != nil {
			t.Errorf("AddToTray(%q) = %v", name, err)
		}
		if tray, err := s.Tray(t.Context(), ada); paths(tray) != name || err != nil {
			t.Errorf("Tray = %q, %v, want %q", paths(tray), err, name)
		}
	}
	n := newSession(t, s, ada, "plain")
	n.Hash, n.Agent = store.HashOf("odd"), "Mozilla\x00\xff"
	if err := s.AddSession(t.Context(), n, store.Hash{}); err != nil {
		t.Errorf("AddSession of a browser without a proper name = %v", err)
	}
	if _, err := s.Link(t.Context(), "no\x00\xffslug"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Link of bytes that are no text = %v, want fs.ErrNotExist", err)
	}
}

// TestLower: both kinds of database know the letters of other alphabets.
func TestLower(t *testing.T) {
	s := open(t, "")
	if got, err := s.Value(t.Context(), "SELECT lower('ÖSTLUND ŽÁK ДА')"); err != nil || got != "östlund žák да" {
		t.Errorf("lower = %v, %v, want östlund žák да", got, err)
	}
}

// TestQuestionMark: in quotes it stands for itself.
func TestQuestionMark(t *testing.T) {
	s := open(t, "")
	got, err := s.Value(t.Context(), `SELECT '?''?' || name || '"?' FROM people AS "?" WHERE id = ? AND kind <> ?`, 0, "per?son")
	if err != nil || got != `?'?"?` {
		t.Errorf("the query gives %v, %v, want ?'?\"?", got, err)
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

// TestFactsOfOneMoment reads while another writes: the revision fits what has been read with it.
func TestFactsOfOneMoment(t *testing.T) {
	s := open(t, "")
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var errWrite error
	start := revision(t, s)
	accounts := func() int64 { return countOf(t, s, "SELECT count(*) FROM people WHERE id <> 0") }
	wg.Go(func() {
		for n := 0; ctx.Err() == nil && errWrite == nil; n++ {
			who := access.Identity{Issuer: issuer, Subject: time.Duration(n).String(), Name: "Ada"}
			session := store.Session{Hash: store.HashOf(who.Subject), Created: noon, Seen: noon, IdleExpires: noon, Expires: noon}
			_, errWrite = s.SignIn(t.Context(), store.SignIn{Identity: who, Session: session})
		}
	})
	for range 50 {
		facts, n, err := s.Facts(t.Context())
		if err != nil || int64(len(facts.Accounts)) != n-start {
			t.Errorf("Facts has %d accounts at revision %d, %v, want %d", len(facts.Accounts), n, err, n-start)
			break
		}
	}
	stop()
	wg.Wait()
	if errWrite != nil || accounts() == 0 {
		t.Errorf("writing: %v, and there are %d people", errWrite, accounts())
	}
}
