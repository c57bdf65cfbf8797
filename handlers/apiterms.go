package handlers

import (
	"net/http"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// termsOperations are about terms of use, and the viewers elsewhere that are trusted.
func (s *site) termsOperations() []operation {
	const read, admin = access.ScopeRead, access.ScopeAdmin
	return []operation{
		call("GET terms", "All terms, each in its newest version", admin, s.apiAllTerms),
		call("POST terms", "Make terms", admin, s.apiAddTerms),
		call("GET terms/{terms}", "Terms that you may have to accept", read, s.apiTerms, numberParam("version")),
		call("POST terms/{terms}/accept", "Accept the newest version of terms", admin, s.apiAcceptTerms),
		call("POST terms/{terms}/versions", "Make a new version of terms, which everybody must accept anew", admin, s.apiAddVersion),
		call("GET terms/{terms}/acceptances", "Who has accepted terms", admin, s.apiAcceptances,
			searchParams(sortParam("name", "email", "version", "at"))...),
		call("GET apps", "The viewers elsewhere that are trusted", admin, s.apiApps),
		call("POST apps", "Trust a viewer elsewhere", admin, s.apiAddApp),
		call("DELETE apps", "Trust a viewer elsewhere no longer", admin, s.apiRemoveApp, textParam("origin")),
	}
}

type termsJSON struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Version int       `json:"version"`
	Text    string    `json:"text" doc:"Markdown."`
	Created time.Time `json:"created" doc:"Of the version."`
}

func (s *site) apiAllTerms(r *http.Request, _ none) (listJSON[termsJSON], error) {
	rows, err := s.Store.AllTerms(r.Context(), rights(r))
	return jsonWhole(rows, func(t store.Terms) termsJSON { return termsJSON(t) }), err
}

func (s *site) apiTerms(r *http.Request, _ none) (termsJSON, error) {
	t, err := s.Store.TermsByID(r.Context(), rights(r), pathNumber(r, "terms"), int(queryNumber(r, "version")))
	return termsJSON(t), err
}

type termsWish struct {
	Name string `json:"name"`
	Text string `json:"text" doc:"Markdown."`
}

func (s *site) apiAddTerms(r *http.Request, in termsWish) (madeJSON, error) {
	id, err := s.Store.AddTerms(r.Context(), rights(r), in.Name, in.Text)
	return apiMade(r, id, err)
}

type versionJSON struct {
	Version int `json:"version"`
}

func (s *site) apiAcceptTerms(r *http.Request, in versionJSON) (none, error) {
	return none{}, s.Store.AcceptTerms(r.Context(), rights(r), pathNumber(r, "terms"), in.Version)
}

type versionWish struct {
	Text string `json:"text" doc:"Markdown. That of the newest version makes no new one."`
}

func (s *site) apiAddVersion(r *http.Request, in versionWish) (versionJSON, error) {
	n, err := s.Store.AddTermsVersion(r.Context(), rights(r), pathNumber(r, "terms"), in.Text)
	return versionJSON{n}, err
}

// A refJSON names something of a kind that the field's name tells.
type refJSON struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type acceptedJSON struct {
	Person  personJSON `json:"person"`
	Terms   refJSON    `json:"terms"`
	Version int        `json:"version"`
	At      time.Time  `json:"at"`
}

func jsonAccepted(a store.Accepted) acceptedJSON {
	return acceptedJSON{jsonPerson(a.Who), refJSON{a.Terms, a.Name}, a.Version, a.At}
}

func (s *site) apiAccepted(r *http.Request, _ none) (listJSON[acceptedJSON], error) {
	rows, err := s.Store.AcceptancesOf(r.Context(), rights(r), apiSubject(r))
	return jsonWhole(rows, jsonAccepted), err
}

func (s *site) apiAcceptances(r *http.Request, _ none) (listJSON[acceptedJSON], error) {
	q, err := askedPart(r)
	if err != nil {
		return listJSON[acceptedJSON]{}, err
	}
	rows, total, err := s.Store.Acceptances(r.Context(), rights(r), pathNumber(r, "terms"), q)
	return jsonList(q, rows, total, jsonAccepted), err
}

type appJSON struct {
	Origin  string    `json:"origin"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
}

type appWish struct {
	Origin string `json:"origin" doc:"https:// and a host, such as https://viewer.example.org."`
	Name   string `json:"name"`
}

func (s *site) apiApps(r *http.Request, _ none) (listJSON[appJSON], error) {
	if err := rights(r).MayAdminister(); err != nil {
		return listJSON[appJSON]{}, err
	}
	rows, err := s.Store.Apps(r.Context())
	return jsonWhole(rows, func(a store.App) appJSON { return appJSON(a) }), err
}

func (s *site) apiAddApp(r *http.Request, in appWish) (none, error) {
	return none{}, s.Store.AddApp(r.Context(), rights(r), in.Origin, in.Name)
}

func (s *site) apiRemoveApp(r *http.Request, _ none) (none, error) {
	return none{}, s.Store.RemoveApp(r.Context(), rights(r), r.URL.Query().Get("origin"))
}
