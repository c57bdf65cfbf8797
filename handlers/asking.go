package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/mail"
	"ngportal/store"
	"ngportal/views"
)

// maxSentence is the longest reason for a request, in characters.
const maxSentence = 2000

// requestURL is where access to a dataset is asked for; after is where it goes on, "" for nowhere in particular.
func requestURL(dataset, after string) string {
	to := "/request/" + url.PathEscape(dataset)
	if after != "" {
		to += "?" + url.Values{"return": {after}}.Encode()
	}
	return to
}

// requestState is how far a request has come, as it is shown.
func requestState(r store.Request) views.State {
	switch r.State {
	case store.Waiting:
		return views.Waiting("Asked on " + on(r.Created) + ".")
	case store.Approved:
		text := "On " + on(r.Decided)
		if r.GroupName != "" {
			text += ", into the group " + views.Name(r.GroupName)
		}
		if !r.Expires.IsZero() {
			text += ", until " + on(r.Expires.Add(-time.Nanosecond))
		}
		return views.Approved(text + ".")
	case store.Declined:
		return views.Declined("On " + on(r.Decided) + ": " + sentence(cmp.Or(r.Answer, "no reason was given")))
	case store.Withdrawn:
	}
	return views.State{Word: string(r.State), Kind: views.Info, Text: "Asked on " + on(r.Created) + "."}
}

// wanted is the dataset that somebody asks for, and where they come from. One that they may see already has led there,
// and led is true. A hidden dataset is like one that is not there.
func (s *site) wanted(w http.ResponseWriter, r *http.Request) (d access.Dataset, after string, led bool, err error) {
	may, name := rights(r), r.PathValue("dataset")
	d, known := may.Known(name)
	after = auth.SafeReturn(cmp.Or(r.FormValue("return"), datasetURL(name)))
	if !known || may.Level(d.ID) >= access.View {
		if _, err = s.dataset(may, name); err == nil {
			http.Redirect(w, r, after, http.StatusSeeOther)
		}
		return d, after, true, err
	}
	return d, after, false, nil
}

// askAccess shows a dataset that the person may not see, how their request for it stands, and the form to make one. Once they
// may see it, it leads on to where they came from.
func (s *site) askAccess(w http.ResponseWriter, r *http.Request) error {
	d, after, led, err := s.wanted(w, r)
	if err != nil || led {
		return err
	}
	return s.show(w, r, s.askPage(d, after))
}

func (s *site) askForm(r *http.Request, d access.Dataset, after string) views.Form {
	help := "Who you are, and what you want to do with the data. Those who manage the dataset read it, with your name and address."
	if s.Mailed != nil && person(r).Email != "" {
		help += " Their answer comes by e-mail, and stands under your requests."
	} else {
		help += " Their answer stands under your requests."
	}
	return views.Form{
		Action: requestURL(d.Name, ""), Submit: "Send the request", Weight: views.Main,
		Hidden: []views.Field{{Name: "return", Value: after}},
		Fields: []views.Input{{
			Kind: views.InputTextArea, Name: "sentence", Label: "Why do you ask?", Required: true, Max: maxSentence, Help: help,
		}},
	}
}

func (s *site) askPage(d access.Dataset, after string) drawer {
	return func(r *http.Request) (views.AdminPage, error) {
		asked, err := s.asked(r)
		if err != nil {
			return views.AdminPage{}, err
		}
		m := views.AdminPage{Page: s.page(r, "Request access"), Heading: "Request access to " + views.Name(d.Title), Intro: d.Description}
		m.Breadcrumbs = []views.Crumb{{Name: "Data", Href: "/"}, {Name: "Request access to " + d.Title}}
		last, ok := asked[d.ID]
		one := views.Section{}
		if ok {
			one.State = requestState(last)
		}
		if ok && last.State == store.Waiting {
			one.Intro = "Your request is with those who manage the dataset. Come back to this page later: it leads on once they have let you in."
			one.Actions = []views.Action{{Label: "Your requests", Href: "/requests"}, {Label: "Go back to where you were", Href: after}}
		} else {
			one.Forms = []views.Form{s.askForm(r, d, after)}
		}
		m.Sections = []views.Section{one}
		return m, nil
	}
}

// requestAccess asks for access to a dataset, and tells those who manage it.
func (s *site) requestAccess(w http.ResponseWriter, r *http.Request) error {
	d, after, led, err := s.wanted(w, r)
	if err != nil || led {
		return err
	}
	text := r.PostFormValue("sentence")
	mails, err := s.requestMails(r, d, text)
	if err != nil {
		return err
	}
	_, err = s.Store.AddRequest(r.Context(), rights(r), d.ID, text, mails)
	if err == nil && len(mails) > 0 {
		s.Mailed()
	}
	return s.settle(w, r, err, requestURL(d.Name, after), s.askPage(d, after))
}

// requestMails are the notices of a request to those who can answer it; there are none where no mail is sent.
func (s *site) requestMails(r *http.Request, d access.Dataset, text string) (mails []mail.Message, err error) {
	if s.Mailed == nil {
		return nil, nil
	}
	to, err := s.Store.ManagerAddresses(r.Context(), rights(r).Managers(d.ID))
	if err != nil {
		return nil, err
	}
	who := person(r)
	for _, address := range to {
		mails = append(mails, mail.AccessRequested(address, mail.Request{
			Portal: s.sender(), Dataset: d.Title, Name: who.Name, Email: who.Email, Sentence: text,
			Link: s.PortalURL + "/admin/requests",
		}))
	}
	return mails, nil
}

// requests lists what the person has asked for, and the answers.
func (s *site) requests(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Store.RequestsOf(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return err
	}
	m := s.settingsPage(r, "/requests", "Requests", "The datasets that you have asked for.")
	t := &views.Table{
		Caption: "Requests", Columns: []views.Column{{Label: "Dataset"}, {Label: "Asked"}, {Label: "State"}},
		Empty: views.Empty{Heading: "You have asked for nothing yet", Text: "The first page has the datasets that you can ask for."},
	}
	for _, one := range all {
		name := views.Cell{Text: cmp.Or(one.DatasetTitle, one.DatasetName), Soft: one.Sentence}
		if _, known := rights(r).Known(one.DatasetName); known {
			name.Href = requestURL(one.DatasetName, "")
		}
		row := views.TableRow{Cells: []views.Cell{name, momentCell(one.Created, ""), {State: requestState(one)}}}
		if one.State == store.Waiting {
			row.Actions = []views.Action{{Label: "Withdraw", About: name.Text, Post: withdrawURL(one.ID)}}
		}
		t.Rows = append(t.Rows, row)
	}
	m.Sections = []views.Section{{Table: t}}
	return s.render(w, r, http.StatusOK, views.Admin(m))
}

func withdrawURL(id int64) string { return "/requests/" + strconv.FormatInt(id, 10) + "/withdraw" }

// withdrawRequest takes back a request that nobody has answered.
func (s *site) withdrawRequest(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return s.notFound(w, r)
	}
	all, err := s.Store.RequestsOf(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(one store.Request) bool { return one.ID == id }) {
		return s.notFound(w, r)
	}
	if err := s.Store.Withdraw(r.Context(), rights(r), id); err != nil {
		return err
	}
	return s.done(w, r, "/requests")
}
