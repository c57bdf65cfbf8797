package store

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/mail"
)

// A RequestState is how far a request for access has come.
type RequestState string

// The states of a request.
const (
	Waiting   RequestState = "waiting"
	Approved  RequestState = "approved"
	Declined  RequestState = "declined"
	Withdrawn RequestState = "withdrawn"
)

// A Request is somebody's wish to see a listed dataset.
type Request struct {
	ID           int64
	Dataset      int64
	DatasetName  string
	DatasetTitle string
	Who          access.Person
	Sentence     string // theirs
	State        RequestState
	Answer       string // why it was declined
	Group        int64  // into which it was approved
	GroupName    string
	Expires      time.Time // of the membership; zero: never
	Decider      access.Person
	Created      time.Time
	Decided      time.Time
}

// An Approval lets somebody in.
type Approval struct {
	Group   int64     // into which they come; 0 makes a group for the viewers of the dataset, or takes the one made before
	Expires time.Time // of the membership; zero: never
}

// maxSentence is how many characters the words of a request, and those of its answer, may have.
const maxSentence = 2000

const (
	requestColumns = `r.id, r.dataset, d.name, d.title, p.id, p.kind, p.name, p.email, r.sentence, r.state, r.answer,
		coalesce(r.grp, 0), coalesce(g.name, ''), r.expires, coalesce(w.id, 0), coalesce(w.name, ''), coalesce(w.email, ''), r.created, r.decided`
	fromRequests = `requests r JOIN datasets d ON d.id = r.dataset JOIN people p ON p.id = r.person
		LEFT JOIN groups g ON g.id = r.grp LEFT JOIN people w ON w.id = r.decider`
)

func scanRequest(row scan) (Request, error) {
	var r Request
	var kind string
	var expires, created, decided int64
	err := row(&r.ID, &r.Dataset, &r.DatasetName, &r.DatasetTitle, &r.Who.ID, &kind, &r.Who.Name, &r.Who.Email, &r.Sentence, &r.State,
		&r.Answer, &r.Group, &r.GroupName, &expires, &r.Decider.ID, &r.Decider.Name, &r.Decider.Email, &created, &decided)
	r.Who.Service = kind == kindService
	if r.DatasetTitle == "" {
		r.DatasetTitle = r.DatasetName
	}
	r.Expires, r.Created, r.Decided = endOf(expires), instant(created), endOf(decided)
	return r, err
}

func requestByID(ctx context.Context, q querier, id int64) (Request, error) {
	return scanRequest(q.QueryRowContext(ctx, "SELECT "+requestColumns+" FROM "+fromRequests+" WHERE r.id = ?", id).Scan)
}

func (r Request) entry(what Event) Entry {
	return Entry{Event: what, Subject: r.Who.ID, Dataset: r.DatasetName, Object: objectOf("request", r.ID)}
}

// AddRequest asks for access to a dataset that is listed, and queues mails that tell of it. It returns the request's id.
// The error is an [*access.Refusal] for whoever has not signed in and for service accounts, a [*Fault] of sentence, or
// of dataset if they may see it already or a request of theirs waits, and wraps [fs.ErrNotExist] for other datasets.
func (s *Store) AddRequest(ctx context.Context, by access.Rights, dataset int64, sentence string, mails []mail.Message) (int64, error) {
	if err := by.MayShare(); err != nil {
		return 0, err
	}
	me := by.Person()
	if me.Service {
		return 0, refusal("A service account does not ask for access. Put it into a group that has it.")
	}
	sentence, err := textOf("sentence", sentence, maxSentence)
	switch {
	case err != nil:
		return 0, err
	case sentence == "":
		return 0, faulty("sentence", "Say in a sentence what you want to see the data for.")
	case by.Level(dataset) >= access.View:
		return 0, faulty("dataset", "You may see this dataset already.")
	}
	var id int64
	err = s.change(ctx, "ask for access", func(tx *writer) error {
		r := Request{Who: me, Dataset: dataset}
		if r.DatasetName, err = askable(ctx, tx, dataset, me.ID); err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, "INSERT INTO requests (dataset, person, sentence, created) VALUES (?, ?, ?, ?) RETURNING id",
			dataset, me.ID, sentence, millis(by.Now())).Scan(&r.ID)
		if err != nil {
			return err
		}
		if err = queue(ctx, tx, mails, by.Now()); err != nil {
			return err
		}
		id = r.ID
		e := r.entry(AccessRequested)
		e.Detail = sentence
		return note(ctx, tx, e.by(by))
	})
	return id, err
}

// askable returns the name of a dataset if it is listed, and finds fault with asking for it twice.
func askable(ctx context.Context, tx *writer, dataset, person int64) (name string, err error) {
	err = tx.QueryRowContext(ctx, "SELECT name FROM datasets WHERE id = ? AND listed = 1 AND retired = 0", dataset).Scan(&name)
	if err != nil {
		return "", err
	}
	var waiting int
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM requests WHERE dataset = ? AND person = ? AND state = ?", dataset, person, Waiting).
		Scan(&waiting)
	if err == nil && waiting > 0 {
		return "", faulty("dataset", "You have asked for it already, and wait for an answer.")
	}
	return name, err
}

// managed asks for the requests r that by may answer.
func (l *listing) managed(by access.Rights) {
	if by.Administers() {
		return
	}
	var ids []int64
	for _, d := range by.Manages() {
		ids = append(ids, d.ID)
	}
	l.among("r.dataset", ids)
}

// Requests returns the requests in a state, or in any if it is "", that q asks for, and how many there are in all: those
// for the datasets that by manages, all to administrators of the portal. It searches dataset, person and sentence, and
// sorts by created (its own order, the oldest first), dataset, person, state and decided. The error is an
// [*access.Refusal] for whoever has nothing to administer.
func (s *Store) Requests(ctx context.Context, by access.Rights, state RequestState, q Query) (out []Request, total int, err error) {
	if err = mayAct(by); err != nil {
		return nil, 0, err
	}
	err = s.look(ctx, "list requests", func(from querier) error {
		out = nil
		l := listing{
			columns: requestColumns, from: fromRequests,
			sorts: map[string]string{
				"created": "r.created", "dataset": "d.folded", "person": "lower(p.name)", "state": "r.state", "decided": "r.decided",
			},
			order: "r.created", unique: "r.id",
		}
		l.managed(by)
		if state != "" {
			l.where, l.args = append(l.where, "r.state = ?"), append(l.args, state)
		}
		l.search(q.Text, "lower(d.name)", "lower(d.title)", "lower(p.name)", "p.email", "lower(r.sentence)")
		total, err = l.read(ctx, from, q, func(row scan) error {
			r, fault := scanRequest(row)
			out = append(out, r)
			return fault
		})
		return err
	})
	return out, total, err
}

// RequestsOf returns the requests of a person, the newest first. They may ask themselves, and administrators of the
// portal; the error is an [*access.Refusal] for others.
func (s *Store) RequestsOf(ctx context.Context, by access.Rights, person int64) ([]Request, error) {
	if err := mayKnow(by, person); err != nil {
		return nil, err
	}
	var out []Request
	err := s.look(ctx, "list requests of a person", func(q querier) error {
		out = nil
		return each(ctx, q, "SELECT "+requestColumns+" FROM "+fromRequests+` WHERE r.person = ?
			ORDER BY r.created DESC, r.id DESC`, func(row scan) error {
			r, err := scanRequest(row)
			out = append(out, r)
			return err
		}, person)
	})
	return out, err
}

// Request returns one request. Whoever has made it may ask, and those who manage its dataset; the error is an
// [*access.Refusal] for others, and wraps [fs.ErrNotExist] if there is none.
func (s *Store) Request(ctx context.Context, by access.Rights, id int64) (Request, error) {
	var r Request
	err := s.look(ctx, "read request", func(q querier) (err error) {
		r, err = requestByID(ctx, q, id)
		return err
	})
	switch me := by.Person(); {
	case err != nil && (me.SignedIn() || !errors.Is(err, fs.ErrNotExist)):
		return Request{}, err
	case err == nil && me.SignedIn() && r.Who.ID == me.ID, err == nil && by.Administers():
		return r, nil
	}
	if err := by.MayManage(r.Dataset, access.Manage); err != nil {
		return Request{}, err
	}
	return r, nil
}

// WaitingRequests counts the requests that by may answer; for whoever manages nothing there are none.
func (s *Store) WaitingRequests(ctx context.Context, by access.Rights) (int, error) {
	l := listing{where: []string{"r.state = ?"}, args: []any{Waiting}}
	l.managed(by)
	var total int
	err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM requests r WHERE "+strings.Join(l.where, " AND "), l.args...).Scan(&total)
	return total, explain("count requests", err)
}
