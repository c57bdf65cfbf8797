package handlers

import (
	"net/http"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// groupOperations are about groups and who is in them.
func (s *site) groupOperations() []operation {
	const admin = access.ScopeAdmin
	return []operation{
		call("GET groups", "The groups", admin, s.apiGroups, searchParams(sortParam("name", "created", "members", "datasets"))...),
		call("POST groups", "Make a group", admin, s.apiAddGroup),
		call("GET groups/{group}", "A group", admin, s.apiGroup),
		call("PATCH groups/{group}", "Change the name or the description of a group", admin, s.apiChangeGroup),
		call("DELETE groups/{group}", "Remove a group with its members, invitations and grants", admin, s.apiRemoveGroup),
		call("GET groups/{group}/members", "Who is in a group, also those whose time has passed", admin, s.apiMembers,
			searchParams(sortParam("name", "email", "since", "expires", "admin"))...),
		call("PUT groups/{group}/members/{person}", "Put somebody into a group, or change how they are in it", admin, s.apiSetMember),
		call("DELETE groups/{group}/members/{person}", "Take somebody out of a group; yourself, to leave it", admin, s.apiRemoveMember),
		call("GET groups/{group}/invitations", "Who is invited to a group", admin, s.apiInvitations),
		call("POST groups/{group}/invitations", "Put whoever has an address into a group, at once or with their first sign-in", admin, s.apiInvite),
		call("DELETE groups/{group}/invitations/{email}", "Take an invitation back", admin, s.apiUninvite),
		call("GET groups/{group}/grants", "What is granted to a group", admin, s.apiGrantsOf),
	}
}

type groupJSON struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Kind        string    `json:"kind" enum:"members everyone public" doc:"Who is in it: those written down, whoever has signed in, or whoever comes."`
	Description string    `json:"description"`
	Created     time.Time `json:"created"`
	Members     int       `json:"members" doc:"Who are in it now."`
	Datasets    int       `json:"datasets" doc:"That it has a grant on now."`
}

func jsonGroup(g store.GroupRow) groupJSON {
	kind := string(g.Kind)
	if g.Kind == access.Members {
		kind = "members"
	}
	return groupJSON{g.ID, g.Name, kind, g.Description, g.Created, g.Members, g.Datasets}
}

func (s *site) apiGroups(r *http.Request, _ none) (listJSON[groupJSON], error) {
	q, err := askedPart(r)
	if err != nil {
		return listJSON[groupJSON]{}, err
	}
	rows, total, err := s.Store.Groups(r.Context(), rights(r), q)
	return jsonList(q, rows, total, jsonGroup), err
}

func (s *site) apiGroup(r *http.Request, _ none) (groupJSON, error) {
	g, err := s.Store.Group(r.Context(), rights(r), pathNumber(r, "group"))
	return jsonGroup(g), err
}

type groupWish struct {
	Name        string `json:"name"`
	Description string `json:"description,omitzero"`
}

func (s *site) apiAddGroup(r *http.Request, in groupWish) (madeJSON, error) {
	id, err := s.Store.AddGroup(r.Context(), rights(r), in.Name, in.Description)
	return apiMade(r, id, err)
}

type groupChange struct {
	Name        *string `json:"name"`
	Description *string `json:"description"`
}

func (s *site) apiChangeGroup(r *http.Request, in groupChange) (groupJSON, error) {
	if err := s.Store.ChangeGroup(r.Context(), rights(r), pathNumber(r, "group"), in.Name, in.Description); err != nil {
		return groupJSON{}, err
	}
	return s.apiGroup(r, none{})
}

func (s *site) apiRemoveGroup(r *http.Request, _ none) (none, error) {
	return none{}, s.Store.RemoveGroup(r.Context(), rights(r), pathNumber(r, "group"))
}

type memberJSON struct {
	Person  personJSON `json:"person"`
	Admin   bool       `json:"admin" doc:"May change who is in the group."`
	Since   time.Time  `json:"since"`
	Expires time.Time  `json:"expires,omitzero"`
}

func (s *site) apiMembers(r *http.Request, _ none) (listJSON[memberJSON], error) {
	q, err := askedPart(r)
	if err != nil {
		return listJSON[memberJSON]{}, err
	}
	rows, total, err := s.Store.Members(r.Context(), rights(r), pathNumber(r, "group"), q)
	return jsonList(q, rows, total, func(m store.MemberRow) memberJSON {
		return memberJSON{jsonPerson(m.Who), m.Admin, m.Since, m.Expires}
	}), err
}

type memberWish struct {
	Admin   bool      `json:"admin,omitzero" doc:"May change who is in the group."`
	Expires time.Time `json:"expires,omitzero" doc:"Without it, never."`
}

func (s *site) apiSetMember(r *http.Request, in memberWish) (none, error) {
	return none{}, s.Store.SetMember(r.Context(), rights(r), access.Member{
		Group: pathNumber(r, "group"), Person: pathNumber(r, "person"), Admin: in.Admin, Expires: in.Expires,
	})
}

func (s *site) apiRemoveMember(r *http.Request, _ none) (none, error) {
	return none{}, s.Store.RemoveMember(r.Context(), rights(r), pathNumber(r, "group"), pathNumber(r, "person"))
}

type invitationJSON struct {
	Email   string    `json:"email"`
	Admin   bool      `json:"admin"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero" doc:"Of the membership."`
}

func (s *site) apiInvitations(r *http.Request, _ none) (listJSON[invitationJSON], error) {
	rows, err := s.Store.Invitations(r.Context(), rights(r), pathNumber(r, "group"))
	return jsonWhole(rows, func(v store.Invitation) invitationJSON {
		return invitationJSON{v.Email, v.Admin, v.Created, v.Expires}
	}), err
}

type invitationWish struct {
	Email   string    `json:"email"`
	Admin   bool      `json:"admin,omitzero" doc:"May change who is in the group."`
	Expires time.Time `json:"expires,omitzero" doc:"Of the membership. Without it, never."`
}

func (s *site) apiInvite(r *http.Request, in invitationWish) (none, error) {
	return none{}, s.Store.Invite(r.Context(), rights(r), store.Invitation{
		Group: pathNumber(r, "group"), Email: in.Email, Admin: in.Admin, Expires: in.Expires,
	})
}

func (s *site) apiUninvite(r *http.Request, _ none) (none, error) {
	return none{}, s.Store.Uninvite(r.Context(), rights(r), pathNumber(r, "group"), r.PathValue("email"))
}

type grantJSON struct {
	Dataset    datasetRefJSON `json:"dataset"`
	Group      refJSON        `json:"group"`
	Permission string         `json:"permission" doc:"view, edit, manage, admin, or a word of another service."`
	Since      time.Time      `json:"since"`
	Expires    time.Time      `json:"expires,omitzero"`
}

func jsonGrant(g store.GrantRow) grantJSON {
	return grantJSON{datasetRefJSON{g.Dataset, g.DatasetName, g.DatasetTitle}, refJSON{g.Group, g.GroupName}, g.Permission, g.Since, g.Expires}
}

func (s *site) apiGrantsOf(r *http.Request, _ none) (listJSON[grantJSON], error) {
	rows, err := s.Store.GrantsOf(r.Context(), rights(r), pathNumber(r, "group"))
	return jsonWhole(rows, jsonGrant), err
}
