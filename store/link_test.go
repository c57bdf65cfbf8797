package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/store"
)

func TestLink(t *testing.T) {
	s := open(t, "")
	ada := person(t, s, "Ada")
	given := store.Link{
		Title: "Ada's <view>", State: []byte(`{"dimensions":{"x":[1,"m"]}}`), Owner: ada,
		Datasets: []string{"I58", "I59"}, Locations: []string{"connects-i58"}, Created: noon,
	}
	made, err := s.AddLink(t.Context(), given)
	if err != nil {
		t.Fatal(err)
	}
	// 16 letters of 32: 80 bits.
	if !regexp.MustCompile(`^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$`).MatchString(made.Slug) || made.Version != 1 {
		t.Errorf("AddLink = slug %q, version %d, want four groups of four letters and version 1", made.Slug, made.Version)
	}
	got, err := s.Link(t.Context(), made.Slug)
	if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", made) || !bytes.Equal(got.State, given.State) || got.Created != noon {
		t.Errorf("Link = %+v, %v, want %+v", got, err, made)
	}
	for _, slug := range []string{"", "absent", made.Slug + " ", "%", strings.ToUpper(made.Slug) + "x"} {
		if _, err := s.Link(t.Context(), slug); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Link(%q) = %v, want fs.ErrNotExist", slug, err)
		}
	}
}

func TestLinkLimits(t *testing.T) {
	s := open(t, "")
	ada := person(t, s, "Ada")
	state := func(n int) []byte { return []byte(`"` + strings.Repeat("x", n-2) + `"`) }
	tests := map[string]struct {
		link store.Link
		want error
	}{
		"the largest state":       {store.Link{Owner: ada, State: state(1 << 20)}, nil},
		"a byte more":             {store.Link{Owner: ada, State: state(1<<20 + 1)}, store.ErrTooLarge},
		"a state that is no JSON": {store.Link{Owner: ada, State: []byte("{")}, store.ErrInvalid},
		"no state":                {store.Link{Owner: ada}, store.ErrInvalid},
		"a long title":            {store.Link{Owner: ada, State: []byte("{}"), Title: strings.Repeat("t", 1025)}, store.ErrInvalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := s.AddLink(t.Context(), tt.link); !errors.Is(err, tt.want) {
				t.Errorf("AddLink = %v, want %v", err, tt.want)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	s := open(t, "")
	ada, ben := person(t, s, "Ada"), person(t, s, "Ben")
	var slugs []string
	for i := range 5 {
		l := store.Link{Owner: ada, State: []byte("{}"), Title: fmt.Sprint(i), Created: noon.Add(time.Duration(i) * time.Minute)}
		made, err := s.AddLink(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		slugs = append(slugs, made.Slug)
	}
	if _, err := s.AddLink(t.Context(), store.Link{Owner: ben, State: []byte("{}"), Created: noon}); err != nil {
		t.Fatal(err)
	}
	links, err := s.Links(t.Context(), ada, 3)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range links {
		got = append(got, l.Slug)
		if l.State != nil || l.Owner != ada || l.Version != 1 {
			t.Errorf("Links gave %+v, want Ada's first version without its state", l)
		}
	}
	if want := []string{slugs[4], slugs[3], slugs[2]}; !slices.Equal(got, want) {
		t.Errorf("Links = %v, want the newest three %v", got, want)
	}
	slices.Sort(slugs)
	if n := len(slices.Compact(slugs)); n != 5 {
		t.Errorf("different slugs = %d, want 5", n)
	}
	if links, err := s.Links(t.Context(), ada, -1); err != nil || len(links) != 0 {
		t.Errorf("Links(-1) = %d links, %v, want none", len(links), err)
	}
}
