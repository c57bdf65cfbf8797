package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/store"
)

func datasetName(d store.DatasetRow) string {
	out := d.Name
	for _, l := range d.Locations {
		out += " " + l.ID
	}
	if d.Retired {
		out += " retired"
	}
	return out
}

func TestDatasets(t *testing.T) {
	l := newLab(t)
	l.must(l.AddLocation(t.Context(), l.as(l.ada), l.brain, access.Location{ID: "loc-aaaa", Bucket: "lab", Prefix: "second/"}))
	l.must(l.AddLocation(t.Context(), l.as(l.ada), l.brain, access.Location{ID: "loc-gone", Bucket: "lab", Prefix: "third/"}))
	l.must(l.RetireLocation(t.Context(), l.as(l.ada), "loc-gone", true))
	for _, d := range []access.Dataset{{Name: "atlas", Title: "Ärmel 50%", Listed: true}, {Name: "aged"}} {
		id := l.dataset(d)
		l.grant(id, l.keepers, "manage")
		if d.Name == "aged" {
			l.must(l.ChangeDataset(t.Context(), l.as(l.ada), id, store.DatasetChange{Retired: new(true)}))
		}
	}
	brain := "brain loc-brain loc-aaaa"
	tests := map[string]struct {
		by    access.Rights
		q     store.Query
		total int
		want  []string
	}{
		"an administrator: all, the retired last": {l.as(l.ada), store.Query{}, 4, []string{"atlas", brain, "heart", "aged retired"}},
		"a manager: theirs":                       {l.as(l.dan), store.Query{}, 2, []string{"atlas", brain}},
		"a manager, to read":                      {rightsAt(t, l.Store, l.dan, access.ScopeRead, noon), store.Query{}, 0, nil},
		"whoever manages nothing":                 {l.as(l.eve), store.Query{}, 0, nil},
		"nobody":                                  {l.as(nobody), store.Query{}, 0, nil},
		"by name, backwards":                      {l.as(l.ada), store.Query{Sort: "name", Desc: true, Limit: 2}, 4, []string{"heart", brain}},
		"by title":                                {l.as(l.ada), store.Query{Sort: "title", Limit: 2}, 4, []string{"aged retired", "heart"}},
		"by when they were made":                  {l.as(l.ada), store.Query{Sort: "created", Limit: 1}, 4, []string{brain}},
		"the listed first":                        {l.as(l.ada), store.Query{Sort: "listed", Desc: true, Limit: 1}, 4, []string{"atlas"}},
		"the retired first":                       {l.as(l.ada), store.Query{Sort: "retired", Desc: true, Limit: 1}, 4, []string{"aged retired"}},
		"the second page":                         {l.as(l.dan), store.Query{Offset: 1, Limit: 1}, 2, []string{brain}},
		"past the end":                            {l.as(l.dan), store.Query{Offset: 2}, 2, nil},
		"with a text of the name":                 {l.as(l.ada), store.Query{Text: "RAI"}, 1, []string{brain}},
		"with a text of the title":                {l.as(l.ada), store.Query{Text: " ÄRMEL "}, 1, []string{"atlas"}},
		"with a sign of the search":               {l.as(l.ada), store.Query{Text: "%"}, 1, []string{"atlas"}},
		"with a text of one that is not theirs":   {l.as(l.dan), store.Query{Text: "heart"}, 0, nil},
	}
	for name, tt := range tests {
		got, total, err := l.Datasets(t.Context(), tt.by, tt.q)
		rows(t, name, got, total, err, datasetName, tt.total, tt.want...)
	}
}

func TestDatasetByID(t *testing.T) {
	l := newLab(t)
	terms, err := l.AddTerms(t.Context(), l.as(l.ada), "Rules", "Be kind.")
	l.must(err)
	l.must(l.ChangeDataset(t.Context(), l.as(l.fay), l.brain, store.DatasetChange{Terms: &terms, Listed: new(true), Description: new("Grey.")}))
	got, err := l.DatasetByID(t.Context(), l.as(l.dan), l.brain)
	want := fmt.Sprintf("%+v", store.DatasetRow{
		Dataset: access.Dataset{
			ID: l.brain, Name: "brain", Title: "The brain", Description: "Grey.", Listed: true, Terms: terms, TermsVersion: 1,
			Locations: []access.Location{{ID: "loc-brain", Bucket: "lab", Prefix: "brain/"}},
		},
		TermsName: "Rules", Created: noon,
	})
	if err != nil || fmt.Sprintf("%+v", got) != want {
		t.Errorf("DatasetByID = %+v, %v, want %s", got, err, want)
	}
	l.refuses("reading heart", map[string]access.Person{"a manager of another": l.dan, "Eve": l.eve, "nobody": nobody}, reads(func(by access.Rights) (store.DatasetRow, error) {
		return l.DatasetByID(t.Context(), by, l.heart)
	}))
	wantAbsent(t, l.Store, "one that is not there", func() error {
		_, err := l.DatasetByID(t.Context(), l.as(l.ada), 1234)
		return err
	})
	l.must(l.ChangeDataset(t.Context(), l.as(l.ada), l.heart, store.DatasetChange{Retired: new(true)}))
	if got, err := l.DatasetByID(t.Context(), l.as(l.ada), l.heart); err != nil || !got.Retired {
		t.Errorf("DatasetByID of a retired one = %+v, %v", got, err)
	}
}

func TestAddDataset(t *testing.T) {
	l := newLab(t)
	ada, n := l.as(l.ada), revision(t, l.Store)
	id, err := l.AddDataset(t.Context(), ada, access.Dataset{
		ID: 7, Name: "I58", Title: " Subject I58 ", Description: "d", Listed: true, TermsVersion: 3,
		Locations: []access.Location{{ID: "loc-one", Bucket: "other", Prefix: "a/"}, {ID: "loc-two", Bucket: "other", Prefix: "b/"}},
	})
	l.must(err)
	if got := revision(t, l.Store); got != n+1 {
		t.Errorf("a dataset makes %d revisions, want 1", got-n)
	}
	got, err := l.DatasetByID(t.Context(), ada, id)
	if err != nil || got.Title != "Subject I58" || !got.Listed || got.Terms != 0 || datasetName(got) != "I58 loc-one loc-two" {
		t.Errorf("DatasetByID = %+v, %v", got, err)
	}
	made := audited(t, l.Store, store.DatasetMade)[0]
	if want := fmt.Sprintf(`{"id":%d,"name":"I58","title":"Subject I58","description":"d","listed":true}`, id); made.After != want ||
		made.Before != "" || made.Dataset != "I58" || made.Object != fmt.Sprintf("dataset %d", id) || made.Person != l.ada.ID {
		t.Errorf("the dataset is told as %+v, want after %s", made, want)
	}
	moved := audited(t, l.Store, store.LocationChanged)
	if want := fmt.Sprintf(`{"id":"loc-two","dataset":%d,"bucket":"other","prefix":"b/"}`, id); moved[0].After != want && moved[1].After != want {
		t.Errorf("the locations are told as %+v, want after %s", moved[:2], want)
	}
	if d, err := l.as(l.ada).Dataset("I58"); err != nil || len(d.Locations) != 2 {
		t.Errorf("Dataset = %+v, %v", d, err)
	}
	l.refuses("adding a dataset", map[string]access.Person{
		"a manager": l.dan, "an administrator of another": l.fay, "Eve": l.eve, "nobody": nobody,
	}, reads(func(by access.Rights) (int64, error) { return l.AddDataset(t.Context(), by, access.Dataset{Name: "x"}) }))
}

func TestAddDatasetFindsFault(t *testing.T) {
	l := newLab(t)
	ada := l.as(l.ada)
	gone := l.dataset(access.Dataset{Name: "gone", Locations: []access.Location{{ID: "loc-gone", Bucket: "lab", Prefix: "gone/"}}})
	l.must(l.ChangeDataset(t.Context(), ada, gone, store.DatasetChange{Retired: new(true)}))
	at := func(id, bucket, prefix string) access.Dataset {
		return access.Dataset{Name: "x", Locations: []access.Location{{ID: "loc-fine", Bucket: "lab", Prefix: "fine/"}, {ID: id, Bucket: bucket, Prefix: prefix}}}
	}
	tests := map[string]struct {
		d           access.Dataset
		field, says string
	}{
		"no name":                      {access.Dataset{}, "name", "a name has letters"},
		"a name with a slash":          {access.Dataset{Name: "a/b"}, "name", "a name has letters"},
		"a name in use":                {access.Dataset{Name: "brain"}, "name", "There is another dataset of this name: “brain”."},
		"a name in use, in capitals":   {access.Dataset{Name: "BRAIN"}, "name", "There is another dataset of this name: “brain”."},
		"the name of a retired one":    {access.Dataset{Name: "Gone"}, "name", "There was another dataset of this name, “gone”"},
		"a title of two lines":         {access.Dataset{Name: "x", Title: "a\nb"}, "title", "line breaks"},
		"a title that is too long":     {access.Dataset{Name: "x", Title: strings.Repeat("a", 121)}, "title", "at most 120"},
		"a description with zeros":     {access.Dataset{Name: "x", Description: "\x00"}, "description", "control characters"},
		"terms that are not there":     {access.Dataset{Name: "x", Terms: 1234}, "terms", "no such terms"},
		"an id that is too short":      {at("abc", "lab", "x/"), "id", `"abc" is not [a-z0-9-]{4,64}`},
		"an id in use":                 {at("loc-brain", "lab", "x/"), "id", `The id "loc-brain" is that of a location of the dataset “brain”.`},
		"an id that a retired one has": {at("loc-gone", "lab", "x/"), "id", `The id "loc-gone" is that of a location of the dataset “gone”.`},
		"an id twice":                  {at("loc-fine", "lab", "x/"), "id", `is that of a location of the dataset “x”`},
		"no bucket":                    {at("loc-more", "", "x/"), "bucket", "Name the bucket"},
		"a bucket with a scheme":       {at("loc-more", "s3://lab", "x/"), "bucket", "Name the bucket"},
		"a prefix without a slash":     {at("loc-more", "lab", "x"), "prefix", `must end in "/"`},
		"a prefix with a way up":       {at("loc-more", "lab", "x/../brain/"), "prefix", `".."`},
		"inside another location":      {at("loc-more", "lab", "brain/a/"), "prefix", `location "loc-brain" (lab/brain/) and location "loc-more" (lab/brain/a/) overlap: one lies inside the other`},
		"around others":                {at("loc-more", "lab", ""), "prefix", "loc-brain"},
		"inside another of its own":    {at("loc-more", "lab", "fine/a/"), "prefix", `"loc-fine" (lab/fine/)`},
	}
	for name, tt := range tests {
		wantFault(t, l.Store, name, tt.field, tt.says, func() error {
			_, err := l.AddDataset(t.Context(), ada, tt.d)
			return err
		})
	}
	l.dataset(at("loc-more", "lab", "gone/")) // what is retired leaves room
}

func TestChangeDataset(t *testing.T) {
	l := newLab(t)
	json := func(name, title, more string) string {
		return fmt.Sprintf(`{"id":%d,"name":"%s","title":"%s",%s}`, l.brain, name, title, more)
	}
	terms, err := l.AddTerms(t.Context(), l.as(l.ada), "Rules", "Be kind.")
	l.must(err)
	with := fmt.Sprintf(`"listed":true,"terms":%d`, terms)
	want := store.Entry{Event: store.DatasetChanged, Dataset: "brain", Object: fmt.Sprintf("dataset %d", l.brain)}
	steps := []struct {
		what          string
		by            access.Person
		change        store.DatasetChange
		dataset       string
		before, after string
	}{
		{
			"a title by a manager", l.dan,
			store.DatasetChange{Title: new(" Brain ")},
			"brain",
			json("brain", "The brain", `"listed":false`), json("brain", "Brain", `"listed":false`),
		},
		{
			"listed and terms by who has admin", l.fay,
			store.DatasetChange{Listed: new(true), Terms: &terms},
			"brain",
			json("brain", "Brain", `"listed":false`), json("brain", "Brain", with),
		},
		{
			"a name by an administrator", l.ada,
			store.DatasetChange{Name: new("Cortex")},
			"Cortex",
			json("brain", "Brain", with), json("Cortex", "Brain", with),
		},
		{
			"no terms", l.fay,
			store.DatasetChange{Terms: new(int64(0))},
			"Cortex",
			json("Cortex", "Brain", with), json("Cortex", "Brain", `"listed":true`),
		},
		{
			"retired", l.ada,
			store.DatasetChange{Retired: new(true)},
			"Cortex",
			json("Cortex", "Brain", `"listed":true`), json("Cortex", "Brain", `"listed":true,"retired":true`),
		},
	}
	for _, step := range steps {
		by := l.as(step.by)
		want.Dataset, want.Before, want.After = step.dataset, step.before, step.after
		change := func() error { return l.ChangeDataset(t.Context(), by, l.brain, step.change) }
		l.tells(step.what, by, true, want, change)
		l.quiet(step.what+" again", change)
	}
	if _, err := l.as(l.ada).Dataset("Cortex"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a retired dataset: %v, want fs.ErrNotExist", err)
	}
}

func TestChangeDatasetRefuses(t *testing.T) {
	l := newLab(t)
	change := func(by access.Rights, id int64, c store.DatasetChange) func() error {
		return func() error { return l.ChangeDataset(t.Context(), by, id, c) }
	}
	most := map[string]store.DatasetChange{
		"the name": {Name: new("x")}, "that it is retired": {Retired: new(true)}, "name and title": {Name: new("x"), Title: new("x")},
	}
	some := map[string]store.DatasetChange{"that it is listed": {Listed: new(true)}, "its terms": {Terms: new(int64(1))}}
	least := map[string]store.DatasetChange{"the title": {Title: new("x")}, "the description": {Description: new("x")}, "nothing": {}}
	for who, by := range map[string]access.Rights{
		"an administrator of it": l.as(l.fay), "a manager": l.as(l.dan), "Eve": l.as(l.eve), "nobody": l.as(nobody),
		"an administrator, to share": rightsAt(t, l.Store, l.ada, access.ScopeShare, noon),
	} {
		for what, c := range most {
			wantRefused(t, l.Store, who+" changes "+what, change(by, l.brain, c))
		}
		for what, c := range some {
			if who != "an administrator of it" {
				wantRefused(t, l.Store, who+" changes "+what, change(by, l.brain, c))
			}
		}
		for what, c := range least {
			wantRefused(t, l.Store, who+" changes of heart "+what, change(by, l.heart, c))
		}
	}
	ada := l.as(l.ada)
	wantFault(t, l.Store, "the name of another", "name", "There is another dataset of this name: “heart”.", change(ada, l.brain, store.DatasetChange{Name: new("HEART")}))
	wantFault(t, l.Store, "a bad name", "name", "a name has letters", change(ada, l.brain, store.DatasetChange{Name: new("a b")}))
	wantFault(t, l.Store, "a bad title", "title", "at most 120", change(ada, l.brain, store.DatasetChange{Title: new(strings.Repeat("a", 121))}))
	wantFault(t, l.Store, "terms that are not there", "terms", "no such terms", change(ada, l.brain, store.DatasetChange{Terms: new(int64(1234))}))
	wantAbsent(t, l.Store, "one that is not there", change(ada, 1234, store.DatasetChange{Title: new("x")}))
	l.must(change(ada, l.brain, store.DatasetChange{Title: new("")})())
	if got, err := l.DatasetByID(t.Context(), ada, l.brain); err != nil || got.Title != "brain" {
		t.Errorf("without a title it is %q, %v; want its name", got.Title, err)
	}
}

// TestRenamed renames a dataset of which somebody has ticked something.
func TestRenamed(t *testing.T) {
	l := newLab(t)
	item := store.Item{Ref: access.Ref{Dataset: "brain", Location: "loc-brain", Path: "a/"}, Name: "a"}
	_, err := l.AddToTray(t.Context(), l.eve, []store.Item{item})
	l.must(err)
	l.must(l.ChangeDataset(t.Context(), l.as(l.ada), l.brain, store.DatasetChange{Name: new("cortex")}))
	got, err := l.Tray(t.Context(), l.eve)
	item.Ref.Dataset = "cortex"
	if err != nil || len(got) != 1 || got[0] != item {
		t.Errorf("Tray = %+v, %v, want %+v", got, err, item)
	}
	l.dataset(access.Dataset{Name: "brain"}) // the name is free now
	wantFault(t, l.Store, "the new name", "name", "“cortex”", func() error {
		_, err := l.AddDataset(t.Context(), l.as(l.ada), access.Dataset{Name: "CORTEX"})
		return err
	})
}

// TestDatasetReturns takes a retired dataset into use again, whose place has been taken meanwhile.
func TestDatasetReturns(t *testing.T) {
	l := newLab(t)
	ada := l.as(l.ada)
	retire := func(id int64, retired bool) func() error {
		return func() error { return l.ChangeDataset(t.Context(), ada, id, store.DatasetChange{Retired: &retired}) }
	}
	l.must(retire(l.brain, true)())
	other := l.dataset(access.Dataset{Name: "other", Locations: []access.Location{{ID: "loc-other", Bucket: "lab", Prefix: "brain/a/"}}})
	says := `location "loc-other" (lab/brain/a/) and location "loc-brain" (lab/brain/) overlap`
	wantFault(t, l.Store, "its place is taken", "retired", says, retire(l.brain, false))
	l.must(retire(other, true)())
	l.must(retire(l.brain, false)())
	wantFault(t, l.Store, "the other one's is, too", "retired", `"loc-brain"`, retire(other, false))
	wantFault(t, l.Store, "a location inside one of its own, while retired", "prefix", `"loc-other"`, func() error {
		return l.AddLocation(t.Context(), ada, other, access.Location{ID: "loc-in", Bucket: "lab", Prefix: "brain/a/b/"})
	})
}
