package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/store"
)

func item(path string) store.Item {
	return store.Item{Ref: access.Ref{Dataset: "I58", Location: "connects-i58", Path: path}, Kind: "ome-zarr"}
}

// longItems are n items that need many pages of the database.
func longItems(n int) []store.Item {
	var out []store.Item
	for i := range n {
		out = append(out, item(fmt.Sprintf("%s%05d", strings.Repeat("x", 1000), i)))
	}
	return out
}

func paths(items []store.Item) string {
	var out []string
	for _, i := range items {
		out = append(out, i.Ref.Path)
	}
	return strings.Join(out, " ")
}

func TestTrayOrder(t *testing.T) {
	ref := func(path string) access.Ref { return item(path).Ref }
	tests := map[string]struct {
		change  func(s *store.Store, ada access.Person) error
		want    string
		wantErr error
	}{
		"adds at the end, each once": {func(s *store.Store, ada access.Person) error {
			n, err := s.AddToTray(t.Context(), ada, []store.Item{item("e"), item("a"), item("e"), item("d")})
			if n != 1 {
				t.Errorf("added = %d, want 1", n)
			}
			return err
		}, "a b c d e", nil},
		"the same path elsewhere is another asset": {func(s *store.Store, ada access.Person) error {
			other := item("a")
			other.Ref.Location = "connects-i59"
			_, err := s.AddToTray(t.Context(), ada, []store.Item{other})
			return err
		}, "a b c d a", nil},
		"removes several": {func(s *store.Store, ada access.Person) error {
			return s.RemoveFromTray(t.Context(), ada, []access.Ref{ref("b"), ref("d"), ref("absent")})
		}, "a c", nil},
		"moves down":           {func(s *store.Store, ada access.Person) error { return s.MoveInTray(t.Context(), ada, ref("a"), 2) }, "b c a d", nil},
		"moves up":             {func(s *store.Store, ada access.Person) error { return s.MoveInTray(t.Context(), ada, ref("d"), 1) }, "a d b c", nil},
		"moves to where it is": {func(s *store.Store, ada access.Person) error { return s.MoveInTray(t.Context(), ada, ref("b"), 1) }, "a b c d", nil},
		"moves beyond the end": {func(s *store.Store, ada access.Person) error { return s.MoveInTray(t.Context(), ada, ref("a"), 99) }, "b c d a", nil},
		"moves before the start": {
			func(s *store.Store, ada access.Person) error { return s.MoveInTray(t.Context(), ada, ref("c"), -5) }, "c a b d", nil,
		},
		"moves nothing that is absent": {
			func(s *store.Store, ada access.Person) error { return s.MoveInTray(t.Context(), ada, ref("x"), 0) }, "a b c d", fs.ErrNotExist,
		},
		"clears":                     {func(s *store.Store, ada access.Person) error { return s.ClearTray(t.Context(), ada) }, "", nil},
		"leaves others' trays alone": {func(s *store.Store, _ access.Person) error { return s.ClearTray(t.Context(), person(t, s, "Ben")) }, "a b c d", nil},
		"a path too long for S3": {func(s *store.Store, ada access.Person) error {
			_, err := s.AddToTray(t.Context(), ada, []store.Item{item("e"), item(strings.Repeat("x", 1025))})
			return err
		}, "a b c d", store.ErrInvalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, "")
			ada := person(t, s, "Ada")
			if _, err := s.AddToTray(t.Context(), ada, []store.Item{item("a"), item("b"), item("c"), item("d")}); err != nil {
				t.Fatal(err)
			}
			if err := tt.change(s, ada); !errors.Is(err, tt.wantErr) {
				t.Errorf("error = %v, want %v", err, tt.wantErr)
			}
			tray, err := s.Tray(t.Context(), ada)
			if got := paths(tray); err != nil || got != tt.want {
				t.Errorf("tray = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestTrayLimit(t *testing.T) {
	s := open(t, "")
	ada := person(t, s, "Ada")
	all := longItems(10_000)
	n, err := s.AddToTray(t.Context(), ada, all)
	full, ok := errors.AsType[*store.TrayFullError](err)
	if !ok || *full != (store.TrayFullError{Have: 0, Adding: 10_000}) || n != 0 {
		t.Errorf("AddToTray(10,000) = %d, %v, want a TrayFullError with 0 and 10000", n, err)
	}
	if n, err = s.AddToTray(t.Context(), ada, all[:199]); n != 199 || err != nil {
		t.Errorf("AddToTray(199) = %d, %v", n, err)
	}
	_, err = s.AddToTray(t.Context(), ada, all[199:201])
	full, ok = errors.AsType[*store.TrayFullError](err)
	if !ok || *full != (store.TrayFullError{Have: 199, Adding: 2}) {
		t.Errorf("AddToTray(2 more) = %v, want a TrayFullError with 199 and 2", err)
	}
	want := "the tray holds 199 assets and cannot take 2 more: 200 is the limit"
	if full.Error() != want {
		t.Errorf("TrayFullError = %q, want %q", full.Error(), want)
	}
	if n, err := s.AddToTray(t.Context(), ada, all[100:200]); n != 1 || err != nil {
		t.Errorf("AddToTray(one new of 100) = %d, %v, want 1", n, err)
	}
	if tray, err := s.Tray(t.Context(), ada); err != nil || !slices.Equal(tray, all[:200]) {
		t.Errorf("Tray = %d items, %v, want the first 200, in order", len(tray), err)
	}
}

func TestUpdateInTray(t *testing.T) {
	s := open(t, "")
	ada := person(t, s, "Ada")
	if _, err := s.AddToTray(t.Context(), ada, []store.Item{item("a"), item("b")}); err != nil {
		t.Fatal(err)
	}
	change := store.Item{Ref: item("b").Ref, Name: "<b> ü", Layer: "segmentation"}
	if err := s.UpdateInTray(t.Context(), ada, change); err != nil {
		t.Fatal(err)
	}
	want := []store.Item{item("a"), {Ref: change.Ref, Name: "<b> ü", Layer: "segmentation", Kind: "ome-zarr"}}
	if got, err := s.Tray(t.Context(), ada); err != nil || !slices.Equal(got, want) {
		t.Errorf("Tray = %+v, %v, want %+v", got, err, want)
	}
	if _, err := s.AddToTray(t.Context(), ada, []store.Item{item("b")}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Tray(t.Context(), ada); err != nil || !slices.Equal(got, want) {
		t.Errorf("Tray after adding b again = %+v, %v, want %+v: the name stays", got, err, want)
	}
	if err := s.UpdateInTray(t.Context(), ada, item("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("UpdateInTray of an absent asset = %v, want fs.ErrNotExist", err)
	}
	change.Name = strings.Repeat("n", 1025)
	if err := s.UpdateInTray(t.Context(), ada, change); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("UpdateInTray with a long name = %v, want ErrInvalid", err)
	}
}
