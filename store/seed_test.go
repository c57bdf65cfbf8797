package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"ngportal/access"
	"ngportal/store"
)

func seeds() []store.SeedDataset {
	at := func(id, prefix string) []access.Location {
		return []access.Location{{ID: id, Bucket: "lab", Prefix: prefix}}
	}
	return []store.SeedDataset{
		{Dataset: access.Dataset{Name: "I58", Title: "Subject I58", Description: "d", Locations: at("loc-i58", "i58/")}, Viewers: []string{"Ben@example.org", "new@example.org", "ben@example.org"}},
		{Dataset: access.Dataset{Name: "open", Listed: true, Locations: at("loc-open", "open/")}, Viewers: []string{"*"}},
		{Dataset: access.Dataset{Name: "closed", Locations: at("loc-closed", "closed/")}},
		{Dataset: access.Dataset{Name: "both", Title: strings.Repeat("b", 120)}, Viewers: []string{"*", "new@example.org"}},
	}
}

// contents is all that Seed may make.
func contents(t *testing.T, s *store.Store) string {
	t.Helper()
	facts, _, err := s.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	by := auditor()
	var out strings.Builder
	group := map[int64]string{}
	for _, g := range facts.Groups {
		group[g.ID] = g.Name
		invited, err := s.Invitations(t.Context(), by, g.ID)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "group %s %q:", g.Name, g.Kind)
		for _, m := range facts.Members {
			if m.Group == g.ID {
				fmt.Fprintf(&out, " %d", m.Person)
			}
		}
		for _, v := range invited {
			fmt.Fprintf(&out, " %s", v.Email)
		}
		fmt.Fprintln(&out)
	}
	for _, d := range facts.Datasets {
		fmt.Fprintf(&out, "dataset %s %s %s %t %v:", d.Name, d.Title, d.Description, d.Listed, d.Locations)
		for _, g := range facts.Grants {
			if g.Dataset == d.ID {
				fmt.Fprintf(&out, " %s %s", group[g.Group], g.Permission)
			}
		}
		fmt.Fprintln(&out)
	}
	return out.String()
}

func TestSeed(t *testing.T) {
	s := open(t, "")
	ben := signIn(t, s, "ben@example.org")
	other, err := s.SignIn(t.Context(), store.SignIn{
		Identity: access.Identity{Issuer: "https://other.example.org", Subject: "1", Email: "ben@example.org", Name: "Ben too"},
		Session:  store.Session{Hash: store.HashOf("other"), Created: noon, Seen: noon, IdleExpires: later, Expires: later},
	})
	if err != nil {
		t.Fatal(err)
	}
	n := revision(t, s)
	if err := s.Seed(t.Context(), noon, seeds()); err != nil {
		t.Fatal(err)
	}
	if got := revision(t, s); got != n+1 {
		t.Errorf("it makes %d revisions, want 1", got-n)
	}
	want := fmt.Sprintf(`group everyone "everyone":
group public "public":
group Subject I58 viewers "": %d %d new@example.org
group both viewers "": new@example.org
dataset I58 Subject I58 d false [{loc-i58 lab i58/}]: Subject I58 viewers view
dataset open open  true [{loc-open lab open/}]: everyone view
dataset closed closed  false [{loc-closed lab closed/}]:
dataset both %s  false []: everyone view both viewers view
`, ben.ID, other.ID, strings.Repeat("b", 120))
	if got := contents(t, s); got != want {
		t.Errorf("there is\n%s, want\n%s", got, want)
	}
	for event, want := range map[store.Event]int{
		store.GroupMade: 4, store.DatasetMade: 4, store.LocationChanged: 3, store.GrantChanged: 4, store.MemberChanged: 2, store.InviteChanged: 2,
	} {
		got := audited(t, s, event)
		if len(got) != want || got[0].Person != 0 || got[0].Actor != "the configuration" || !got[0].At.Equal(noon) {
			t.Errorf("%s is told %d times, the last as %+v; want %d", event, len(got), got[0], want)
		}
	}
	if got := len(audited(t, s, "")); got != 2+4+4+3+4+2+2 { // two have signed in
		t.Errorf("the audit has %d entries, want 21", got)
	}
	entries, n := len(audited(t, s, "")), revision(t, s)
	if err := s.Seed(t.Context(), later, seeds()); err != nil {
		t.Errorf("again: %v", err)
	}
	if got := len(audited(t, s, "")); got != entries || revision(t, s) != n || contents(t, s) != want {
		t.Errorf("again makes %d entries and %d revisions, and\n%s", got-entries, revision(t, s)-n, contents(t, s))
	}
}

// TestSeedLeavesAlone what administrators have changed.
func TestSeedLeavesAlone(t *testing.T) {
	s := open(t, "")
	if err := s.Seed(t.Context(), noon, seeds()); err != nil {
		t.Fatal(err)
	}
	by := rights(t, s, signInAdmin(t, s, "ada@example.org"))
	sets, _, err := s.Datasets(t.Context(), by, store.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range sets {
		c := store.DatasetChange{Title: new("Another title")}
		switch d.Name {
		case "I58":
			c.Name = new("Renamed")
		case "open", "both":
			c.Retired = new(true)
		case "closed":
			err = errors.Join(err, s.MoveLocation(t.Context(), by, "loc-closed", "lab", "elsewhere/"))
		default:
		}
		err = errors.Join(err, s.ChangeDataset(t.Context(), by, d.ID, c))
	}
	if err != nil {
		t.Fatal(err)
	}
	before, n := contents(t, s), revision(t, s)
	if err := s.Seed(t.Context(), later, seeds()); err != nil || contents(t, s) != before || revision(t, s) != n {
		t.Errorf("%v; there is\n%s, want\n%s", err, contents(t, s), before)
	}
}

func TestSeedRefuses(t *testing.T) {
	at := func(id, prefix string) []access.Location {
		return []access.Location{{ID: id, Bucket: "lab", Prefix: prefix}}
	}
	fine := store.SeedDataset{Dataset: access.Dataset{Name: "fine", Locations: at("loc-fine", "fine/")}}
	tests := map[string]struct {
		set  store.SeedDataset
		says string
	}{
		"overlaps one that is there": {
			store.SeedDataset{Dataset: access.Dataset{Name: "new", Locations: at("loc-new", "i58/a/")}},
			`dataset "new": prefix: location "loc-i58" (lab/i58/) and location "loc-new" (lab/i58/a/) overlap`,
		},
		"overlaps a new one": {
			store.SeedDataset{Dataset: access.Dataset{Name: "new", Locations: at("loc-new", "")}}, `dataset "new": prefix: `,
		},
		"an id that cannot be": {store.SeedDataset{Dataset: access.Dataset{Name: "new", Locations: at("X", "x/")}}, `dataset "new": id: `},
		"no name":              {store.SeedDataset{}, `dataset "": name: `},
		"no address": {
			store.SeedDataset{Dataset: access.Dataset{Name: "new"}, Viewers: []string{"new@example.org", "all of us"}},
			`dataset "new": "all of us": viewers: `,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, "")
			if err := s.Seed(t.Context(), noon, seeds()); err != nil {
				t.Fatal(err)
			}
			before, n := contents(t, s), revision(t, s)
			err := s.Seed(t.Context(), noon, append(seeds(), fine, tt.set))
			if !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want ErrInvalid with %s", err, tt.says)
			}
			if got := contents(t, s); got != before || revision(t, s) != n {
				t.Errorf("it has made something:\n%s, want\n%s", got, before)
			}
		})
	}
}

// TestSeedsAtOnce is several processes that start together.
func TestSeedsAtOnce(t *testing.T) {
	address := fresh(t)
	stores := []*store.Store{open(t, address), open(t, address), open(t, address)}
	var wg sync.WaitGroup
	for _, s := range stores {
		wg.Go(func() {
			if err := s.Seed(t.Context(), noon, seeds()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := revision(t, stores[0]); got != 2 {
		t.Errorf("the revision is %d, want 2: one of them made all", got)
	}
	if got := strings.Count(contents(t, stores[1]), "\n"); got != 8 {
		t.Errorf("there is\n%swant 4 groups and 4 datasets", contents(t, stores[1]))
	}
}
