package handlers

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// meOperations are about whoever asks. Those about themselves and about others are the same: see apiSubject.
func (s *site) meOperations() []operation {
	const read, share, admin = access.ScopeRead, access.ScopeShare, access.ScopeAdmin
	return []operation{
		call("GET me", "Who you are, and what the credential may be used for", read, s.apiMe),
		call("PATCH me", "Change your name", admin, s.apiRename),
		call("GET me/access", "The datasets that you may see, and why", read, s.apiAccess, searchParams()...),
		call("GET me/groups", "The groups that you are in", read, s.apiMemberships),
		call("GET me/affiliations", "Where you work or worked", read, s.apiAffiliations),
		call("GET me/terms", "The terms that you have accepted", read, s.apiAccepted),
		call("GET me/requests", "Your requests for access, the newest first", share, s.apiOwnRequests),
		call("GET me/sessions", "The browsers in which you are signed in", admin, s.apiSessions),
		call("DELETE me/sessions", "Sign out everywhere but here", admin, s.apiEndSessions),
		call("DELETE me/sessions/{session}", "Sign out one browser", admin, s.apiEndSession),
		call("GET me/identities", "The ways in which you sign in", admin, s.apiIdentities),
		call("DELETE me/identities", "Remove a way to sign in", admin, s.apiRemoveIdentity, identityParams()...),
		call("GET me/services", "Your service accounts", admin, s.apiOwnServices),
		call("GET me/tokens", "Your tokens, also those that have ended", admin, s.apiTokens),
		call("POST me/tokens", "Make a token. Its secret is shown this once", admin, s.apiAddToken),
		call("DELETE me/tokens/{token}", "Revoke a token", admin, s.apiRevokeToken),
	}
}

func identityParams() []parameter { return []parameter{textParam("issuer"), textParam("subject")} }

// apiSubject is whom a request is about: whose number is in its path, or else whoever sends it.
func apiSubject(r *http.Request) int64 {
	if r.PathValue("person") != "" {
		return pathNumber(r, "person")
	}
	return person(r).ID
}

type personJSON struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Email   string `json:"email,omitzero" doc:"Verified, in small letters."`
	Service bool   `json:"service,omitzero" doc:"A service account."`
}

func jsonPerson(p access.Person) personJSON { return personJSON{p.ID, p.Name, p.Email, p.Service} }

// jsonSomebody is nil for nobody.
func jsonSomebody(p access.Person) *personJSON {
	if !p.SignedIn() {
		return nil
	}
	out := jsonPerson(p)
	return &out
}

type profileJSON struct {
	ID       int64       `json:"id"`
	Name     string      `json:"name"`
	Email    string      `json:"email,omitzero"`
	Service  bool        `json:"service,omitzero"`
	Named    bool        `json:"named" doc:"The name was chosen here; else it is the identity provider's."`
	Admin    bool        `json:"admin" doc:"Administers the portal."`
	Disabled bool        `json:"disabled"`
	Owner    *personJSON `json:"owner,omitzero" doc:"Of a service account."`
	Created  time.Time   `json:"created"`
	Seen     time.Time   `json:"seen,omitzero" doc:"Last sign-in, or use of a token."`
}

func jsonProfile(p store.Profile) profileJSON {
	return profileJSON{p.ID, p.Name, p.Email, p.Service, p.Named, p.Admin, p.Disabled, jsonSomebody(p.Owner), p.Created, p.Seen}
}

type meJSON struct {
	Profile profileJSON `json:"profile"`
	Scope   string      `json:"scope" enum:"read share admin"`
	Via     string      `json:"via" doc:"The credential: session, or token and its id."`
	Acting  bool        `json:"acting" doc:"There is something that you may administer with it."`
}

func (s *site) apiMe(r *http.Request, _ none) (meJSON, error) {
	may := rights(r)
	p, err := s.Store.Profile(r.Context(), may, may.Person().ID)
	return meJSON{jsonProfile(p), may.Scope().String(), may.Via, may.Acting()}, err
}

type nameJSON struct {
	Name string `json:"name" doc:"Empty to go by what the sign-in says."`
}

func (s *site) apiRename(r *http.Request, in nameJSON) (none, error) {
	return none{}, s.Store.ChangeProfile(r.Context(), rights(r), person(r).ID, store.ProfileChange{Name: &in.Name})
}

type sessionJSON struct {
	ID       string    `json:"id"`
	Current  bool      `json:"current,omitzero" doc:"The one that asks."`
	Provider string    `json:"provider" doc:"By which they signed in."`
	Agent    string    `json:"agent" doc:"The browser, in its own words."`
	Address  string    `json:"address" doc:"On the network."`
	Created  time.Time `json:"created"`
	Seen     time.Time `json:"seen"`
	Expires  time.Time `json:"expires"`
}

func (s *site) apiSessions(r *http.Request, _ none) (listJSON[sessionJSON], error) {
	rows, err := s.Store.SessionsOf(r.Context(), rights(r), apiSubject(r))
	here := visitOf(r).session.Hash
	return jsonWhole(rows, func(one store.Session) sessionJSON {
		// What names a session is the hash of the secret in its cookie, which does not lead back to it.
		return sessionJSON{
			hex.EncodeToString(one.Hash[:]), one.Hash == here, one.Provider, one.Agent, one.Address, one.Created, one.Seen, one.Expires,
		}
	}), err
}

func (s *site) apiEndSession(r *http.Request, _ none) (none, error) {
	var h store.Hash // the zero one is nobody's
	if b, err := hex.DecodeString(r.PathValue("session")); err == nil && len(b) == len(h) {
		h = store.Hash(b)
	}
	return none{}, s.Store.EndSession(r.Context(), rights(r), apiSubject(r), h)
}

type endedJSON struct {
	Ended int `json:"ended" doc:"How many."`
}

func (s *site) apiEndSessions(r *http.Request, _ none) (endedJSON, error) {
	n, err := s.Store.EndSessions(r.Context(), rights(r), apiSubject(r), visitOf(r).session.Hash)
	return endedJSON{n}, err
}

type identityJSON struct {
	Provider string    `json:"provider"`
	Issuer   string    `json:"issuer"`
	Subject  string    `json:"subject" doc:"The provider's own name for the person."`
	Email    string    `json:"email,omitzero"`
	Name     string    `json:"name"`
	Created  time.Time `json:"created"`
	Seen     time.Time `json:"seen,omitzero"`
}

func (s *site) apiIdentities(r *http.Request, _ none) (listJSON[identityJSON], error) {
	rows, err := s.Store.Identities(r.Context(), rights(r), apiSubject(r))
	return jsonWhole(rows, func(i store.LinkedIdentity) identityJSON {
		return identityJSON{i.Provider, i.Issuer, i.Subject, i.Email, i.Name, i.Created, i.Seen}
	}), err
}

func (s *site) apiRemoveIdentity(r *http.Request, _ none) (none, error) {
	q := r.URL.Query()
	return none{}, s.Store.RemoveIdentity(r.Context(), rights(r), apiSubject(r), q.Get("issuer"), q.Get("subject"))
}

type tokenJSON struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Scope   string    `json:"scope" enum:"read share admin"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Used    time.Time `json:"used,omitzero" doc:"To the minute."`
	Address string    `json:"address,omitzero" doc:"From which it was last used."`
	Revoked bool      `json:"revoked"`
}

func jsonToken(t store.Token) tokenJSON {
	return tokenJSON{t.ID, t.Name, t.Scope.String(), t.Created, t.Expires, t.Used, t.Address, t.Revoked}
}

func (s *site) apiTokens(r *http.Request, _ none) (listJSON[tokenJSON], error) {
	rows, err := s.Store.Tokens(r.Context(), rights(r), apiSubject(r))
	return jsonWhole(rows, jsonToken), err
}

type tokenWish struct {
	Name    string    `json:"name"`
	Scope   string    `json:"scope" enum:"read share admin"`
	Expires time.Time `json:"expires,omitzero" doc:"Within a year. Only tokens of service accounts may be without end."`
}

type newTokenJSON struct {
	Token  tokenJSON `json:"token"`
	Secret string    `json:"secret" doc:"32 hexadecimal digits, for the header Authorization. It is not kept and cannot be shown again."`
	at     string
}

func (t newTokenJSON) address() string { return t.at }

func (s *site) apiAddToken(r *http.Request, in tokenWish) (newTokenJSON, error) {
	scope, _ := access.ParseScope(in.Scope) // the store finds fault with none
	t, secret, err := s.Store.AddToken(r.Context(), rights(r), apiSubject(r), in.Name, scope, in.Expires)
	return newTokenJSON{jsonToken(t), secret, r.URL.Path + "/" + strconv.FormatInt(t.ID, 10)}, err
}

// apiRevokeToken revokes a token of the account in the path, so that a slip of the number ends nobody else's.
func (s *site) apiRevokeToken(r *http.Request, _ none) (none, error) {
	id := pathNumber(r, "token")
	theirs, err := s.Store.Tokens(r.Context(), rights(r), apiSubject(r))
	if err != nil {
		return none{}, err
	}
	for _, t := range theirs {
		if t.ID == id {
			return none{}, s.Store.RevokeToken(r.Context(), rights(r), id)
		}
	}
	return none{}, notHere()
}
