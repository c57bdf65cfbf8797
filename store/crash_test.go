package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/internal/pgtest"
	"ngportal/store"
)

// childAddress is set for a process that does nothing but write into the database there.
const childAddress = "NGPORTAL_TEST_CHILD"

// childMain signs people in for as long as it can, and prints the name of each whom the store has taken.
func childMain() int {
	s, err := store.Open(context.Background(), os.Getenv(childAddress))
	if err == nil {
		err = signInMany(s, fmt.Sprint(os.Getpid()), func(name string) { fmt.Println(name) })
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// signInMany goes on until it fails.
func signInMany(s *store.Store, family string, done func(name string)) error {
	for n := 0; ; n++ {
		name := fmt.Sprintf("%s-%d", family, n)
		_, err := s.SignIn(context.Background(), store.SignIn{
			Identity: access.Identity{Issuer: issuer, Subject: name, Name: name},
			Session:  store.Session{Hash: store.HashOf(name), Created: noon, Seen: noon, IdleExpires: noon, Expires: noon},
		})
		if err != nil {
			return err
		}
		done(name)
	}
}

// TestKilledWriter kills a process that writes, as a kill -9 or a lack of memory does.
func TestKilledWriter(t *testing.T) {
	address := fresh(t)
	for _, after := range []int{1, 30, 100} {
		names := killChild(t, address, after)
		checkSignedIn(t, open(t, address), names)
	}
}

// killChild starts a process that writes, kills it after some lines, and returns all lines that it has written.
func killChild(t *testing.T, address string, after int) (names []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), childAddress+"="+address)
	var errs strings.Builder
	child.Stderr = &errs
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		names = append(names, lines.Text())
		if len(names) == after {
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := child.Wait(); err == nil || len(names) < after {
		t.Fatalf("the child wrote %d lines, want at least %d: %v %s", len(names), after, err, errs.String())
	}
	return names
}

// checkSignedIn wants everybody and all that was written with them, and nothing half.
func checkSignedIn(t *testing.T, s *store.Store, names []string) {
	t.Helper()
	for _, name := range names {
		if n := countOf(t, s, "SELECT count(*) FROM identities JOIN sessions ON sessions.person = identities.person WHERE subject = ?", name); n != 1 {
			t.Errorf("%s was signed in and is lost", name)
		}
	}
	for what, query := range map[string]string{
		"people without an identity": "SELECT count(*) FROM people WHERE id <> 0 AND id NOT IN (SELECT person FROM identities)",
		"people without a session":   "SELECT count(*) FROM people WHERE id <> 0 AND id NOT IN (SELECT person FROM sessions)",
		"people not in the audit":    "SELECT count(*) FROM people WHERE id <> 0 AND id NOT IN (SELECT subject FROM audit)",
	} {
		if n := countOf(t, s, query); n != 0 {
			t.Errorf("there are %d %s", n, what)
		}
	}
	if all, want := countOf(t, s, "SELECT n FROM revision"), 1+countOf(t, s, "SELECT count(*) FROM people WHERE id <> 0"); all != want {
		t.Errorf("the revision is %d, want %d", all, want)
	}
	if under.name == onSQLite {
		if damage, err := s.Value(t.Context(), "SELECT integrity_check FROM pragma_integrity_check"); err != nil || damage != "ok" {
			t.Errorf("integrity check = %v, %v", damage, err)
		}
	}
}

// TestCrashedServer stops the server at once while somebody writes.
func TestCrashedServer(t *testing.T) {
	needPostgres(t)
	c := anotherServer(t, "fsync = on", "synchronous_commit = on", "full_page_writes = on")
	address := c.Database(t, "")
	s := open(t, address)
	for _, family := range []string{"a", "b", "c"} {
		var names []string
		ready := make(chan struct{})
		ended := make(chan error)
		go func() {
			ended <- signInMany(s, family, func(name string) {
				if names = append(names, name); len(names) == 30 {
					close(ready)
				}
			})
		}()
		<-ready
		if err := c.Stop(pgtest.Immediate); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("SignIn = %v, want ErrUnavailable", err)
		}
		if err := c.Resume(); err != nil {
			t.Fatal(err)
		}
		checkSignedIn(t, s, names)
	}
}
