package handlers

import (
	"cmp"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// datasetFacts is a dataset with its locations and whom it is opened for.
func (s *site) datasetFacts(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, s.datasetPage)
}

func (s *site) datasetPage(r *http.Request) (views.AdminPage, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return views.AdminPage{}, err
	}
	d, err := s.Store.DatasetByID(r.Context(), rights(r), id)
	if err != nil {
		return views.AdminPage{}, err
	}
	m := s.adminPage(r, "/admin/datasets", d.Title, "")
	under(&m, "Datasets", "/admin/datasets")
	m.Sections = append(m.Sections, s.factsSection(r, d))
	for _, part := range []func(*http.Request, store.DatasetRow) (views.Section, error){
		s.grantsSection, s.moveSection, s.locationsSection, s.describeSection,
	} {
		section, err := part(r, d)
		if err != nil {
			return views.AdminPage{}, err
		}
		if section.Heading != "" {
			m.Sections = append(m.Sections, section)
		}
	}
	if rights(r).Administers() {
		m.Sections = append(m.Sections, retireSection(d))
	}
	return m, nil
}

func (s *site) factsSection(r *http.Request, d store.DatasetRow) views.Section {
	listed := "Whoever may not see the data does not know of the dataset."
	if d.Listed {
		listed = "All who have signed in see its title and description, and can ask for access."
	}
	out := views.Section{State: retiredState(d.Retired), Facts: []views.Fact{
		{Label: "Name", Value: d.Name},
		{Label: "Description", Value: cmp.Or(d.Description, "none")},
		{Label: "Shown to others", Value: listed},
		{Label: "Terms", Value: cmp.Or(d.TermsName, "none")},
		{Label: "Here since", Value: d.Created.Format(timeForm)},
		{Label: "You may", Value: cmp.Or(permission(rights(r), d.ID), access.Admin.String())},
	}}
	if d.Terms != 0 {
		out.Facts[3].Href = adminURL("terms", d.Terms)
	}
	if !d.Retired {
		out.Actions = []views.Action{
			{Label: "Look at the data", Href: datasetURL(d.Name)},
			{Label: "What has happened here", Href: auditURL("dataset", d.Name)},
		}
	}
	return out
}

// permission is what somebody may do on a dataset; "" for one that is not in use, of which no policy knows.
func permission(may access.Rights, id int64) string {
	if l := may.Level(id); l != access.None {
		return l.String()
	}
	return ""
}

// describeSection is where a dataset is described.
func (s *site) describeSection(r *http.Request, d store.DatasetRow) (views.Section, error) {
	fields, err := s.datasetFields(r, d)
	return views.Section{Heading: "Name and description", Forms: []views.Form{{
		Action: adminURL("datasets", d.ID), Fields: fields, Submit: "Save",
	}}}, err
}

func retireSection(d store.DatasetRow) views.Section {
	out := views.Section{Heading: "Retire the dataset", Actions: []views.Action{{
		Label: "Retire", About: d.Title, Post: adminURL("datasets", d.ID), Hidden: []views.Field{{Name: "retired", Value: "yes"}}, Weight: views.Danger,
	}}}
	if d.Retired {
		out.Heading, out.Actions[0].Label, out.Actions[0].Weight = "Bring the dataset back", "Bring back", views.Main
		out.Actions[0].Hidden[0].Value = "no"
	}
	return out
}

// locationURL is where a location of a dataset is changed.
func locationURL(dataset int64, id string) string {
	return adminURL("datasets", dataset) + "/locations/" + url.PathEscape(id)
}

// locationsSection tells where the data lie.
func (s *site) locationsSection(r *http.Request, d store.DatasetRow) (views.Section, error) {
	all, err := s.Store.LocationsOf(r.Context(), rights(r), d.ID)
	if err != nil {
		return views.Section{}, err
	}
	out := views.Section{Heading: "Locations", Table: &views.Table{
		Caption: "Locations", Columns: []views.Column{{Label: "Id"}, {Label: "Bucket"}, {Label: "Folder"}, {Label: "Since"}},
		Empty: views.Empty{Heading: "No location", Text: "There are no data until one is added."},
	}}
	may := rights(r).Administers()
	for _, l := range all {
		row := views.TableRow{Cells: []views.Cell{
			{Text: l.ID, Code: true, State: retiredState(l.Retired)},
			{Text: l.Bucket, Code: true},
			{Text: cmp.Or(l.Prefix, "the whole bucket"), Code: l.Prefix != ""},
			momentCell(l.Created, ""),
		}}
		if !slices.Contains(s.Library.Buckets(), l.Bucket) {
			row.Cells[1].State = views.State{Word: "not configured", Kind: views.Error}
		}
		if may {
			row.Actions = locationActions(d.ID, l)
		}
		out.Table.Rows = append(out.Table.Rows, row)
	}
	if may {
		out.Forms = []views.Form{{
			Action: adminURL("datasets", d.ID) + "/locations", Fields: s.locationFields(access.Location{}, false), Submit: "Add the location",
		}}
		out.Forms[0].Fields[0].Required = true
	}
	return out, nil
}

func locationActions(dataset int64, l store.LocationRow) []views.Action {
	retire := views.Action{
		Label: "Retire", About: l.ID, Post: locationURL(dataset, l.ID) + "/retire", Hidden: []views.Field{{Name: "retired", Value: "yes"}}, Weight: views.Danger,
	}
	if l.Retired {
		retire.Label, retire.Hidden[0].Value, retire.Weight = "Bring back", "no", views.Plain
		return []views.Action{retire}
	}
	return []views.Action{
		{Label: "Move", About: l.ID, Href: adminURL("datasets", dataset) + "?" + url.Values{"location": {l.ID}}.Encode()}, retire,
	}
}

// moveSection is where a location is moved, if the address asks for it; else it is empty.
func (s *site) moveSection(r *http.Request, d store.DatasetRow) (views.Section, error) {
	which := r.PathValue("location")
	if which == "" && r.Method == http.MethodGet {
		which = r.URL.Query().Get("location")
	}
	if which == "" || !rights(r).Administers() {
		return views.Section{}, nil
	}
	l, err := s.locationOf(r, d.ID, which)
	return views.Section{Heading: "Move " + which, Forms: []views.Form{{
		Action: locationURL(d.ID, l.ID), Fields: s.locationFields(l.Location, true), Submit: "Move the location", Weight: views.Main,
		Intro:   "Addresses of the data that people have kept lead to the new place from then on. Nothing is copied: the data must lie there already.",
		Confirm: "Yes, the same data lie there",
	}}}, err
}

// locationOf returns a location of a dataset. The error wraps [fs.ErrNotExist] also for one of another dataset.
func (s *site) locationOf(r *http.Request, dataset int64, id string) (store.LocationRow, error) {
	all, err := s.Store.LocationsOf(r.Context(), rights(r), dataset)
	if err != nil {
		return store.LocationRow{}, err
	}
	at := slices.IndexFunc(all, func(l store.LocationRow) bool { return l.ID == id })
	if at < 0 {
		return store.LocationRow{}, fmt.Errorf("location %q of dataset %d: %w", id, dataset, fs.ErrNotExist)
	}
	return all[at], nil
}

func (s *site) addLocation(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	err = s.Store.AddLocation(r.Context(), rights(r), id, access.Location{
		ID: r.PostFormValue("id"), Bucket: r.PostFormValue("bucket"), Prefix: folderOf(r),
	})
	if err != nil {
		return s.again(w, r, err, s.datasetPage)
	}
	return s.made(w, r, adminURL("datasets", id))
}

// moveLocation says that the data of a location lie elsewhere now.
func (s *site) moveLocation(w http.ResponseWriter, r *http.Request) error {
	id, l, err := s.pathLocation(r)
	if err != nil {
		return err
	}
	err = &store.Fault{Field: unconfirmed}
	if confirmed(r) {
		err = s.Store.MoveLocation(r.Context(), rights(r), l.ID, r.PostFormValue("bucket"), folderOf(r))
	}
	return s.settle(w, r, err, adminURL("datasets", id), s.datasetPage)
}

// pathLocation finds the location in the path of a request of somebody who may change it.
func (s *site) pathLocation(r *http.Request) (dataset int64, l store.LocationRow, err error) {
	if dataset, err = pathID(r, "id"); err == nil {
		err = rights(r).MayAdminister()
	}
	if err == nil {
		l, err = s.locationOf(r, dataset, r.PathValue("location"))
	}
	return dataset, l, err
}

// retireLocation takes a location out of use, once the person has said yes, or back.
func (s *site) retireLocation(w http.ResponseWriter, r *http.Request) error {
	id, l, err := s.pathLocation(r)
	if err != nil {
		return err
	}
	retire := ticked(r, "retired")
	if retire && !confirmed(r) {
		return s.askFirst(w, r, question{
			heading: "You are about to retire the location " + l.ID, hidden: sent(r),
			what: []string{
				"Nobody will see the data in it any more: addresses and scenes that lead there stop working. Open viewers end with their cookies.",
				"The data stay where they are, and the location can be brought back. Its id stays taken.",
			},
			submit: "Yes, retire it", keep: adminURL("datasets", id), keepText: "Keep it",
		})
	}
	if err = s.Store.RetireLocation(r.Context(), rights(r), l.ID, retire); err != nil {
		return err
	}
	return s.done(w, r, adminURL("datasets", id))
}
