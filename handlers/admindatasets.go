package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// datasets lists the datasets that the person manages, and is where administrators of the portal make new ones.
func (s *site) datasets(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, s.datasetsPage)
}

func (s *site) datasetsPage(r *http.Request) (views.AdminPage, error) {
	if may := rights(r); !may.Administers() && len(may.Manages()) == 0 {
		return views.AdminPage{}, &access.Refusal{Reason: "You manage no dataset."}
	}
	at := listAt(r, "/admin/datasets")
	all, total, err := s.Store.Datasets(r.Context(), rights(r), at.query())
	if err != nil {
		return views.AdminPage{}, err
	}
	m := s.adminPage(r, "/admin/datasets", "Datasets", "What access is given to: a name, and where the data lie.")
	t := &views.Table{
		Caption: "Datasets",
		Columns: []views.Column{
			at.column("Title", "title"), at.column("Name", "name"), at.column("Shown to others", "listed"),
			{Label: "Terms"},
			{Label: "Locations", Number: true},
			at.column("Since", "created"),
		},
		Search: at.search("Title or name"),
		Pager:  at.pager(total, len(all)),
		Empty:  views.Empty{Heading: "No dataset is called so", Text: "Titles and names are searched. Upper and lower case do not matter."},
	}
	for _, d := range all {
		t.Rows = append(t.Rows, datasetRow(d))
	}
	m.Sections = []views.Section{{Table: t}}
	if rights(r).Administers() {
		err = s.addMaking(&m, r)
	}
	return m, err
}

func datasetRow(d store.DatasetRow) views.TableRow {
	row := []views.Cell{
		{Text: d.Title, Href: adminURL("datasets", d.ID), State: retiredState(d.Retired)},
		{Text: d.Name, Code: true},
		{Text: "hidden"},
		{Text: d.TermsName},
		{Text: views.Number(len(d.Locations))},
		momentCell(d.Created, ""),
	}
	if d.Listed {
		row[2].Text = "listed"
	}
	return views.TableRow{Cells: row}
}

// addMaking adds to a page where a dataset is made.
func (s *site) addMaking(m *views.AdminPage, r *http.Request) error {
	fields, err := s.datasetFields(r, store.DatasetRow{})
	m.Sections = append(m.Sections, views.Section{Heading: "Make a dataset", Forms: []views.Form{{
		Action: "/admin/datasets", Fields: append(fields, s.locationFields(access.Location{}, false)...), Submit: "Make the dataset", Weight: views.Main,
		Intro: "Leave the location empty to add locations later. Nobody may see the dataset until it is opened for a group.",
	}}})
	return err
}

func retiredState(retired bool) views.State {
	if retired {
		return views.State{Word: "retired", Kind: views.Warning}
	}
	return views.State{}
}

// datasetFields are what the person may change of a dataset.
func (s *site) datasetFields(r *http.Request, d store.DatasetRow) ([]views.Input, error) {
	may := rights(r)
	var out []views.Input
	if may.Administers() {
		out = append(out, views.Input{
			Kind: views.InputText, Name: "name", Label: "Name", Value: d.Name, Required: true, Max: 64,
			Help: "In addresses: letters, digits, “.”, “_” and “-”. Links and addresses that people have kept stop working when it changes.",
		})
	}
	out = append(out,
		views.Input{Kind: views.InputText, Name: "title", Label: "Title", Value: d.Title, Max: 120},
		views.Input{Kind: views.InputTextArea, Name: "description", Label: "Description", Value: d.Description, Max: 4000},
	)
	if !may.Administers() && may.Level(d.ID) < access.Admin {
		return out, nil
	}
	terms, err := s.termsOptions(r, d.Terms)
	return append(out, views.Input{
		Kind: views.InputRadio, Name: "listed", Label: "Whoever may not see the data", Required: true, Options: []views.Option{
			{Label: "does not know of the dataset", Value: "no", Selected: !d.Listed},
			{Label: "sees its title and description, and can ask for access", Value: "yes", Selected: d.Listed, Help: "If they have signed in."},
		},
	}, views.Input{
		Kind: views.InputSelect, Name: "terms", Label: "Terms", Options: terms, Help: "To be accepted before the first look at the data.",
	}), err
}

// termsOptions are all terms to choose from.
func (s *site) termsOptions(r *http.Request, chosen int64) ([]views.Option, error) {
	all, err := s.Store.AllTerms(r.Context(), rights(r))
	out := []views.Option{{Label: "none", Value: "0", Selected: chosen == 0}}
	for _, t := range all {
		out = append(out, views.Option{Label: t.Name, Value: strconv.FormatInt(t.ID, 10), Selected: t.ID == chosen})
	}
	return out, err
}

// locationFields ask where data lie; of a location that is there the id stays.
func (s *site) locationFields(l access.Location, there bool) []views.Input {
	bucket := views.Input{Kind: views.InputSelect, Name: "bucket", Label: "Bucket", Help: "Those that the portal is configured for."}
	for _, name := range s.Library.Buckets() {
		bucket.Options = append(bucket.Options, views.Option{Label: name, Value: name, Selected: name == l.Bucket})
	}
	fields := []views.Input{bucket, {
		Kind: views.InputText, Name: "prefix", Label: "Folder in the bucket", Value: l.Prefix, Max: 1024,
		Help: "Ends in “/”. Empty: the whole bucket. No location may lie within another.",
	}}
	if there {
		return fields
	}
	return append([]views.Input{{
		Kind: views.InputText, Name: "id", Label: "Location id", Max: 64,
		Help: "In the addresses of the data, for good: 4 to 64 small letters, digits and “-”.",
	}}, fields...)
}

// folderOf is the prefix that a form names; a slash that is missing at its end is added.
func folderOf(r *http.Request) string {
	prefix := strings.TrimSpace(r.PostFormValue("prefix"))
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return prefix
}

func (s *site) addDataset(w http.ResponseWriter, r *http.Request) error {
	terms, err := formID(r, "terms")
	d := access.Dataset{
		Name: r.PostFormValue("name"), Title: r.PostFormValue("title"), Description: r.PostFormValue("description"),
		Listed: ticked(r, "listed"), Terms: terms,
	}
	if id := strings.TrimSpace(r.PostFormValue("id")); id != "" || strings.TrimSpace(r.PostFormValue("prefix")) != "" {
		d.Locations = []access.Location{{ID: id, Bucket: r.PostFormValue("bucket"), Prefix: folderOf(r)}}
	}
	var made int64
	if err == nil {
		made, err = s.Store.AddDataset(r.Context(), rights(r), d)
	}
	if err != nil {
		return s.again(w, r, err, s.datasetsPage)
	}
	return s.made(w, r, adminURL("datasets", made))
}

// changeDataset changes what a form sends of a dataset, and takes it out of use or back.
func (s *site) changeDataset(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	terms, err := formID(r, "terms")
	if err != nil {
		return s.again(w, r, err, s.datasetPage)
	}
	c := store.DatasetChange{Name: given(r, "name"), Title: given(r, "title"), Description: given(r, "description")}
	for name, to := range map[string]**bool{"listed": &c.Listed, "retired": &c.Retired} {
		if r.PostForm.Has(name) {
			on := ticked(r, name)
			*to = &on
		}
	}
	if r.PostForm.Has("terms") {
		c.Terms = &terms
	}
	if c.Retired != nil && *c.Retired && !confirmed(r) {
		return s.askToRetire(w, r, id)
	}
	err = s.Store.ChangeDataset(r.Context(), rights(r), id, c)
	return s.settle(w, r, err, adminURL("datasets", id), s.datasetPage)
}

// given is a value that a form sends, or nil if it has none of this name.
func given(r *http.Request, name string) *string {
	value := r.PostFormValue(name)
	if !r.PostForm.Has(name) {
		return nil
	}
	return &value
}

func (s *site) askToRetire(w http.ResponseWriter, r *http.Request, id int64) error {
	if err := rights(r).MayAdminister(); err != nil {
		return err
	}
	d, err := s.Store.DatasetByID(r.Context(), rights(r), id)
	if err != nil {
		return err
	}
	name := views.Name(d.Title)
	return s.askFirst(w, r, question{
		heading: "You are about to retire " + name, hidden: sent(r),
		what: []string{
			"Nobody will see the dataset any more, and links to it do not open. Open viewers end with their cookies.",
			"The data and all that is written here of the dataset stay. It can be brought back. Its name and the ids of its locations stay taken.",
		},
		submit: "Yes, retire it", keep: adminURL("datasets", id), keepText: "Keep " + name,
	})
}
