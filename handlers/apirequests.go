package handlers

import (
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// requestOperations are for asking for access, and for answering.
func (s *site) requestOperations() []operation {
	const share, admin = access.ScopeShare, access.ScopeAdmin
	state := parameter{name: "state", words: []string{
		string(store.Waiting), string(store.Approved), string(store.Declined), string(store.Withdrawn),
	}}
	return []operation{
		call("GET requests", "The requests that you may answer", admin, s.apiRequests,
			searchParams(state, sortParam("created", "dataset", "person", "state", "decided"))...),
		call("POST requests", "Ask for access to a listed dataset", share, s.apiAddRequest),
		call("GET requests/{request}", "A request of yours, or one that you may answer", share, s.apiRequest),
		call("POST requests/{request}/withdraw", "Take back a request of yours", share, s.apiWithdraw),
		call("POST requests/{request}/approve", "Let somebody in", admin, s.apiApprove),
		call("POST requests/{request}/decline", "Let somebody not in", admin, s.apiDecline),
	}
}

type requestJSON struct {
	ID       int64          `json:"id"`
	Dataset  datasetRefJSON `json:"dataset"`
	Person   personJSON     `json:"person"`
	Sentence string         `json:"sentence"`
	State    string         `json:"state" enum:"waiting approved declined withdrawn"`
	Answer   string         `json:"answer,omitzero" doc:"Why it was declined."`
	Group    *refJSON       `json:"group,omitzero" doc:"Into which it was approved."`
	Expires  time.Time      `json:"expires,omitzero" doc:"Of the membership."`
	Decider  *personJSON    `json:"decider,omitzero"`
	Created  time.Time      `json:"created"`
	Decided  time.Time      `json:"decided,omitzero"`
}

func jsonRequest(q store.Request) requestJSON {
	out := requestJSON{
		ID: q.ID, Dataset: datasetRefJSON{q.Dataset, q.DatasetName, q.DatasetTitle}, Person: jsonPerson(q.Who), Sentence: q.Sentence,
		State: string(q.State), Answer: q.Answer, Expires: q.Expires, Decider: jsonSomebody(q.Decider), Created: q.Created, Decided: q.Decided,
	}
	if q.Group != 0 {
		out.Group = &refJSON{q.Group, q.GroupName}
	}
	return out
}

func (s *site) apiRequests(r *http.Request, _ none) (listJSON[requestJSON], error) {
	q, err := askedPart(r)
	if err != nil {
		return listJSON[requestJSON]{}, err
	}
	rows, total, err := s.Store.Requests(r.Context(), rights(r), store.RequestState(r.URL.Query().Get("state")), q)
	return jsonList(q, rows, total, jsonRequest), err
}

func (s *site) apiOwnRequests(r *http.Request, _ none) (listJSON[requestJSON], error) {
	rows, err := s.Store.RequestsOf(r.Context(), rights(r), apiSubject(r))
	return jsonWhole(rows, jsonRequest), err
}

func (s *site) apiRequest(r *http.Request, _ none) (requestJSON, error) {
	q, err := s.Store.Request(r.Context(), rights(r), pathNumber(r, "request"))
	return jsonRequest(q), err
}

type requestWish struct {
	Dataset  string `json:"dataset" doc:"Its name."`
	Sentence string `json:"sentence" doc:"What you want to see the data for."`
}

func (s *site) apiAddRequest(r *http.Request, in requestWish) (madeJSON, error) {
	d, ok := rights(r).Known(in.Dataset)
	if !ok {
		return madeJSON{}, fmt.Errorf("dataset %q: %w", in.Dataset, fs.ErrNotExist)
	}
	mails, err := s.requestMails(r, d, in.Sentence)
	if err != nil {
		return madeJSON{}, err
	}
	id, err := s.Store.AddRequest(r.Context(), rights(r), d.ID, in.Sentence, mails)
	if err == nil {
		s.mailed(mails)
	}
	return apiMade(r, id, err)
}

func (s *site) apiWithdraw(r *http.Request, _ none) (none, error) {
	return none{}, s.Store.Withdraw(r.Context(), rights(r), pathNumber(r, "request"))
}

type approvalWish struct {
	Group   int64     `json:"group,omitzero" doc:"The id of the group they come into. Without it, one for the viewers of the dataset, made if need be."`
	Expires time.Time `json:"expires,omitzero" doc:"Of the membership. Without it, never."`
}

type declineWish struct {
	Reason string `json:"reason,omitzero"`
}

// apiApprove answers with the request as it is then.
func (s *site) apiApprove(r *http.Request, in approvalWish) (requestJSON, error) {
	id := pathNumber(r, "request")
	a := store.Approval{Group: in.Group, Expires: in.Expires}
	q, err := s.Store.Request(r.Context(), rights(r), id)
	if err != nil {
		return requestJSON{}, err
	}
	mails, err := s.approvalMails(r, q, a)
	if err != nil {
		return requestJSON{}, err
	}
	if _, err = s.Store.Approve(r.Context(), rights(r), id, a, mails); err != nil {
		return requestJSON{}, err
	}
	s.mailed(mails)
	return s.apiRequest(r, none{})
}

// apiDecline answers with the request as it is then.
func (s *site) apiDecline(r *http.Request, in declineWish) (requestJSON, error) {
	id := pathNumber(r, "request")
	q, err := s.Store.Request(r.Context(), rights(r), id)
	if err != nil {
		return requestJSON{}, err
	}
	mails := s.declineMails(q, in.Reason)
	if err := s.Store.Decline(r.Context(), rights(r), id, in.Reason, mails); err != nil {
		return requestJSON{}, err
	}
	s.mailed(mails)
	return s.apiRequest(r, none{})
}
