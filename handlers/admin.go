package handlers

import (
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strconv"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// adminRoutes are the pages on which it is said who may do what.
func (s *site) adminRoutes() []route {
	all := slices.Concat(s.accountRoutes(), s.groupRoutes(), s.datasetRoutes(), []route{
		{pattern: "GET /admin", handler: s.admin},
		{pattern: "POST /admin/undo", handler: s.undo},
		{pattern: "GET /admin/terms", handler: s.allTerms},
		{pattern: "POST /admin/terms", handler: s.addTerms},
		{pattern: "GET /admin/terms/{id}", handler: s.termsFacts},
		{pattern: "POST /admin/terms/{id}", handler: s.addTermsVersion},
		{pattern: "GET /admin/requests", handler: s.queue},
		{pattern: "GET /admin/requests/{id}", handler: s.queued},
		{pattern: "POST /admin/requests/{id}/approve", handler: s.approve},
		{pattern: "POST /admin/requests/{id}/decline", handler: s.decline},
		{pattern: "GET /admin/apps", handler: s.apps},
		{pattern: "POST /admin/apps", handler: s.addApp},
		{pattern: "POST /admin/apps/remove", handler: s.removeApp},
		{pattern: "GET /admin/audit", handler: s.audit},
		{pattern: "GET /admin/audit/export", handler: s.exportAudit},
	})
	for i := range all {
		all[i].handler = numbered(all[i].handler)
	}
	return all
}

func (s *site) accountRoutes() []route {
	return []route{
		{pattern: "GET /admin/people", handler: s.people},
		{pattern: "GET /admin/people/{id}", handler: s.person},
		{pattern: "POST /admin/people/{id}", handler: s.changePerson},
		{pattern: "POST /admin/people/{id}/sessions/end", handler: s.endSessionsOf},
		{pattern: "POST /admin/people/{id}/affiliations", handler: s.addAffiliation},
		{pattern: "POST /admin/people/{id}/affiliations/remove", handler: s.removeAffiliation},
		{pattern: "GET /admin/services", handler: s.services},
		{pattern: "POST /admin/services", handler: s.addService},
		{pattern: "GET /admin/services/{id}", handler: s.service},
		{pattern: "POST /admin/services/{id}", handler: s.changeService},
		{pattern: "POST /admin/services/{id}/tokens", handler: s.addServiceToken},
		{pattern: "POST /admin/services/{id}/tokens/{token}/revoke", handler: s.revokeServiceToken},
	}
}

func (s *site) groupRoutes() []route {
	return []route{
		{pattern: "GET /admin/groups", handler: s.groups},
		{pattern: "POST /admin/groups", handler: s.addGroup},
		{pattern: "GET /admin/groups/{id}", handler: s.group},
		{pattern: "POST /admin/groups/{id}", handler: s.changeGroup},
		{pattern: "GET /admin/groups/{id}/remove", handler: s.removeGroup},
		{pattern: "POST /admin/groups/{id}/remove", handler: s.removeGroup},
		{pattern: "POST /admin/groups/{id}/members", handler: s.addMember},
		{pattern: "POST /admin/groups/{id}/members/{person}", handler: s.changeMember},
		{pattern: "POST /admin/groups/{id}/members/{person}/remove", handler: s.removeMember},
		{pattern: "POST /admin/groups/{id}/invitations/remove", handler: s.removeInvitation},
	}
}

func (s *site) datasetRoutes() []route {
	return []route{
		{pattern: "GET /admin/datasets", handler: s.datasets},
		{pattern: "POST /admin/datasets", handler: s.addDataset},
		{pattern: "GET /admin/datasets/{id}", handler: s.datasetFacts},
		{pattern: "POST /admin/datasets/{id}", handler: s.changeDataset},
		{pattern: "POST /admin/datasets/{id}/locations", handler: s.addLocation},
		{pattern: "POST /admin/datasets/{id}/locations/{location}", handler: s.moveLocation},
		{pattern: "POST /admin/datasets/{id}/locations/{location}/retire", handler: s.retireLocation},
		{pattern: "POST /admin/datasets/{id}/grants", handler: s.addGrant},
		{pattern: "POST /admin/datasets/{id}/grants/remove", handler: s.removeGrant},
	}
}

// numbered has words of its own for what is not there: addresses of the administration end in numbers, not in paths.
func numbered(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		if _, known := errors.AsType[*userError](err); known || !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		u := &userError{
			code: http.StatusNotFound, heading: "There is nothing of this number", cause: err,
			what: "It has been removed, or the address was cut. Nothing has been changed.",
		}
		return u.leading("/admin", "Go to the administration")
	}
}

// adminURL is where something of a kind, such as groups, is administered.
func adminURL(kind string, id int64) string {
	return "/admin/" + kind + "/" + strconv.FormatInt(id, 10)
}

// adminPage begins a page of the administration under the tab with this address. The tabs are those at which the person
// may see anything.
func (s *site) adminPage(r *http.Request, tab, heading, intro string) views.AdminPage {
	m := views.AdminPage{Page: s.page(r, heading), Heading: heading, Intro: intro, Area: "Administration"}
	may := rights(r)
	if !may.Acting() {
		return m
	}
	manages := may.Administers() || len(may.Manages()) > 0
	for _, t := range []struct {
		label, href string
		offered     bool
		waiting     int
	}{
		{"Overview", "/admin", true, 0},
		{"Requests", "/admin/requests", manages, m.Waiting},
		{"People", "/admin/people", true, 0},
		{"Groups", "/admin/groups", true, 0},
		{"Datasets", "/admin/datasets", manages, 0},
		{"Terms", "/admin/terms", manages, 0},
		{"Service accounts", "/admin/services", may.Administers(), 0},
		{"Apps", "/admin/apps", may.Administers(), 0},
		{"Audit", "/admin/audit", manages, 0},
	} {
		if t.offered {
			m.Tabs = append(m.Tabs, views.Tab{Label: t.label, Href: t.href, Current: t.href == tab, Waiting: t.waiting})
		}
	}
	return m
}

// under adds the steps from a tab to a page below it.
func under(m *views.AdminPage, label, href string) {
	m.Breadcrumbs = []views.Crumb{{Name: label, Href: href}, {Name: m.Heading}}
}

// admin is the overview: what waits for an answer, and what the person may administer.
func (s *site) admin(w http.ResponseWriter, r *http.Request) error {
	if !rights(r).Acting() {
		return &access.Refusal{Reason: "You have nothing to administer here."}
	}
	m := s.adminPage(r, "/admin", "Administration", "")
	for _, section := range []func(*http.Request) (views.Section, error){s.waitingSection, s.ledSection, s.managedSection, s.countsSection} {
		one, err := section(r)
		if err != nil {
			return err
		}
		if one.Heading != "" {
			m.Sections = append(m.Sections, one)
		}
	}
	return s.render(w, r, http.StatusOK, views.Admin(m))
}

// waitingSection shows the requests that the person can answer; it is empty for whoever can answer none.
func (s *site) waitingSection(r *http.Request) (views.Section, error) {
	if may := rights(r); !may.Administers() && len(may.Manages()) == 0 {
		return views.Section{}, nil
	}
	waiting, total, err := s.Store.Requests(r.Context(), rights(r), store.Waiting, store.Query{Limit: listRows})
	if err != nil {
		return views.Section{}, err
	}
	out := views.Section{Heading: "Requests that wait for an answer", Table: requestTable(waiting)}
	if total > len(waiting) {
		out.Actions = []views.Action{{Label: "All " + views.Number(total), Href: "/admin/requests"}}
	}
	return out, nil
}

// ledSection shows the groups that the person is an administrator of.
func (s *site) ledSection(r *http.Request) (views.Section, error) {
	led := rights(r).Led()
	t := &views.Table{Caption: "Groups that you administer", Columns: []views.Column{{Label: "Group"}, {Label: "Members", Number: true}}}
	for _, id := range led[:min(len(led), listRows)] {
		g, err := s.Store.Group(r.Context(), rights(r), id)
		if err != nil {
			return views.Section{}, err
		}
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{
			{Text: g.Name, Href: adminURL("groups", id), Soft: g.Description}, {Text: views.Number(g.Members)},
		}})
	}
	if len(led) == 0 {
		return views.Section{}, nil
	}
	return views.Section{Heading: t.Caption, Table: t}, nil
}

// managedSection shows the datasets that somebody manages who does not administer all of them.
func (s *site) managedSection(r *http.Request) (views.Section, error) {
	managed := rights(r).Manages()
	if rights(r).Administers() || len(managed) == 0 {
		return views.Section{}, nil
	}
	t := &views.Table{Caption: "Datasets that you manage", Columns: []views.Column{{Label: "Dataset"}, {Label: "Your permission"}}}
	for _, d := range managed[:min(len(managed), listRows)] {
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{
			{Text: d.Title, Href: adminURL("datasets", d.ID), Soft: d.Name}, {Text: rights(r).Level(d.ID).String(), Code: true},
		}})
	}
	return views.Section{Heading: t.Caption, Table: t}, nil
}

// countsSection tells an administrator of the portal how much there is of what.
func (s *site) countsSection(r *http.Request) (views.Section, error) {
	may, one := rights(r), store.Query{Limit: 1}
	if !may.Administers() {
		return views.Section{}, nil
	}
	_, people, err := s.Store.People(r.Context(), may, one)
	if err != nil {
		return views.Section{}, err
	}
	_, groups, err := s.Store.Groups(r.Context(), may, one)
	if err != nil {
		return views.Section{}, err
	}
	_, datasets, err := s.Store.Datasets(r.Context(), may, one)
	if err != nil {
		return views.Section{}, err
	}
	_, services, err := s.Store.Services(r.Context(), may, one)
	if err != nil {
		return views.Section{}, err
	}
	return views.Section{Heading: "What there is", Facts: []views.Fact{
		{Label: "People", Value: views.Number(people), Href: "/admin/people"},
		{Label: "Groups", Value: views.Number(groups), Href: "/admin/groups"},
		{Label: "Datasets", Value: views.Number(datasets), Href: "/admin/datasets"},
		{Label: "Service accounts", Value: views.Number(services), Href: "/admin/services"},
	}}, nil
}
