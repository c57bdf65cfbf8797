package handlers

import (
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"ngportal/store"
	"ngportal/views"
)

// sessions lists the browsers in which the person is signed in.
func (s *site) sessions(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, s.sessionsPage)
}

func (s *site) sessionsPage(r *http.Request) (views.AdminPage, error) {
	all, err := s.Store.SessionsOf(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return views.AdminPage{}, err
	}
	m := s.settingsPage(r, "/settings/sessions", "Sessions",
		"Where you are signed in. A session that ends takes along what is open in the viewer there.")
	t := &views.Table{Caption: "Sessions", Columns: []views.Column{
		{Label: "Device"}, {Label: "Address"}, {Label: "Signed in with"}, {Label: "Since"}, {Label: "Last used"},
	}}
	for _, one := range all {
		row := views.TableRow{Cells: []views.Cell{
			{Text: device(one.Agent)},
			{Text: one.Address, Code: true},
			{Text: s.providerTitle(one.Provider)},
			momentCell(one.Created, ""), momentCell(one.Seen, ""),
		}}
		if one.Hash == visitOf(r).session.Hash {
			row.Cells[0].State = views.State{Word: "this one", Kind: views.Success}
		} else {
			row.Actions = []views.Action{{Label: "End", About: device(one.Agent) + ", " + one.Address, Href: endSessionURL(one.Hash)}}
		}
		t.Rows = append(t.Rows, row)
	}
	m.Sections = []views.Section{{Table: t}, {Heading: "End sessions", Forms: []views.Form{{
		Action: "/settings/sessions/end-others", Submit: "End sessions", Weight: views.Danger,
		Intro:   "If you have lost a device, or a session is not yours, end all of them.",
		Confirm: "Yes, end all my other sessions",
		Fields:  []views.Input{tick("all", "This one, too", "You will be signed out here as well.", false)},
	}}}}
	return m, nil
}

func endSessionURL(h store.Hash) string {
	return "/settings/sessions/end?" + url.Values{"session": {hex.EncodeToString(h[:])}}.Encode()
}

// endSession ends one session of the person, once they have said yes.
func (s *site) endSession(w http.ResponseWriter, r *http.Request) error {
	one, err := s.sessionNamed(r)
	if err != nil {
		return err
	}
	if one.Hash == visitOf(r).session.Hash && confirmed(r) {
		return s.logout(w, r)
	}
	if !confirmed(r) {
		name := device(one.Agent) + " at " + one.Address
		return s.askFirst(w, r, question{
			heading: "You are about to end a session", submit: "End it", keep: "/settings/sessions", keepText: "Keep it",
			what:   []string{"You will be signed out of " + name + ". What is open in the viewer there will ask to sign in again."},
			hidden: []views.Field{{Name: "session", Value: r.FormValue("session")}},
		})
	}
	if err := s.Store.EndSession(r.Context(), rights(r), person(r).ID, one.Hash); err != nil {
		return err
	}
	return s.done(w, r, "/settings/sessions")
}

// sessionNamed is the session of the person that a request is about. The error wraps [fs.ErrNotExist] if they have none such.
func (s *site) sessionNamed(r *http.Request) (store.Session, error) {
	all, err := s.Store.SessionsOf(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return store.Session{}, err
	}
	for _, one := range all {
		if hex.EncodeToString(one.Hash[:]) == r.FormValue("session") {
			return one, nil
		}
	}
	u := &userError{
		code: http.StatusNotFound, heading: "You have no such session", what: "It has ended already, or is not yours. Nothing has been changed.",
		cause: fs.ErrNotExist,
	}
	return store.Session{}, u.leading("/settings/sessions", "Go to your sessions")
}

// endOtherSessions ends the sessions of the person but this one; with all, this one as well.
func (s *site) endOtherSessions(w http.ResponseWriter, r *http.Request) error {
	if !confirmed(r) {
		return s.again(w, r, &store.Fault{Field: unconfirmed}, s.sessionsPage)
	}
	if _, err := s.Store.EndSessions(r.Context(), rights(r), person(r).ID, visitOf(r).session.Hash); err != nil {
		return err
	}
	if ticked(r, "all") {
		return s.logout(w, r)
	}
	return s.done(w, r, "/settings/sessions")
}

// A sign is a word by which something is known, and its name.
type sign struct{ word, name string }

// device names a browser and its system by what it says of itself. More words come before fewer: Chrome says
// Safari, too, and nearly all of them say Chrome.
func device(agent string) string {
	browser := firstSign(agent, []sign{
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"Chromium/", "Chromium"},
		{"Chrome/", "Chrome"},
		{"CriOS/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
	})
	system := firstSign(agent, []sign{
		{"Android", "Android"},
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"CrOS", "ChromeOS"},
		{"Windows", "Windows"},
		{"Mac OS X", "macOS"},
		{"Linux", "Linux"},
	})
	switch {
	case browser == "" && system == "":
		return "Unknown device"
	case system == "":
		return browser
	case browser == "":
		return "Unknown browser on " + system
	}
	return browser + " on " + system
}

func firstSign(agent string, signs []sign) string {
	for _, one := range signs {
		if strings.Contains(agent, one.word) {
			return one.name
		}
	}
	return ""
}
