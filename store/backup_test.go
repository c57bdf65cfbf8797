package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ngportal/store"
)

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
		"a row that breaks the rules": {func(t *testing.T, path string) {
			const schema = "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = replace(sql, %s) WHERE name = 'apps'"
			changeFile(t, path, fmt.Sprintf(schema, "'name    TEXT NOT NULL', 'name    TEXT         '"))
			changeFile(t, path, "INSERT INTO apps (origin, name, created) VALUES ('https://x.example.org', NULL, 1)")
			changeFile(t, path, fmt.Sprintf(schema, "'name    TEXT         ', 'name    TEXT NOT NULL'"))
		}, store.ErrInvalid, "it is damaged: NULL value in apps.name"},
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
	s := open(t, "")
	admin := signInAdmin(t, s, "ada@example.org")
	by := rights(t, s, admin)
	group, err := s.AddGroup(t.Context(), by, "Lab", "")
	if err != nil {
		t.Fatal(err)
	}
	by = rights(t, s, admin)
	written, stop := writeMembers(t, s, by, group)
	for range 40 {
		<-written
	}
	before := countOf(t, s, "SELECT count(*) FROM members")
	path := backupOf(t, s)
	for range 40 {
		<-written
	}
	if err := stop(); err != nil {
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
