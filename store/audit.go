package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"ngportal/access"
)

// An Event is a kind of thing that the audit tells of.
type Event string

// The events. Those that change something have a before and an after.
const (
	SignedIn         Event = "signed-in"
	SignInRefused    Event = "sign-in-refused"
	SignedOut        Event = "signed-out"
	SessionEnded     Event = "session-ended"
	Refused          Event = "refused"
	LinkOpened       Event = "link-opened"
	LinkMade         Event = "link-made"
	CookiesIssued    Event = "cookies-issued"
	PersonChanged    Event = "person-changed"
	ServiceMade      Event = "service-account-made"
	IdentityAdded    Event = "identity-added"
	IdentityRemoved  Event = "identity-removed"
	AffiliationsSet  Event = "affiliations-changed"
	GroupMade        Event = "group-made"
	GroupChanged     Event = "group-changed"
	GroupRemoved     Event = "group-removed"
	MemberChanged    Event = "member-changed"
	InviteChanged    Event = "invitation-changed"
	DatasetMade      Event = "dataset-made"
	DatasetChanged   Event = "dataset-changed"
	LocationChanged  Event = "location-changed"
	GrantChanged     Event = "grant-changed"
	TermsMade        Event = "terms-made"
	TermsChanged     Event = "terms-changed"
	TermsAccepted    Event = "terms-accepted"
	AccessRequested  Event = "access-requested"
	RequestAnswered  Event = "request-answered"
	RequestWithdrawn Event = "request-withdrawn"
	TokenMade        Event = "token-made"
	TokenRevoked     Event = "token-revoked"
	AppChanged       Event = "app-changed"
	Seeded           Event = "configured"
)

// An Entry is one row of the audit.
type Entry struct {
	ID      int64
	At      time.Time
	Event   Event
	Person  int64  // who did it; 0 for nobody or the program itself
	Actor   string // what they were called then
	Via     string // by what credential
	Address string // from where
	Subject int64  // whom it was done to, if it was somebody
	Dataset string // name of the one it was about, if it was one
	Object  string // what else it was about, such as "group 12" or the ids of locations
	Detail  string // a sentence's worth of more
	Before  string // JSON objects of what was changed; "" for what was not there
	After   string
}

// by fills in who acts.
func (e Entry) by(r access.Rights) Entry {
	who := r.Person()
	e.Person, e.Actor, e.Via, e.Address, e.At = who.ID, actor(who), r.Via, r.From, r.Now()
	return e
}

// actor is what the audit calls somebody.
func actor(who access.Person) string {
	switch {
	case !who.SignedIn():
		return "nobody"
	case who.Email != "":
		return who.Email
	}
	return who.Name
}

// changed fills in what there was and what there is; nil is nothing.
func (e Entry) changed(before, after any) Entry {
	e.Before, e.After = jsonOf(before), jsonOf(after)
	return e
}

func jsonOf(v any) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%q", err) // only our own plain structs come here
	}
	return string(text)
}

// Note writes what has happened into the audit.
func (s *Store) Note(ctx context.Context, by access.Rights, e Entry) error {
	return s.change(ctx, "note in the audit", func(tx *writer) error { return note(ctx, tx, e.by(by)) })
}

// note writes an entry in a transaction that does more.
func note(ctx context.Context, tx *writer, e Entry) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO audit (at, event, person, actor, via, address, subject, dataset, object, detail, before, after)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, millis(e.At), e.Event, e.Person, cut(e.Actor, maxName), cut(e.Via, maxName),
		cut(e.Address, maxName), e.Subject, e.Dataset, cut(e.Object, maxDetail), cut(e.Detail, maxDetail), e.Before, e.After)
	return err
}

const maxDetail = 4096 // bytes

// alter changes who may do what: do returns what it has done for the audit, or no event if it has done nothing.
// Every process knows of it by the new revision.
func (s *Store) alter(ctx context.Context, by access.Rights, what string, do func(tx *writer) (Entry, error)) error {
	return s.change(ctx, what, func(tx *writer) error {
		e, err := do(tx)
		if err != nil || e.Event == "" {
			return err
		}
		if err := note(ctx, tx, e.by(by)); err != nil {
			return err
		}
		return revise(ctx, tx)
	})
}

// revise counts a change of the facts.
func revise(ctx context.Context, tx *writer) error {
	_, err := tx.ExecContext(ctx, "UPDATE revision SET n = n + 1")
	return err
}
