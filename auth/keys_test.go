package auth_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ngportal/auth"
)

func TestKeys(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "session.key")
	first, err := auth.ReadOrMakeKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 64 {
		t.Errorf("key file = %v, %v, want 64 bytes of mode 600", info, err)
	}
	if got, want := fmt.Sprintf("%v %+v %#v %s", first, first, first, first), "[keys] [keys] [keys] [keys]"; got != want {
		t.Errorf("the keys print as %q, want %q", got, want)
	}
	again, err := auth.ReadOrMakeKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rotatedPath := filepath.Join(dir, "rotated.key")
	newest := []byte(strings.Repeat("0123456789abcdef", 4))
	if err = os.WriteFile(rotatedPath, append(newest, raw...), 0o600); err != nil {
		t.Fatal(err)
	}
	rotated, err := auth.ReadKeys(rotatedPath)
	if err != nil {
		t.Fatal(err)
	}
	db := newStore(t)
	with := func(k auth.Keys) *auth.Sessions {
		s, err := newSessions(t, func(c *auth.SessionConfig) { c.Keys, c.Store = k, db })
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	old := signIn(t, with(first))
	for name, s := range map[string]*auth.Sessions{"the same keys, read again": with(again), "a new pair before them": with(rotated)} {
		if who, _, err := s.Person(old); err != nil || who != adaPerson {
			t.Errorf("a cookie of the first keys with %s = %v, %v, want Ada", name, who, err)
		}
	}
	if who, _, err := with(first).Person(signIn(t, with(rotated))); err != nil || who.SignedIn() {
		t.Errorf("a cookie of the rotated keys with the old = %v, %v, want nobody", who, err)
	}
}

func TestReadKeysRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		content string
		says    string
	}{
		"empty":         {"", "has 0 bytes, want 64"},
		"a byte short":  {strings.Repeat("ab", 31) + "a", "openssl rand -out"},
		"with line end": {strings.Repeat("ab", 32) + "\n", "has 65 bytes"},
		"all zero":      {strings.Repeat("\x00", 64), "same byte"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := auth.ReadKeys(path); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("ReadKeys of a file %s = %v, want an error saying %q", name, err, tt.says)
		}
	}
	if _, err := auth.ReadKeys(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("ReadKeys of an absent file = %v", err)
	}
	if _, err := auth.ReadOrMakeKeys(filepath.Join(dir, "absent", "key")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("ReadOrMakeKeys in an absent folder = %v", err)
	}
}
