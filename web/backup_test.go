package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// TestBackupVerbs types what an operator types, one after the other.
func TestBackupVerbs(t *testing.T) {
	dir := t.TempDir()
	config, file, database := filepath.Join(dir, "ngportal.yaml"), filepath.Join(dir, "monday.backup"), filepath.Join(dir, "portal.db")
	if err := os.WriteFile(config, []byte(documented(t, dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		what   string
		before func()
		args   []string
		code   int
		says   string
	}{
		{"no configuration", nil, []string{"backup", file}, 2, "backup needs --config ngportal.yaml and a file"},
		{"no file", nil, []string{"backup", "--config"}, 2, "Try: ngportal help"},
		{"a flag of restore", nil, []string{"backup", "--config", config, "--replace", file}, 2, "flag provided but not defined: -replace"},
		{"a file too many", nil, []string{"restore", "--config", config, "another", file}, 2, `restore takes no argument "another"`},
		{"no such configuration", nil, []string{"backup", "--config", config + "x", file}, 1, "no such file"},
		{"nothing to back up", nil, []string{"backup", "--config", config, file}, 1, "there is none yet"},
		{"a backup", func() { signInto(t, database, "Ada") }, []string{"backup", "--config", config, file}, 0, file + " is a backup of " + database},
		{"over a file", nil, []string{"backup", "--config", config, file}, 1, "there is such a file, and it stays"},
		{
			"a database in use", func() { signInto(t, database, "Ben") },
			[]string{"restore", "--config", config, file},
			1, "the database is not empty (2 audit), and all that is in it would be gone",
		},
		{"and what to do", nil, []string{"restore", "--config", config, file}, 1, "--replace does it nevertheless"},
		{"all the same", nil, []string{"restore", "--config", config, "--replace", file}, 0, file + " has been restored into " + database},
		{"no backup", nil, []string{"restore", "--config", config, config}, 1, "no SQLite database"},
	}
	for _, step := range steps {
		if step.before != nil {
			step.before()
		}
		var said bytes.Buffer
		if code := run(t.Context(), step.args, os.Getenv, &said, &said); code != step.code || !strings.Contains(said.String(), step.says) {
			t.Errorf("%s: ngportal %s = %d, %q, want %d, %q", step.what, strings.Join(step.args, " "), code, said.String(), step.code, step.says)
		}
	}
	if id := signInto(t, database, "Ben"); id != 2 {
		t.Errorf("Ben is the person %d, want 2: he was not in the backup, and is new", id)
	}
	if id := signInto(t, database, "Ada"); id != 1 {
		t.Errorf("Ada is the person %d, want 1: she was in the backup", id)
	}
}

// signInto has somebody sign in.
func signInto(t *testing.T, database, name string) (id int64) {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite://"+database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	who, err := db.SignIn(t.Context(), store.SignIn{
		Identity: access.Identity{Issuer: "https://id.example.org", Subject: name, Name: name},
		Session:  store.Session{Hash: store.HashOf(noon.String()), Created: noon, Seen: noon, IdleExpires: noon, Expires: noon},
		Replaced: store.HashOf(noon.String()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return who.ID
}
