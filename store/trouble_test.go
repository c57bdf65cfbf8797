package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/internal/pgtest"
	"ngportal/store"
)

// TestDiskFull writes into a small disk until it is full, makes room and goes on.
func TestDiskFull(t *testing.T) {
	needSQLite(t)
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("only root may mount a small disk: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	}()
	ballast := filepath.Join(disk, "ballast")
	write(t, ballast, strings.Repeat("x", 1<<20))
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(disk, "portal.db"))
	if err != nil {
		t.Fatal(err)
	}
	ada := person(t, s, "Ada")
	kept := fillDisk(t, s, ada)
	if _, err = s.AddLink(t.Context(), bigLink(ada)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("AddLink again = %v, want ErrUnavailable", err)
	}
	if err = s.Backup(t.Context(), filepath.Join(disk, "backup")); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Backup = %v, want ErrUnavailable", err)
	}
	checkWhole(t, s, ada, kept)
	if err = os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	made, err := s.AddLink(t.Context(), bigLink(ada))
	if err != nil {
		t.Errorf("AddLink when there is room again = %v", err)
	}
	checkWhole(t, s, ada, append(kept, made.Slug))
	if err = s.Close(); err != nil {
		t.Error(err)
	}
}

func bigLink(owner access.Person) store.Link {
	return store.Link{Owner: owner, State: []byte(`"` + strings.Repeat("x", 100_000) + `"`), Created: noon}
}

// fillDisk adds links until there is no room, and returns the slugs of those that it could add.
func fillDisk(t *testing.T, s *store.Store, owner access.Person) (kept []string) {
	t.Helper()
	for range 100 {
		l, err := s.AddLink(t.Context(), bigLink(owner))
		if err == nil {
			kept = append(kept, l.Slug)
			continue
		}
		if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "the disk is full") {
			t.Fatalf("AddLink = %v, want ErrUnavailable: the disk is full", err)
		}
		return kept
	}
	t.Fatal("the disk is never full")
	return nil
}

// checkWhole reads all links and has SQLite look for damage.
func checkWhole(t *testing.T, s *store.Store, owner access.Person, slugs []string) {
	t.Helper()
	for _, slug := range slugs {
		if l, err := s.Link(t.Context(), slug); err != nil || len(l.State) != 100_002 {
			t.Errorf("Link(%s) = %d bytes, %v", slug, len(l.State), err)
		}
	}
	if links, err := s.Links(t.Context(), owner, 200); err != nil || len(links) != len(slugs) {
		t.Errorf("there are %d links, %v, want %d", len(links), err, len(slugs))
	}
	if damage, err := s.Value(t.Context(), "SELECT integrity_check FROM pragma_integrity_check"); err != nil || damage != "ok" {
		t.Errorf("integrity check = %v, %v", damage, err)
	}
}

// TestServerFaults has the server answer with errors of its own, in the middle of a change.
func TestServerFaults(t *testing.T) {
	needPostgres(t)
	tests := map[string]struct{ code, says string }{
		"the disk is full":          {"53100", "the disk is full"},
		"too many connections":      {"53300", "the server has too many connections"},
		"no memory":                 {"53200", "the server lacks memory or room"},
		"stopping":                  {"57P01", "the server is starting or stopping"},
		"a broken connection":       {"08006", "the connection to the server broke"},
		"too slow":                  {"57014", "it has not answered in time"},
		"two changed the same":      {"40001", "another program changed the same"},
		"a broken disk":             {"58030", "reading or writing the disk failed"},
		"a damaged index":           {"XX002", "reading or writing the disk failed"},
		"a fault of the program":    {"22012", ""},
		"a transaction that failed": {"25P02", ""},
	}
	s := open(t, "")
	ada := person(t, s, "Ada")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := s.Exec(t.Context(), fmt.Sprintf(`CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
				BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '%s'; END $$;
				CREATE OR REPLACE TRIGGER fail AFTER INSERT ON tray_items EXECUTE FUNCTION fail()`, tt.code))
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.AddToTray(t.Context(), ada, []store.Item{item("a")})
			if err == nil || errors.Is(err, store.ErrUnavailable) != (tt.says != "") || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("AddToTray = %v, want %q", err, tt.says)
			}
			if tray, err := s.Tray(t.Context(), ada); err != nil || len(tray) != 0 {
				t.Errorf("Tray = %v, %v, want nothing", tray, err)
			}
		})
	}
	if err := s.Exec(t.Context(), "DROP TRIGGER fail ON tray_items"); err != nil {
		t.Fatal(err)
	}
	if n, err := s.AddToTray(t.Context(), ada, longItems(store.MaxTray)); err != nil || n != store.MaxTray {
		t.Errorf("AddToTray afterwards = %d, %v, want %d", n, err, store.MaxTray)
	}
}

// TestServerReadOnly is what a standby, or an administrator, makes of a server.
func TestServerReadOnly(t *testing.T) {
	needPostgres(t)
	s := open(t, "")
	session := newSession(t, s, person(t, s, "Ada"), "first")
	if err := s.Exec(t.Context(), "SET default_transaction_read_only = on"); err != nil {
		t.Fatal(err)
	}
	checkNothingHalfWritten(t, s, session, "it is read-only")
	if err := s.Exec(t.Context(), "SET default_transaction_read_only = off"); err != nil {
		t.Fatal(err)
	}
	if n, err := s.AddToTray(t.Context(), session.Person, longItems(store.MaxTray)); err != nil || n != store.MaxTray {
		t.Errorf("AddToTray afterwards = %d, %v, want %d", n, err, store.MaxTray)
	}
}

// TestServerAway stops the server, has it hang, and cuts connections. Each time the portal says so soon, and goes on
// by itself when the server is back.
func TestServerAway(t *testing.T) {
	needPostgres(t)
	c := anotherServer(t, "synchronous_commit = on")
	address := c.Database(t, "")
	s := open(t, address)
	ada := person(t, s, "Ada")
	tests := map[string]struct {
		away, back func() error
		says       string // of those who ask the second time
	}{
		"stopped": {
			away: func() error { return c.Stop(pgtest.Fast) },
			back: c.Resume, says: "the server cannot be reached",
		},
		"crashed": {
			away: func() error { return c.Stop(pgtest.Immediate) },
			back: c.Resume, says: "the server cannot be reached",
		},
		"hanging": {
			away: func() error { s.SetPatience(100 * time.Millisecond); return c.Signal(syscall.SIGSTOP) },
			back: func() error { s.SetPatience(10 * time.Second); return c.Signal(syscall.SIGCONT) },
			says: "it has not answered in time",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := tt.away(); err != nil {
				t.Fatal(err)
			}
			checkAway(t, s, ada, tt.says)
			if err := tt.back(); err != nil {
				t.Fatal(err)
			}
			if _, err := s.AddToTray(t.Context(), ada, []store.Item{item(name)}); err != nil {
				t.Errorf("AddToTray when the server is back = %v", err)
			}
			if tray, err := s.Tray(t.Context(), ada); err != nil || !strings.Contains(paths(tray), name) {
				t.Errorf("Tray when the server is back = %v, %v, want %q in it", paths(tray), err, name)
			}
		})
	}
}

// checkAway does everything twice: the first time there are connections that were good.
func checkAway(t *testing.T, s *store.Store, who access.Person, says string) {
	t.Helper()
	for round := range 2 {
		start := time.Now()
		_, errRead := s.Tray(t.Context(), who)
		_, errWrite := s.AddToTray(t.Context(), who, []store.Item{item("a")})
		_, _, errFacts := s.Facts(t.Context())
		for what, err := range map[string]error{"Tray": errRead, "AddToTray": errWrite, "Facts": errFacts, "Ping": s.Ping(t.Context())} {
			if !errors.Is(err, store.ErrUnavailable) || round == 1 && !strings.Contains(err.Error(), says) {
				t.Errorf("%s = %v, want ErrUnavailable: %s", what, err, says)
			}
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("that took %v, want seconds", took)
		}
	}
}
