package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"ngportal/access"
	"ngportal/mail"
)

type requestFacts struct {
	State   RequestState `json:"state"`
	Group   int64        `json:"group,omitempty"`
	Expires int64        `json:"expires,omitempty"`
}

// pending returns a request that waits for by's answer. The error is an [*access.Refusal] if by does not manage its dataset,
// and a [*Fault] of state if it does not wait any more.
func pending(ctx context.Context, tx *writer, by access.Rights, id int64) (Request, error) {
	r, err := requestByID(ctx, tx, id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return r, err
	}
	// Of a request that is not there nobody manages the dataset.
	if refused := mayManage(by, r.Dataset, access.Manage); refused != nil {
		return r, refused
	}
	if err != nil {
		return r, err
	}
	return r, r.stillWaits()
}

func (r Request) stillWaits() error {
	const day = "2 January 2006"
	switch who := actor(r.Decider); r.State {
	case Waiting:
		return nil
	case Approved:
		return faulty("state", "%s has approved this request on %s.", who, r.Decided.Format(day))
	case Declined:
		return faulty("state", "%s has declined this request on %s.", who, r.Decided.Format(day))
	default:
		return faulty("state", "This request was withdrawn on %s.", r.Decided.Format(day))
	}
}

// answer closes a request in the way that next has it, queues mails, and returns what the audit is to tell.
func (r Request) answer(ctx context.Context, tx *writer, by access.Rights, next Request, mails []mail.Message) (Entry, error) {
	var group any
	if next.Group != 0 {
		group = next.Group
	}
	_, err := tx.ExecContext(ctx, "UPDATE requests SET state = ?, answer = ?, grp = ?, expires = ?, decider = ?, decided = ? WHERE id = ?",
		next.State, next.Answer, group, ending(next.Expires), by.Person().ID, millis(by.Now()), r.ID)
	if err != nil {
		return Entry{}, err
	}
	e := r.entry(RequestAnswered).changed(requestFacts{State: r.State}, requestFacts{next.State, next.Group, ending(next.Expires)})
	e.Detail = next.Answer
	return e, queue(ctx, tx, mails, by.Now())
}

// Approve lets the person of a request into a group that has a grant on its dataset, and returns the group. A member
// stays in it for longer if that is asked for, never for shorter, and stays its administrator. Mails tell of it.
//
// The error is an [*access.Refusal] for whoever does not manage the dataset, or may not put people into the group; a
// [*Fault] of state if the request waits no longer, which says who has answered it, or of group, expires or person. It
// wraps [fs.ErrNotExist] if an administrator of the portal names a request that is not there.
func (s *Store) Approve(ctx context.Context, by access.Rights, id int64, a Approval, mails []mail.Message) (int64, error) {
	var group int64
	err := s.alter(ctx, by, "approve request", func(tx *writer) (Entry, error) {
		r, err := pending(ctx, tx, by, id)
		if err != nil {
			return Entry{}, err
		}
		if err = checkEnd(by, a.Expires); err != nil {
			return Entry{}, err
		}
		who, err := profileOf(ctx, tx, r.Who.ID)
		switch {
		case err != nil:
			return Entry{}, err
		case who.Disabled:
			return Entry{}, faulty("person", "The account of %s is disabled.", actor(who.Person))
		}
		if group, err = r.group(ctx, tx, by, a.Group); err != nil {
			return Entry{}, err
		}
		if err = r.admit(ctx, tx, by, access.Member{Group: group, Person: r.Who.ID, Expires: a.Expires}); err != nil {
			return Entry{}, err
		}
		return r.answer(ctx, tx, by, Request{State: Approved, Group: group, Expires: a.Expires}, mails)
	})
	if err != nil {
		return 0, err
	}
	return group, nil
}

// group returns the group into which to let somebody: chosen, or if that is 0 the one for viewers.
func (r Request) group(ctx context.Context, tx *writer, by access.Rights, chosen int64) (int64, error) {
	if chosen == 0 {
		return r.viewers(ctx, tx, by)
	}
	if err := by.MayAdmit(chosen); err != nil {
		return 0, err
	}
	if _, err := memberGroup(ctx, tx, chosen); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	held, err := grantRows(ctx, tx, "t.grp = ?", chosen)
	if err != nil {
		return 0, err
	}
	for _, g := range held {
		if g.Dataset == r.Dataset && access.LevelOf(g.Permission) >= access.View && lasts(g.Expires, by.Now()) {
			return chosen, nil
		}
	}
	return 0, faulty("group", "Members of this group may not see the dataset. Choose one that has a grant on it.")
}

func lasts(expires, now time.Time) bool { return expires.IsZero() || now.Before(expires) }

// viewers returns the group named after the dataset whose members may view it and nothing else, and makes it if there is
// none. Who makes it leads it, unless they administer the portal: else they could not take anybody out again.
func (r Request) viewers(ctx context.Context, tx *writer, by access.Rights) (int64, error) {
	g := groupFacts{Name: r.DatasetTitle + " viewers", Description: "Those whose requests for access have been approved."}
	var err error
	if g.Name, err = nameOf("group", g.Name); err != nil {
		return 0, faulty("group", "The title of the dataset is too long to name a group after it. Choose a group.")
	}
	err = tx.QueryRowContext(ctx, "SELECT id FROM groups WHERE folded = ?", folded(g.Name)).Scan(&g.ID)
	if err == nil {
		return g.ID, r.onlyViews(ctx, tx, by, g.ID)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	grant := access.Grant{Dataset: r.Dataset, Permission: access.View.String()}
	for _, step := range []func() (Entry, error){
		func() (Entry, error) { return addGroup(ctx, tx, &g, access.Members, by.Now()) },
		func() (Entry, error) {
			grant.Group = g.ID
			return putGrant(ctx, tx, grant, by.Now())
		},
		func() (Entry, error) {
			if by.Administers() {
				return Entry{}, nil
			}
			return putMember(ctx, tx, access.Member{Group: g.ID, Person: by.Person().ID, Admin: true}, by.Now())
		},
	} {
		if err = noted(ctx, tx, by, step); err != nil {
			return 0, err
		}
	}
	return g.ID, nil
}

// noted does one step of a change that has several, and notes it in the audit.
func noted(ctx context.Context, tx *writer, by access.Rights, step func() (Entry, error)) error {
	e, err := step()
	if err != nil || e.Event == "" {
		return err
	}
	return note(ctx, tx, e.by(by))
}

// onlyViews finds fault with a group that opens anything but the view of the dataset.
func (r Request) onlyViews(ctx context.Context, tx *writer, by access.Rights, group int64) error {
	g, err := memberGroup(ctx, tx, group)
	if err != nil {
		return err
	}
	held, err := grantRows(ctx, tx, "t.grp = ?", g.ID)
	if err != nil {
		return err
	}
	if len(held) == 1 && held[0].Dataset == r.Dataset && held[0].Permission == access.View.String() && lasts(held[0].Expires, by.Now()) {
		return nil
	}
	return faulty("group", "The group “%s” does not open just this dataset. Choose a group.", g.Name)
}

// admit puts somebody into a group, or lets them be in it for longer. The audit tells by which request.
func (r Request) admit(ctx context.Context, tx *writer, by access.Rights, m access.Member) error {
	was, err := readMember(ctx, tx, m.Group, m.Person)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err == nil {
		m.Admin = was.Admin
		if was.Expires.IsZero() || !m.Expires.IsZero() && was.Expires.After(m.Expires) {
			m.Expires = was.Expires
		}
	}
	return noted(ctx, tx, by, func() (Entry, error) {
		e, err := putMember(ctx, tx, m, by.Now())
		e.Detail = objectOf("request", r.ID)
		return e, err
	})
}

// Decline answers a request with no, and why; the reason may be empty. Mails tell of it. The error is an
// [*access.Refusal] for whoever does not manage the dataset, a [*Fault] of reason, or of state if the request waits no
// longer, and wraps [fs.ErrNotExist] if an administrator of the portal names a request that is not there.
func (s *Store) Decline(ctx context.Context, by access.Rights, id int64, reason string, mails []mail.Message) error {
	return s.tell(ctx, by, "decline request", func(tx *writer) (Entry, error) {
		r, err := pending(ctx, tx, by, id)
		if err != nil {
			return Entry{}, err
		}
		if reason, err = textOf("reason", reason, maxSentence); err != nil {
			return Entry{}, err
		}
		return r.answer(ctx, tx, by, Request{State: Declined, Answer: reason}, mails)
	})
}

// Withdraw takes back one's own request. The error is an [*access.Refusal] for others, also if there is no such request,
// and a [*Fault] of state if it waits no longer.
func (s *Store) Withdraw(ctx context.Context, by access.Rights, id int64) error {
	if err := by.MayShare(); err != nil {
		return err
	}
	return s.tell(ctx, by, "withdraw request", func(tx *writer) (Entry, error) {
		r, err := requestByID(ctx, tx, id)
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return Entry{}, err
		case err != nil || r.Who.ID != by.Person().ID:
			return Entry{}, refusal("You may only withdraw requests of your own.")
		}
		if err = r.stillWaits(); err != nil {
			return Entry{}, err
		}
		_, err = tx.ExecContext(ctx, "UPDATE requests SET state = ?, decided = ? WHERE id = ?", Withdrawn, millis(by.Now()), id)
		e := r.entry(RequestWithdrawn)
		return e.changed(requestFacts{State: Waiting}, requestFacts{State: Withdrawn}), err
	})
}
