package store_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"ngportal/access"
	"ngportal/store"
)

// TestInspectFacts reads who may do what while the portal has the database open, and after it has stopped.
func TestInspectFacts(t *testing.T) {
	address := fresh(t)
	s, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	seed := store.SeedDataset{Dataset: access.Dataset{Name: "i58", Locations: []access.Location{{ID: "loc-i58", Bucket: "b", Prefix: "x/"}}}}
	if err := s.Seed(t.Context(), noon, []store.SeedDataset{seed}); err != nil {
		t.Fatal(err)
	}
	look := func(when string) {
		t.Helper()
		facts, err := store.InspectFacts(t.Context(), address)
		if err != nil || len(facts.Datasets) != 1 || len(facts.Datasets[0].Locations) != 1 || facts.Datasets[0].Locations[0].ID != "loc-i58" {
			t.Errorf("%s: %+v, %v, want the dataset i58 with its location", when, facts.Datasets, err)
		}
	}
	look("in use")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	look("at rest")
}

func TestInspectFactsOfNothing(t *testing.T) {
	needSQLite(t)
	_, err := store.InspectFacts(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "portal.db"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("InspectFacts of no file = %v, want fs.ErrNotExist", err)
	}
}
