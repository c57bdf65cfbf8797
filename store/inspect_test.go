package store_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ngportal/store"
)

// snapshot is what lies in a folder, but for the memory that connections share.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(e.Name(), "-shm") {
			content = nil
		}
		found[e.Name()] = string(content)
	}
	return found
}

func TestInspect(t *testing.T) {
	needSQLite(t)
	tests := map[string]struct {
		prepare func(t *testing.T, path string)
		there   bool
		want    error // wrapped; nil: any
		says    string
	}{
		"nothing is there yet": {prepare: func(*testing.T, string) {}},
		"in use": {
			prepare: func(t *testing.T, path string) { open(t, "sqlite://"+path) }, there: true,
		},
		"at rest": {prepare: closed, there: true},
		"a newer schema that is not yet in the file itself": {
			prepare: func(t *testing.T, path string) { newer(t, open(t, "sqlite://"+path)) },
			there:   true, says: "it has schema 99, and this program knows schemas up to ",
		},
		"a newer schema at rest": {
			prepare: func(t *testing.T, path string) {
				s, err := store.Open(t.Context(), "sqlite://"+path)
				if err != nil {
					t.Fatal(err)
				}
				newer(t, s)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			},
			there: true, says: "a newer ngportal has used it",
		},
		"a file of another kind": {
			prepare: func(t *testing.T, path string) { write(t, path, strings.Repeat("no database. ", 1000)) },
			there:   true, want: store.ErrUnavailable, says: "no SQLite database",
		},
		"a folder": {
			prepare: func(t *testing.T, path string) {
				if err := os.Mkdir(path, 0o700); err != nil {
					t.Fatal(err)
				}
			},
			there: true, want: store.ErrUnavailable, says: "it is a directory",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "odd % ? # name.db")
			tt.prepare(t, path)
			var before map[string]string
			if tt.says != "it is a directory" {
				before = snapshot(t, dir)
			}
			there, err := store.Inspect(t.Context(), "sqlite://"+path)
			if there != tt.there {
				t.Errorf("Inspect says %v of whether it is there", there)
			}
			if (err == nil) != (tt.says == "") || tt.says != "" && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Inspect = %v, want %q", err, tt.says)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("Inspect = %v, want one wrapping %v", err, tt.want)
			}
			if before == nil {
				return
			}
			if after := snapshot(t, dir); !maps.Equal(after, before) {
				t.Errorf("Inspect left %d files, of %d, or changed one", len(after), len(before))
			}
		})
	}
}

func closed(t *testing.T, path string) {
	s, err := store.Open(t.Context(), "sqlite://"+path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func newer(t *testing.T, s *store.Store) {
	if err := s.Exec(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, content string) {
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestInspectRefuses(t *testing.T) {
	needSQLite(t)
	tests := map[string]struct {
		address string
		want    error
		says    string
	}{
		"another scheme, without its password": {"mysql://ada:sesame@db/portal", store.ErrInvalid, "begins with sqlite:///"},
		"a folder that is not there":           {"sqlite://" + t.TempDir() + "/absent/portal.db", fs.ErrNotExist, "its directory is not there"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			there, err := store.Inspect(t.Context(), tt.address)
			if there || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "sesame") {
				t.Errorf("Inspect(%q) = %v, %v, want %q", tt.address, there, err, tt.says)
			}
		})
	}
}

func TestInspectReadOnlyFile(t *testing.T) {
	needSQLite(t)
	if os.Getuid() == 0 {
		t.Skip("root may write everything")
	}
	path := filepath.Join(t.TempDir(), "portal.db")
	closed(t, path)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Inspect(t.Context(), "sqlite://"+path); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Inspect of a read-only file = %v, want ErrUnavailable", err)
	}
}
