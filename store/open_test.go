package store_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ngportal/store"
)

func TestOpenRefuses(t *testing.T) {
	needSQLite(t)
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database. ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		address string
		want    error
		says    string
	}{
		"no PostgreSQL database":     {"postgres://ada:sesame@db:port/portal", store.ErrInvalid, "write postgres://user:password@host/database"},
		"another scheme":             {"mysql://ada:sesame@db/portal", store.ErrInvalid, "begins with sqlite:///"},
		"nothing":                    {"", store.ErrInvalid, "begins with sqlite:///"},
		"a relative path":            {"sqlite://portal.db", store.ErrInvalid, "write sqlite:///absolute/path.db"},
		"one slash":                  {"sqlite:/portal.db", store.ErrInvalid, "write sqlite:///absolute/path.db"},
		"a folder by its slash":      {"sqlite://" + dir + "/", store.ErrInvalid, "write sqlite:///absolute/path.db"},
		"a folder":                   {"sqlite://" + dir, store.ErrUnavailable, "is a directory"},
		"a folder that is not there": {"sqlite://" + dir + "/absent/portal.db", fs.ErrNotExist, "its directory is not there"},
		"a file of another kind":     {"sqlite://" + garbage, store.ErrUnavailable, "no SQLite database"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := store.Open(t.Context(), tt.address)
			if err == nil {
				t.Fatalf("Open(%q) succeeded: %v", tt.address, s.Close())
			}
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Open(%q) = %q, want %q, wrapping %v", tt.address, err, tt.says, tt.want)
			}
			if strings.Contains(err.Error(), "sesame") {
				t.Errorf("Open(%q) = %q, which holds the password", tt.address, err)
			}
		})
	}
}

func TestOpenRefusesReadOnlyFile(t *testing.T) {
	needSQLite(t)
	if os.Getuid() == 0 {
		t.Skip("root may write everything")
	}
	path := filepath.Join(t.TempDir(), "portal.db")
	if err := os.WriteFile(path, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), "sqlite://"+path); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Open of a read-only file = %v, want ErrUnavailable", err)
	}
}

func TestOpenRefusesNewerSchema(t *testing.T) {
	needSQLite(t)
	address := "sqlite://" + filepath.Join(t.TempDir(), "portal.db")
	s := open(t, address)
	if err := s.Exec(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(t.Context(), address)
	if err == nil || !strings.Contains(err.Error(), "a newer ngportal has used it") {
		t.Errorf("Open with schema 99 = %v, want a sentence about a newer ngportal", err)
	}
}

func TestOpenKeepsTheFilePrivateAndTheDataInIt(t *testing.T) {
	needSQLite(t)
	path := filepath.Join(t.TempDir(), "odd % ? # name.db")
	s, err := store.Open(t.Context(), "sqlite://"+path)
	if err != nil {
		t.Fatal(err)
	}
	ada := person(t, s, "Ada")
	if _, err = s.AddToTray(t.Context(), ada, []store.Item{item("a")}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		var info os.FileInfo
		if info, err = os.Stat(name); err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("mode of %s = %o, want 600", filepath.Base(name), got)
		}
	}
	if err = s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, "sqlite://"+path)
	tray, err := again.Tray(t.Context(), ada)
	if err != nil || len(tray) != 1 {
		t.Errorf("Tray after reopening = %v, %v, want one item", tray, err)
	}
	if err := again.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

func TestOpenManyAtATime(t *testing.T) {
	address := fresh(t)
	ada := person(t, open(t, address), "Ada")
	const programs = 8
	var wg sync.WaitGroup
	errs := make([]error, programs)
	for i := range programs {
		wg.Go(func() {
			s, err := store.Open(t.Context(), address)
			if err == nil {
				_, err = s.AddToTray(t.Context(), ada, []store.Item{item(string(rune('a' + i)))})
				err = errors.Join(err, s.Close())
			}
			errs[i] = err
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	tray, err := open(t, address).Tray(t.Context(), ada)
	if err != nil || len(tray) != programs {
		t.Errorf("Tray = %d items, %v, want %d: one from each", len(tray), err, programs)
	}
}

// TestUnavailable brings about what a real disk does to a database that worked a moment ago.
func TestUnavailable(t *testing.T) {
	needSQLite(t)
	tests := map[string]struct {
		cause, heal string
		says        string
	}{
		"full":      {"PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000", "the disk is full"},
		"read-only": {"PRAGMA query_only = 1", "PRAGMA query_only = 0", "the file is read-only"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, "")
			session := newSession(t, s, person(t, s, "Ada"), "first")
			if err := s.Exec(t.Context(), tt.cause); err != nil {
				t.Fatal(err)
			}
			checkNothingHalfWritten(t, s, session, tt.says)
			if err := s.Exec(t.Context(), tt.heal); err != nil {
				t.Fatal(err)
			}
			if n, err := s.AddToTray(t.Context(), session.Person, longItems(store.MaxTray)); err != nil || n != store.MaxTray {
				t.Errorf("AddToTray afterwards = %d, %v, want %d", n, err, store.MaxTray)
			}
		})
	}
}

func checkNothingHalfWritten(t *testing.T, s *store.Store, session store.Session, says string) {
	t.Helper()
	ada := session.Person
	n, err := s.AddToTray(t.Context(), ada, longItems(store.MaxTray))
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), says) || n != 0 {
		t.Errorf("AddToTray = %d, %v, want ErrUnavailable: %s", n, err, says)
	}
	if tray, err := s.Tray(t.Context(), ada); err != nil || len(tray) != 0 {
		t.Errorf("Tray = %d items, %v, want none", len(tray), err)
	}
	big := []byte(`"` + strings.Repeat("x", 500_000) + `"`)
	if _, err := s.AddLink(t.Context(), store.Link{Owner: ada, State: big}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("AddLink = %v, want ErrUnavailable", err)
	}
	if links, err := s.Links(t.Context(), ada, 10); err != nil || len(links) != 0 {
		t.Errorf("Links = %v, %v, want none", links, err)
	}
	if got, err := s.Session(t.Context(), session.Hash); err != nil || got.Person != ada {
		t.Errorf("Session = %v, %v, want Ada's: reading still works", got, err)
	}
}

func TestLockedIsUnavailable(t *testing.T) {
	needSQLite(t)
	address := "sqlite://" + filepath.Join(t.TempDir(), "portal.db")
	s, other := open(t, address), open(t, address)
	ada := person(t, s, "Ada")
	if err := s.Exec(t.Context(), "PRAGMA busy_timeout = 20"); err != nil {
		t.Fatal(err)
	}
	if err := other.Exec(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := s.ClearTray(t.Context(), ada); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "locked") {
		t.Errorf("ClearTray while another program writes = %v, want ErrUnavailable: locked", err)
	}
	if err := other.Exec(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := s.ClearTray(t.Context(), ada); err != nil {
		t.Errorf("ClearTray afterwards = %v", err)
	}
}

func TestCanceledChangesNothing(t *testing.T) {
	s := open(t, "")
	ada := person(t, s, "Ada")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.AddToTray(ctx, ada, []store.Item{item("a")}); !errors.Is(err, context.Canceled) {
		t.Errorf("AddToTray = %v, want context.Canceled", err)
	}
	if tray, err := s.Tray(t.Context(), ada); err != nil || len(tray) != 0 {
		t.Errorf("Tray = %v, %v, want none", tray, err)
	}
}
