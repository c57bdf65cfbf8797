package handlers

import (
	"net/http"
	"strconv"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// peopleOperations are about other people and service accounts.
func (s *site) peopleOperations() []operation {
	const admin = access.ScopeAdmin
	sorts := sortParam("name", "email", "created", "seen", "admin", "disabled")
	return []operation{
		call("GET people", "Everybody who has signed in", admin, s.apiPeople, searchParams(sorts)...),
		call("GET people/{person}", "A person or a service account", admin, s.apiProfile),
		call("PATCH people/{person}", "Change a person or a service account", admin, s.apiChangeProfile),
		call("GET people/{person}/access", "The datasets that somebody may see, and why", admin, s.apiAccess, searchParams()...),
		call("GET people/{person}/groups", "The groups that somebody is in", admin, s.apiMemberships),
		call("GET people/{person}/terms", "The terms that somebody has accepted", admin, s.apiAccepted),
		call("GET people/{person}/requests", "The requests for access of a person, the newest first", admin, s.apiOwnRequests),
		call("GET people/{person}/services", "The service accounts of a person", admin, s.apiOwnServices),
		call("GET people/{person}/affiliations", "Where a person works or worked", admin, s.apiAffiliations),
		call("POST people/{person}/affiliations", "Note where a person works or worked", admin, s.apiAddAffiliation),
		call("DELETE people/{person}/affiliations/{affiliation}", "Remove an affiliation", admin, s.apiRemoveAffiliation),
		call("GET people/{person}/sessions", "The browsers in which a person is signed in", admin, s.apiSessions),
		call("DELETE people/{person}/sessions", "Sign a person out everywhere", admin, s.apiEndSessions),
		call("DELETE people/{person}/sessions/{session}", "Sign a person out in one browser", admin, s.apiEndSession),
		call("GET people/{person}/identities", "The ways in which a person signs in", admin, s.apiIdentities),
		call("DELETE people/{person}/identities", "Remove a way in which a person signs in", admin, s.apiRemoveIdentity, identityParams()...),
		call("GET people/{person}/tokens", "The tokens of a person", admin, s.apiTokens),
		call("DELETE people/{person}/tokens/{token}", "Revoke a token of a person", admin, s.apiRevokeToken),
		call("GET services", "The service accounts", admin, s.apiServices, searchParams(sorts)...),
		call("POST services", "Make a service account", admin, s.apiAddService),
		call("GET services/{person}/tokens", "The tokens of a service account", admin, s.apiTokens),
		call("POST services/{person}/tokens", "Make a token of a service account. Its secret is shown this once", admin, s.apiAddToken),
		call("DELETE services/{person}/tokens/{token}", "Revoke a token of a service account", admin, s.apiRevokeToken),
	}
}

// A madeJSON is something new that has a number.
type madeJSON struct {
	ID int64 `json:"id"`
	at string
}

func (m madeJSON) address() string { return m.at }

// apiMade is the answer about something new in the list that a request was sent to.
func apiMade(r *http.Request, id int64, err error) (madeJSON, error) {
	return apiMadeAt(r.URL.Path+"/", id, err)
}

// apiMadeAt is apiMade where the new thing is in another list.
func apiMadeAt(in string, id int64, err error) (madeJSON, error) {
	return madeJSON{id, in + strconv.FormatInt(id, 10)}, err
}

func (s *site) apiPeople(r *http.Request, _ none) (listJSON[profileJSON], error) {
	q, err := askedPart(r)
	if err != nil {
		return listJSON[profileJSON]{}, err
	}
	rows, total, err := s.Store.People(r.Context(), rights(r), q)
	return jsonList(q, rows, total, jsonProfile), err
}

func (s *site) apiServices(r *http.Request, _ none) (listJSON[profileJSON], error) {
	q, err := askedPart(r)
	if err != nil {
		return listJSON[profileJSON]{}, err
	}
	rows, total, err := s.Store.Services(r.Context(), rights(r), q)
	return jsonList(q, rows, total, jsonProfile), err
}

func (s *site) apiOwnServices(r *http.Request, _ none) (listJSON[profileJSON], error) {
	rows, err := s.Store.ServicesOf(r.Context(), rights(r), apiSubject(r))
	return jsonWhole(rows, jsonProfile), err
}

type serviceWish struct {
	Name  string `json:"name"`
	Owner int64  `json:"owner" doc:"The id of the person who is to answer for it."`
}

func (s *site) apiAddService(r *http.Request, in serviceWish) (madeJSON, error) {
	id, err := s.Store.AddService(r.Context(), rights(r), in.Name, in.Owner)
	return apiMadeAt(apiPath+"people/", id, err)
}

func (s *site) apiProfile(r *http.Request, _ none) (profileJSON, error) {
	p, err := s.Store.Profile(r.Context(), rights(r), apiSubject(r))
	return jsonProfile(p), err
}

type profileChange struct {
	Name     *string `json:"name" doc:"Empty to go by what the sign-in says."`
	Admin    *bool   `json:"admin"`
	Disabled *bool   `json:"disabled"`
	Owner    *int64  `json:"owner" doc:"Of a service account: the id of a person."`
}

func (s *site) apiChangeProfile(r *http.Request, in profileChange) (profileJSON, error) {
	if err := s.Store.ChangeProfile(r.Context(), rights(r), apiSubject(r), store.ProfileChange(in)); err != nil {
		return profileJSON{}, err
	}
	return s.apiProfile(r, none{})
}

type membershipJSON struct {
	Group   refJSON   `json:"group"`
	Admin   bool      `json:"admin" doc:"May change who is in it."`
	Since   time.Time `json:"since"`
	Expires time.Time `json:"expires,omitzero"`
}

func (s *site) apiMemberships(r *http.Request, _ none) (listJSON[membershipJSON], error) {
	rows, err := s.Store.MembershipsOf(r.Context(), rights(r), apiSubject(r))
	return jsonWhole(rows, func(m store.Membership) membershipJSON {
		return membershipJSON{refJSON{m.Group, m.GroupName}, m.Admin, m.Since, m.Expires}
	}), err
}

type affiliationJSON struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Began string `json:"began,omitzero" doc:"A day, such as 2026-03-01."`
	Ended string `json:"ended,omitzero"`
}

type affiliationWish struct {
	Name  string `json:"name"`
	Began string `json:"began,omitzero" doc:"A day, such as 2026-03-01."`
	Ended string `json:"ended,omitzero"`
}

func (s *site) apiAffiliations(r *http.Request, _ none) (listJSON[affiliationJSON], error) {
	rows, err := s.Store.Affiliations(r.Context(), rights(r), apiSubject(r))
	return jsonWhole(rows, func(a store.Affiliation) affiliationJSON { return affiliationJSON(a) }), err
}

func (s *site) apiAddAffiliation(r *http.Request, in affiliationWish) (madeJSON, error) {
	id, err := s.Store.AddAffiliation(r.Context(), rights(r), apiSubject(r), store.Affiliation{Name: in.Name, Began: in.Began, Ended: in.Ended})
	return apiMade(r, id, err)
}

func (s *site) apiRemoveAffiliation(r *http.Request, _ none) (none, error) {
	return none{}, s.Store.RemoveAffiliation(r.Context(), rights(r), apiSubject(r), pathNumber(r, "affiliation"))
}

type datasetRefJSON struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Title string `json:"title"`
}

type accessJSON struct {
	Dataset     datasetRefJSON `json:"dataset"`
	Level       string         `json:"level" enum:"none view edit manage admin"`
	Permissions []string       `json:"permissions" doc:"Also those of other services."`
	Terms       bool           `json:"terms_required,omitzero" doc:"Its terms have yet to be accepted."`
	Reasons     []reasonJSON   `json:"reasons" doc:"The grants that say so, and how the group came to be theirs."`
}

type reasonJSON struct {
	Administers bool      `json:"administers,omitzero" doc:"They administer the portal, and there is nothing else."`
	Group       *refJSON  `json:"group,omitzero"`
	Permission  string    `json:"permission,omitzero"`
	Since       time.Time `json:"since,omitzero" doc:"Of the grant."`
	Expires     time.Time `json:"expires,omitzero"`
	MemberSince time.Time `json:"member_since,omitzero" doc:"Not there for groups that need no members."`
	MemberUntil time.Time `json:"member_expires,omitzero"`
}

func jsonReason(y access.Reason) reasonJSON {
	if y.Administers {
		return reasonJSON{Administers: true}
	}
	return reasonJSON{
		Group: &refJSON{y.Group.ID, y.Group.Name}, Permission: y.Grant.Permission, Since: y.Grant.Since, Expires: y.Grant.Expires,
		MemberSince: y.Member.Since, MemberUntil: y.Member.Expires,
	}
}

// apiAccess tells what somebody may see, and why.
func (s *site) apiAccess(r *http.Request, _ none) (listJSON[accessJSON], error) {
	q, err := askedPart(r)
	if err != nil {
		return listJSON[accessJSON]{}, err
	}
	may, err := s.apiRightsOf(r, apiSubject(r))
	return jsonPart(q, matching(may.Visible(), q.Text), func(d access.Dataset) accessJSON {
		_, unseen := may.Dataset(d.Name)
		return accessJSON{
			Dataset: datasetRefJSON{d.ID, d.Name, d.Title}, Level: may.Level(d.ID).String(), Permissions: append([]string{}, may.Permissions(d.ID)...),
			Terms: unseen != nil, Reasons: jsonEach(may.Why(d.ID), jsonReason),
		}
	}), err
}

// apiRightsOf are what somebody may do, for who may know.
func (s *site) apiRightsOf(r *http.Request, id int64) (access.Rights, error) {
	if id == person(r).ID {
		return rights(r), nil
	}
	p, err := s.Store.Profile(r.Context(), rights(r), id)
	if err != nil {
		return access.Rights{}, err
	}
	return rights(r).Of(p.Person)
}
