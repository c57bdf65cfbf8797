package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"ngportal/access"
	"ngportal/mail"
	"ngportal/store"
	"ngportal/views"
)

// queue lists the requests for the datasets that the person manages, those that wait unless other ones are asked for.
func (s *site) queue(w http.ResponseWriter, r *http.Request) error {
	if may := rights(r); !may.Administers() && len(may.Manages()) == 0 {
		return &access.Refusal{Reason: "You manage no dataset."}
	}
	at := listAt(r, "/admin/requests", "state")
	state := store.RequestState(cmp.Or(at.q.Get("state"), string(store.Waiting)))
	asked := state
	if state == "all" {
		asked = ""
	}
	all, total, err := s.Store.Requests(r.Context(), rights(r), asked, at.query())
	if err != nil {
		return err
	}
	m := s.adminPage(r, "/admin/requests", "Requests", "People ask for access to datasets that are listed. Whoever manages a dataset answers.")
	t := requestTable(all)
	for i, sort := range []string{"person", "dataset", "", "state"} {
		if sort != "" {
			t.Columns[i] = at.column(t.Columns[i].Label, sort)
		}
	}
	t.Search, t.Pager = at.search("Person, dataset or words"), at.pager(total, len(all))
	t.Search.Hidden = slices.DeleteFunc(t.Search.Hidden, func(f views.Field) bool { return f.Name == "state" })
	t.Search.Fields = append(t.Search.Fields, stateInput(state))
	m.Sections = []views.Section{{Table: t}}
	return s.render(w, r, http.StatusOK, views.Admin(m))
}

func stateInput(chosen store.RequestState) views.Input {
	in := views.Input{Kind: views.InputSelect, Name: "state", Label: "State"}
	for _, state := range []store.RequestState{store.Waiting, store.Approved, store.Declined, store.Withdrawn, "all"} {
		in.Options = append(in.Options, views.Option{Label: string(state), Value: string(state), Selected: state == chosen})
	}
	return in
}

// requestTable lists requests.
func requestTable(all []store.Request) *views.Table {
	t := &views.Table{
		Caption: "Requests", Columns: []views.Column{{Label: "Who"}, {Label: "Dataset"}, {Label: "Words"}, {Label: "State"}},
		Empty: views.Empty{Heading: "There are none", Text: "Whoever asks for access to a dataset that you manage is listed here."},
	}
	for _, one := range all {
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{
			{Text: shown(one.Who), Href: adminURL("requests", one.ID), Soft: one.Who.Email},
			{Text: one.DatasetTitle, Soft: one.DatasetName},
			{Text: one.Sentence},
			{State: requestState(one)},
		}})
	}
	return t
}

// queued is one request, and where it is answered.
func (s *site) queued(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, s.queuedPage)
}

func (s *site) queuedPage(r *http.Request) (views.AdminPage, error) {
	one, err := s.pathRequest(r)
	if err != nil {
		return views.AdminPage{}, err
	}
	name, title := views.Name(shown(one.Who)), views.Name(one.DatasetTitle)
	m := s.adminPage(r, "/admin/requests", name+" asks for "+title, "")
	under(&m, "Requests", "/admin/requests")
	section := views.Section{State: requestState(one), Facts: []views.Fact{
		{Label: "Who", Value: shown(one.Who), Href: adminURL("people", one.Who.ID)},
		{Label: "E-mail", Value: cmp.Or(one.Who.Email, "none that has been verified")},
		{Label: "Dataset", Value: one.DatasetTitle, Href: adminURL("datasets", one.Dataset)},
		{Label: "They wrote", Value: one.Sentence},
		{Label: "Asked", Value: one.Created.Format(timeForm)},
	}}
	if !one.Decided.IsZero() && one.Decider.SignedIn() {
		section.Facts = append(section.Facts, views.Fact{Label: "Answered by", Value: shown(one.Decider), Href: adminURL("people", one.Decider.ID)})
	}
	m.Sections = append(m.Sections, section)
	if one.State != store.Waiting {
		return m, nil
	}
	groups, err := s.admitting(r, one)
	told := "They see the answer on their page of requests."
	if s.mails(one) {
		told = "They are told by e-mail, and see the answer on their page of requests."
	}
	m.Sections = append(m.Sections, views.Section{Heading: "Approve", Forms: []views.Form{{
		Action: adminURL("requests", one.ID) + "/approve", Intro: told, Submit: "Approve", Weight: views.Main,
		Fields: []views.Input{groups, s.untilInput(one.Expires)},
	}}}, views.Section{Heading: "Decline", Forms: []views.Form{{
		Action: adminURL("requests", one.ID) + "/decline", Submit: "Decline", Weight: views.Danger,
		Fields: []views.Input{{Kind: views.InputTextArea, Name: "reason", Label: "Reason", Max: 2000, Help: told + " They can ask again."}},
	}}})
	return m, err
}

// pathRequest returns the request in the path of somebody who may answer it. Who has made it has a page of their own.
func (s *site) pathRequest(r *http.Request) (store.Request, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return store.Request{}, err
	}
	one, err := s.Store.Request(r.Context(), rights(r), id)
	if err != nil || rights(r).Administers() {
		return one, err
	}
	return one, rights(r).MayManage(one.Dataset, access.Manage)
}

// admitting asks for the group into which to let somebody: those that open the dataset and that the person may put people
// into, and the one for the viewers of the dataset.
func (s *site) admitting(r *http.Request, one store.Request) (views.Input, error) {
	in := views.Input{Kind: views.InputSelect, Name: "group", Label: "Into the group", Options: []views.Option{
		{Label: "a group for the viewers of this dataset", Value: "0"},
	}}
	grants, err := s.Store.Grants(r.Context(), rights(r), one.Dataset)
	if err != nil {
		return in, err
	}
	offered := map[int64]bool{}
	for _, g := range grants {
		ended := !g.Expires.IsZero() && !s.Now().Before(g.Expires)
		if offered[g.Group] || ended || access.LevelOf(g.Permission) < access.View || rights(r).MayAdmit(g.Group) != nil {
			continue
		}
		offered[g.Group] = true
		group, err := s.Store.Group(r.Context(), rights(r), g.Group)
		if err != nil {
			return in, err
		}
		if group.Kind == access.Members {
			in.Options = append(in.Options, views.Option{Label: g.GroupName, Value: strconv.FormatInt(g.Group, 10)})
		}
	}
	return in, nil
}

// approve lets somebody in.
func (s *site) approve(w http.ResponseWriter, r *http.Request) error {
	one, err := s.pathRequest(r)
	if err != nil {
		return err
	}
	var a store.Approval
	a.Group, err = formID(r, "group")
	if err == nil {
		a.Expires, err = evening(r, "expires")
	}
	if err != nil {
		return s.again(w, r, err, s.queuedPage)
	}
	mails, err := s.approvalMails(r, one, a)
	if err == nil {
		_, err = s.Store.Approve(r.Context(), rights(r), one.ID, a, mails)
	}
	return s.answered(w, r, err, mails)
}

// decline answers with no, and why.
func (s *site) decline(w http.ResponseWriter, r *http.Request) error {
	one, err := s.pathRequest(r)
	if err != nil {
		return err
	}
	reason := r.PostFormValue("reason")
	mails := s.declineMails(one, reason)
	err = s.Store.Decline(r.Context(), rights(r), one.ID, reason, mails)
	return s.answered(w, r, err, mails)
}

// answered leads on from an answer, and has its mails sent. A request that somebody else has answered meanwhile has no form
// any more to tell that at.
func (s *site) answered(w http.ResponseWriter, r *http.Request, err error, mails []mail.Message) error {
	if err == nil {
		s.mailed(mails)
	}
	if fault, ok := errors.AsType[*store.Fault](err); ok && fault.Field == "state" {
		u := &userError{
			code: http.StatusConflict, heading: "This request has been answered already", what: fault.Text,
			do: "Nothing has been changed.", cause: err,
		}
		return u.leading("/admin/requests", "Go to the requests")
	}
	return s.settle(w, r, err, "/admin/requests", s.queuedPage)
}
