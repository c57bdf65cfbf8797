package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// manager makes a group that manages a new dataset, and puts who into it.
func manager(t *testing.T, s *store.Store, by access.Rights, d access.Dataset, who access.Person) (dataset, group int64) {
	t.Helper()
	dataset, err := s.AddDataset(t.Context(), by, d)
	if err != nil {
		t.Fatal(err)
	}
	if group, err = s.AddGroup(t.Context(), by, d.Name+" keepers", ""); err != nil {
		t.Fatal(err)
	}
	if err := s.SetGrant(t.Context(), by, access.Grant{Dataset: dataset, Group: group, Permission: "manage"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetMember(t.Context(), by, access.Member{Group: group, Person: who.ID}); err != nil {
		t.Fatal(err)
	}
	return dataset, group
}

func names(profiles []store.Profile) string {
	out := make([]string, len(profiles))
	for i, p := range profiles {
		out[i] = p.Name
	}
	return strings.Join(out, " ")
}

func TestPeople(t *testing.T) {
	s := open(t, "")
	ada, ben := signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org")
	markup := signIn(t, s, "<script>@example.org")
	hebrew := signIn(t, s, "\u05D0\u200Fx@example.org")
	service(t, s, rights(t, s, ada), "nightly", ben)
	yes := true
	if err := s.ChangeProfile(t.Context(), rights(t, s, ada), markup.ID, store.ProfileChange{Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		q     store.Query
		want  string
		total int
	}{
		"all, by name":                         {store.Query{}, "<script> ada ben \u05D0\u200Fx", 4},
		"a page":                               {store.Query{Offset: 1, Limit: 2}, "ada ben", 4},
		"past the end":                         {store.Query{Offset: 4}, "", 4},
		"backwards":                            {store.Query{Sort: "name", Desc: true}, "\u05D0\u200Fx ben ada <script>", 4},
		"by something that is no column":       {store.Query{Sort: "name; DROP TABLE people"}, "<script> ada ben \u05D0\u200Fx", 4},
		"administrators first":                 {store.Query{Sort: "admin", Desc: true, Limit: 1}, "ada", 4},
		"the disabled first":                   {store.Query{Sort: "disabled", Desc: true, Limit: 1}, "<script>", 4},
		"a name in another case":               {store.Query{Text: "BE"}, "ben", 1},
		"an address":                           {store.Query{Text: "ada@"}, "ada", 1},
		"markup is text":                       {store.Query{Text: "<SCRIPT>"}, "<script>", 1},
		"a percent sign is no wildcard":        {store.Query{Text: "%"}, "", 0},
		"an underscore is no wildcard":         {store.Query{Text: "b_n"}, "", 0},
		"letters that are read from the right": {store.Query{Text: "\u05D0"}, "\u05D0\u200Fx", 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			list, total, err := s.People(t.Context(), rights(t, s, ada), tt.q)
			if err != nil || names(list) != tt.want || total != tt.total {
				t.Errorf("People(%+v) = %q, %d, %v, want %q, %d", tt.q, names(list), total, err, tt.want, tt.total)
			}
		})
	}
	list, _, err := s.People(t.Context(), rights(t, s, ada), store.Query{Text: "ada"})
	want := store.Profile{Person: ada, Admin: true, Created: noon, Seen: noon}
	if err != nil || len(list) != 1 || list[0] != want {
		t.Errorf("People = %+v, %v, want %+v", list, err, want)
	}
	services, total, err := s.Services(t.Context(), rights(t, s, ada), store.Query{})
	if err != nil || total != 1 || len(services) != 1 || services[0].Name != "nightly" || !services[0].Service || services[0].Owner != ben {
		t.Errorf("Services = %+v, %d, %v, want the one with its owner", services, total, err)
	}
	_ = hebrew
}

func TestProfileAndPeopleRefuse(t *testing.T) {
	s := open(t, "")
	ada, ben, eve := signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org"), signIn(t, s, "eve@example.org")
	cy := signIn(t, s, "cy@example.org")
	bot := service(t, s, rights(t, s, ada), "nightly", ben)
	manager(t, s, rights(t, s, ada), access.Dataset{Name: "I58"}, cy)
	tests := map[string]struct {
		by                   access.Rights
		list, ben, bot, eve  bool
		affiliations, absent error
	}{
		"nobody":                     {by: rights(t, s, access.Person{}), affiliations: fs.ErrPermission, absent: fs.ErrPermission},
		"somebody":                   {by: rights(t, s, eve), eve: true, affiliations: fs.ErrPermission, absent: fs.ErrPermission},
		"an owner":                   {by: rights(t, s, ben), ben: true, bot: true, absent: fs.ErrPermission},
		"the service account":        {by: rights(t, s, bot), bot: true, affiliations: fs.ErrPermission, absent: fs.ErrPermission},
		"a manager":                  {by: rights(t, s, cy), list: true, ben: true, bot: true, eve: true, absent: fs.ErrNotExist},
		"a manager's token to share": {by: rightsAt(t, s, cy, access.ScopeShare, noon), affiliations: fs.ErrPermission, absent: fs.ErrPermission},
		"an administrator":           {by: rights(t, s, ada), list: true, ben: true, bot: true, eve: true, absent: fs.ErrNotExist},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for what, one := range map[string]struct {
				id   int64
				want bool
			}{"ben": {ben.ID, tt.ben}, "bot": {bot.ID, tt.bot}, "eve": {eve.ID, tt.eve}} {
				p, err := s.Profile(t.Context(), tt.by, one.id)
				if one.want && (err != nil || p.ID != one.id) || !one.want && !errors.Is(err, fs.ErrPermission) {
					t.Errorf("Profile of %s = %+v, %v, want allowed = %t", what, p, err, one.want)
				}
			}
			for _, id := range []int64{0, 9999} {
				if _, err := s.Profile(t.Context(), tt.by, id); !errors.Is(err, tt.absent) {
					t.Errorf("Profile(%d) = %v, want %v", id, err, tt.absent)
				}
			}
			_, _, err := s.People(t.Context(), tt.by, store.Query{})
			_, _, err2 := s.Services(t.Context(), tt.by, store.Query{})
			if tt.list != (err == nil) || tt.list != (err2 == nil) || !tt.list && !errors.Is(err, fs.ErrPermission) {
				t.Errorf("People, Services = %v, %v, want allowed = %t", err, err2, tt.list)
			}
			if _, err := s.Affiliations(t.Context(), tt.by, ben.ID); !errors.Is(err, tt.affiliations) {
				t.Errorf("Affiliations = %v, want %v", err, tt.affiliations)
			}
		})
	}
}

func TestTenThousandPeople(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	s := open(t, "")
	ada := signInAdmin(t, s, "ada@example.org")
	const n = 10_000
	// 7919 is prime: every number comes once, in no order.
	statement := `WITH RECURSIVE counting (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM counting WHERE i < %[2]d)
		INSERT INTO people (name, email, created, seen) SELECT 'person ' || substr('0000' || (i * 7919 %% %[1]d), -5),
		'p' || substr('0000' || i, -5) || '@example.org', i, %[1]d - i FROM counting`
	if under.name == onPostgres {
		statement = `INSERT INTO people (name, email, created, seen) SELECT 'person ' || lpad((i * 7919 %% %[1]d)::text, 5, '0'),
			'p' || lpad(i::text, 5, '0') || '@example.org', i, %[1]d - i FROM generate_series(0, %[2]d) i`
	}
	if err := s.Exec(t.Context(), fmt.Sprintf(statement, n, n-1)); err != nil {
		t.Fatal(err)
	}
	by := rights(t, s, ada)
	began := time.Now()
	var all []string
	for offset := 0; ; offset += store.MaxList {
		list, total, err := s.People(t.Context(), by, store.Query{Offset: offset, Limit: 10 * store.MaxList})
		if err != nil || total != n+1 {
			t.Fatalf("People = %d, %v, want %d", total, err, n+1)
		}
		if len(list) == 0 {
			break
		}
		for _, p := range list {
			all = append(all, p.Name)
		}
	}
	t.Logf("%d people in pages: %v", len(all), time.Since(began))
	if len(all) != n+1 || all[0] != "ada" || all[1] != "person 00000" || all[n] != "person 09999" || !slices.IsSorted(all) || len(slices.Compact(all)) != n+1 {
		t.Errorf("the pages have %d people, from %q to %q; want each once, in order", len(all), all[0], all[len(all)-1])
	}
	for name, tt := range map[string]struct {
		q     store.Query
		want  string
		total int
	}{
		"a search, a page of it": {store.Query{Text: "PERSON 0777", Offset: 8, Limit: 5}, "person 07778 person 07779", 10},
		"backwards":              {store.Query{Sort: "name", Desc: true, Limit: 2}, "person 09999 person 09998", n + 1},
		"by address, the last":   {store.Query{Sort: "email", Desc: true, Limit: 1}, "person 02081", n + 1},
		"by last use":            {store.Query{Sort: "seen", Limit: 2}, "person 02081 person 04162", n + 1},
		"the last page":          {store.Query{Offset: n, Limit: 50}, "person 09999", n + 1},
		"before the first":       {store.Query{Offset: -5, Limit: 1}, "ada", n + 1},
	} {
		t.Run(name, func(t *testing.T) {
			list, total, err := s.People(t.Context(), by, tt.q)
			if err != nil || names(list) != tt.want || total != tt.total {
				t.Errorf("People(%+v) = %q, %d, %v, want %q, %d", tt.q, names(list), total, err, tt.want, tt.total)
			}
		})
	}
}

func TestAffiliations(t *testing.T) {
	s := open(t, "")
	ada, ben := signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org")
	by, n := rights(t, s, ada), revision(t, s)
	first, err := s.AddAffiliation(t.Context(), by, ben.ID, store.Affiliation{Name: " UCL ", Began: "2020-01-31"})
	if err != nil {
		t.Fatal(err)
	}
	wantEntry(t, s, store.Entry{
		Event: store.AffiliationsSet, Person: ada.ID, Actor: "ada@example.org", Subject: ben.ID, Object: fmt.Sprintf("affiliation %d", first),
		After: fmt.Sprintf(`{"id":%d,"name":"UCL","began":"2020-01-31"}`, first),
	})
	second, err := s.AddAffiliation(t.Context(), by, ben.ID, store.Affiliation{Name: "ESRF", Began: "2024-02-01", Ended: "2025-02-01"})
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Affiliation{{second, "ESRF", "2024-02-01", "2025-02-01"}, {first, "UCL", "2020-01-31", ""}}
	if got, err := s.Affiliations(t.Context(), rights(t, s, ben), ben.ID); err != nil || !slices.Equal(got, want) {
		t.Errorf("Affiliations = %+v, %v, want %+v", got, err, want)
	}
	if err := s.RemoveAffiliation(t.Context(), by, ben.ID, first); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Affiliations(t.Context(), by, ben.ID); err != nil || !slices.Equal(got, want[:1]) {
		t.Errorf("Affiliations = %+v, %v, want %+v", got, err, want[:1])
	}
	if got := revision(t, s); got != n {
		t.Errorf("affiliations changed the revision from %d to %d", n, got)
	}
	wantRefused(t, s, "AddAffiliation of one's own", func() error {
		_, err := s.AddAffiliation(t.Context(), rights(t, s, ben), ben.ID, store.Affiliation{Name: "MIT"})
		return err
	})
	wantRefused(t, s, "RemoveAffiliation of one's own", func() error { return s.RemoveAffiliation(t.Context(), rights(t, s, ben), ben.ID, second) })
	wantAbsent(t, s, "RemoveAffiliation of another's", func() error { return s.RemoveAffiliation(t.Context(), by, ada.ID, second) })
	wantAbsent(t, s, "AddAffiliation of nobody", func() error {
		_, err := s.AddAffiliation(t.Context(), by, 9999, store.Affiliation{Name: "MIT"})
		return err
	})
	for name, tt := range map[string]struct {
		a           store.Affiliation
		field, says string
	}{
		"no name":                        {store.Affiliation{}, "name", "Give it a name."},
		"a day that is none":             {store.Affiliation{Name: "MIT", Began: "2025-02-29"}, "began", "2026-03-01"},
		"a day written in another way":   {store.Affiliation{Name: "MIT", Ended: "1.3.2026"}, "ended", "2026-03-01"},
		"an end that is before it began": {store.Affiliation{Name: "MIT", Began: "2025-02-02", Ended: "2025-02-01"}, "ended", "before it began"},
	} {
		t.Run(name, func(t *testing.T) {
			wantFault(t, s, "AddAffiliation", tt.field, tt.says, func() error {
				_, err := s.AddAffiliation(t.Context(), by, ben.ID, tt.a)
				return err
			})
		})
	}
}
