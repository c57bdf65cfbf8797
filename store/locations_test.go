package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"ngportal/access"
	"ngportal/store"
)

func locationJSON(dataset int64, id, prefix, more string) string {
	return fmt.Sprintf(`{"id":"%s","dataset":%d,"bucket":"lab","prefix":"%s"%s}`, id, dataset, prefix, more)
}

// TestLocations adds a location, moves it, and takes it out of use and into it again.
func TestLocations(t *testing.T) {
	l := newLab(t)
	ada := l.as(l.ada)
	want := store.Entry{Event: store.LocationChanged, Dataset: "brain", Object: "location loc-two"}
	steps := []struct {
		what, before, after string
		do                  func() error
	}{
		{"a new location", "", locationJSON(l.brain, "loc-two", "two/", ""), func() error {
			return l.AddLocation(t.Context(), ada, l.brain, access.Location{ID: "loc-two", Bucket: "lab", Prefix: "two/"})
		}},
		{"moved", locationJSON(l.brain, "loc-two", "two/", ""), locationJSON(l.brain, "loc-two", "two/a/", ""), func() error {
			return l.MoveLocation(t.Context(), ada, "loc-two", "lab", "two/a/") // inside the place where it was
		}},
		{"retired", locationJSON(l.brain, "loc-two", "two/a/", ""), locationJSON(l.brain, "loc-two", "two/a/", `,"retired":true`), func() error {
			return l.RetireLocation(t.Context(), ada, "loc-two", true)
		}},
		{"in use again", locationJSON(l.brain, "loc-two", "two/a/", `,"retired":true`), locationJSON(l.brain, "loc-two", "two/a/", ""), func() error {
			return l.RetireLocation(t.Context(), ada, "loc-two", false)
		}},
	}
	for i, step := range steps {
		want.Before, want.After = step.before, step.after
		l.tells(step.what, ada, true, want, step.do)
		if i > 0 {
			l.quiet(step.what+" again", step.do)
		}
	}
	l.must(l.RetireLocation(t.Context(), ada, "loc-brain", true))
	got, err := l.LocationsOf(t.Context(), l.as(l.dan), l.brain)
	if err != nil || len(got) != 2 ||
		got[0] != (store.LocationRow{Location: access.Location{ID: "loc-brain", Bucket: "lab", Prefix: "brain/"}, Created: noon, Retired: true}) ||
		got[1] != (store.LocationRow{Location: access.Location{ID: "loc-two", Bucket: "lab", Prefix: "two/a/"}, Created: noon}) {
		t.Errorf("LocationsOf = %+v, %v", got, err)
	}
	if d, err := l.as(l.dan).Dataset("brain"); err != nil || len(d.Locations) != 1 || d.Locations[0].Prefix != "two/a/" {
		t.Errorf("Dataset = %+v, %v, want the second location alone", d, err)
	}
}

func TestLocationsFindFault(t *testing.T) {
	l := newLab(t)
	ada := l.as(l.ada)
	add := func(id, bucket, prefix string) func() error {
		return func() error {
			return l.AddLocation(t.Context(), ada, l.heart, access.Location{ID: id, Bucket: bucket, Prefix: prefix})
		}
	}
	move := func(id, bucket, prefix string) func() error {
		return func() error { return l.MoveLocation(t.Context(), ada, id, bucket, prefix) }
	}
	retire := func(id string, retired bool) func() error {
		return func() error { return l.RetireLocation(t.Context(), ada, id, retired) }
	}
	l.must(errors.Join(add("loc-old", "lab", "old/")(), retire("loc-old", true)(), add("loc-new", "lab", "old/a/")()))
	tests := map[string]struct {
		do          func() error
		field, says string
	}{
		"an id that a retired one had":  {add("loc-old", "x", ""), "id", `The id "loc-old" was that of a location of the dataset “heart”, and ids are not used again.`},
		"an id in use":                  {add("loc-brain", "x", ""), "id", `is that of a location of the dataset “brain”`},
		"an id in capitals":             {add("LOC-X", "x", ""), "id", "is not [a-z0-9-]{4,64}"},
		"around another dataset's":      {add("loc-x", "lab", ""), "prefix", `location "loc-brain" (lab/brain/) and location "loc-x" (lab/) overlap`},
		"inside another dataset's":      {add("loc-x", "lab", "brain/a/"), "prefix", "overlap: one lies inside the other"},
		"moved inside another's":        {move("loc-new", "lab", "brain/a/"), "prefix", "overlap: one lies inside the other"},
		"moved to no folder":            {move("loc-new", "lab", "a"), "prefix", "must end in"},
		"moved to no bucket":            {move("loc-new", "", "a/"), "bucket", "Name the bucket"},
		"moved to no bucket's name":     {move("loc-new", "a/b", "a/"), "bucket", "Name the bucket"},
		"in use where another one is":   {retire("loc-old", false), "prefix", `"loc-new"`},
		"a retired one moved elsewhere": {move("loc-old", "lab", "brain/"), "prefix", `"loc-brain"`},
	}
	for name, tt := range tests {
		wantFault(t, l.Store, name, tt.field, tt.says, tt.do)
	}
	l.must(add("loc-y", "lab", "brain2/")())
	wantAbsent(t, l.Store, "of a dataset that is not there", func() error {
		return l.AddLocation(t.Context(), ada, 1234, access.Location{ID: "loc-x", Bucket: "x"})
	})
	wantAbsent(t, l.Store, "moving one that is not there", move("loc-none", "x", ""))
	wantAbsent(t, l.Store, "retiring one that is not there", retire("loc-none", true))
}

func TestLocationsRefuse(t *testing.T) {
	l := newLab(t)
	people := map[string]access.Person{"a manager": l.dan, "who has admin": l.fay, "Eve": l.eve, "nobody": nobody}
	l.refuses("adding", people, func(by access.Rights) error {
		return l.AddLocation(t.Context(), by, l.brain, access.Location{ID: "loc-x", Bucket: "x"})
	})
	l.refuses("moving", people, func(by access.Rights) error { return l.MoveLocation(t.Context(), by, "loc-brain", "x", "") })
	l.refuses("retiring", people, func(by access.Rights) error { return l.RetireLocation(t.Context(), by, "loc-brain", true) })
	l.refuses("listing heart's", people, reads(func(by access.Rights) ([]store.LocationRow, error) {
		return l.LocationsOf(t.Context(), by, l.heart)
	}))
}

// TestLocationsAtOnce adds locations that overlap all others at the same time, also from another process.
func TestLocationsAtOnce(t *testing.T) {
	address := fresh(t)
	s, another := open(t, address), open(t, address)
	by := rights(t, s, signInAdmin(t, s, "ada@example.org"))
	id, err := s.AddDataset(t.Context(), by, access.Dataset{Name: "brain"})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			l := access.Location{ID: fmt.Sprintf("loc-%d", i), Bucket: "lab", Prefix: "aaaaaaaa/aaaaaaaa/"[:9+9*(i%2)]}
			errs[i] = []*store.Store{s, another}[i/2%2].AddLocation(t.Context(), by, id, l)
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		wantFault(t, s, "one of those that overlap", "prefix", "overlap", func() error { return err })
	}
	if got, err := s.LocationsOf(t.Context(), by, id); won != 1 || len(got) != 1 || err != nil {
		t.Errorf("%d were added, %d are there, %v; want one", won, len(got), err)
	}
}
