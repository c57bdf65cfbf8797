package auth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/edge"
	"ngportal/store"
)

const (
	// MaxLocations is how many locations a browser holds cookies for. Browsers keep about 180
	// cookies for a domain and then drop the portal's own; each location takes four.
	MaxLocations = 20

	ticketTime = time.Minute
)

// ErrTooMany is wrapped when a view needs more than [MaxLocations] locations.
var ErrTooMany = errors.New("too many locations")

// A Viewer lets people on from the portal to the viewer host, and tells the host what they may
// read. It asks the policy each time, so that a grant that is withdrawn ends there, and a
// portal session that ends takes its viewers along. It implements [edge.Sessions] and
// [edge.Guard]. It is safe for concurrent use.
type Viewer struct {
	Store    *store.Store
	Policies *Policies
	Idle     time.Duration // as in [SessionConfig]: a viewer that renews its cookies keeps the session in use
	Lifetime time.Duration // of the cookies that the host sets, for the audit
	Now      func() time.Time
}

var (
	_ edge.Sessions = (*Viewer)(nil)
	_ edge.Guard    = (*Viewer)(nil)
)

// Ticket returns a ticket, good once and for a minute, that opens the viewer at fragment ("!" and
// a state) with the given locations.
//
// The error wraps [ErrTooMany], [fs.ErrPermission] if the session's person may not see one of them, and
// [fs.ErrNotExist] if the session has ended or a location is not there.
func (v *Viewer) Ticket(ctx context.Context, session store.Session, locations []string, fragment string) (string, error) {
	if len(locations) > MaxLocations {
		return "", fmt.Errorf("ticket: %w: %d, and %d is the limit", ErrTooMany, len(locations), MaxLocations)
	}
	may, err := v.rights(ctx, session)
	if err != nil {
		return "", err
	}
	for _, id := range locations {
		if _, _, err = may.Location(id); err != nil {
			return "", fmt.Errorf("ticket: %w", err)
		}
	}
	ticket := secret()
	err = v.Store.AddTicket(ctx, store.Ticket{
		Hash: store.HashOf(ticket), Session: session.Hash, Locations: locations,
		Fragment: fragment, Expires: v.Now().Add(ticketTime),
	})
	if err != nil {
		return "", err
	}
	return ticket, nil
}

// Opened returns the locations that viewers of the session have been opened for: the browser may
// hold cookies for them.
func (v *Viewer) Opened(ctx context.Context, session store.Session) ([]string, error) {
	return v.Store.ViewerLocations(ctx, session.Hash)
}

// Redeem opens the viewer that the ticket is for. The grant covers what other tabs of the same browser have
// opened, too. The error wraps [fs.ErrNotExist] if the ticket is unknown, used or too old, if its
// session has ended, and if all that it is for has been withdrawn.
func (v *Viewer) Redeem(ctx context.Context, ticket string) (edge.Opened, error) {
	now := v.Now()
	t, err := v.Store.TakeTicket(ctx, store.HashOf(ticket), now)
	if err != nil {
		return edge.Opened{}, err
	}
	session, err := v.Store.Session(ctx, t.Session)
	if err == nil && !session.Live(now) {
		err = fmt.Errorf("redeem ticket: the session has lapsed: %w", fs.ErrNotExist)
	}
	if err != nil {
		return edge.Opened{}, err
	}
	by, err := v.rights(ctx, session)
	if err != nil {
		return edge.Opened{}, err
	}
	may, _ := sift(by, t.Locations)
	if len(may) == 0 && len(t.Locations) > 0 {
		return edge.Opened{}, fmt.Errorf("redeem ticket: all access has been withdrawn: %w", fs.ErrNotExist)
	}
	token := secret()
	all, gone, err := v.Store.OpenViewer(ctx,
		store.Viewer{Hash: store.HashOf(token), Session: session, Locations: may, Created: now}, MaxLocations)
	if err != nil {
		return edge.Opened{}, err
	}
	g, err := v.grant(ctx, by, token, session, all)
	if err != nil {
		return edge.Opened{}, err
	}
	g.Gone = append(g.Gone, gone...)
	return edge.Opened{Grant: g, Fragment: t.Fragment}, nil
}

// Renew asks anew what the viewer may read. The error wraps [fs.ErrPermission] if the viewer or its portal
// session has ended, or all has been withdrawn; then the grant's Gone alone is set.
func (v *Viewer) Renew(ctx context.Context, token string) (edge.Grant, error) {
	viewer, err := v.live(ctx, token)
	if err != nil {
		return edge.Grant{Gone: viewer.Locations}, err
	}
	if err = touch(ctx, v.Store, &viewer.Session, v.Now(), v.Idle); err != nil {
		return edge.Grant{Gone: viewer.Locations}, ended(err)
	}
	by, err := v.rights(ctx, viewer.Session)
	if err != nil {
		return edge.Grant{}, err
	}
	g, err := v.grant(ctx, by, token, viewer.Session, viewer.Locations)
	if err != nil {
		return edge.Grant{}, err
	}
	if len(g.Locations) == 0 && len(g.Gone) > 0 {
		return edge.Grant{Gone: g.Gone}, fmt.Errorf("renew viewer: all access has been withdrawn: %w", fs.ErrPermission)
	}
	return g, nil
}

// End ends the viewers of the browser that holds token, and returns what they were opened for. The portal
// session goes on. It is no error if there is no such viewer.
func (v *Viewer) End(ctx context.Context, token string) (gone []string, err error) {
	viewer, err := v.Store.Viewer(ctx, store.HashOf(token))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return viewer.Locations, v.Store.EndViewers(ctx, viewer.Session.Hash)
}

// MayRead tells whether the viewer may read a location now: it was opened for it, and its person
// may see it. The error wraps [fs.ErrPermission] if not.
func (v *Viewer) MayRead(ctx context.Context, token, locationID string) error {
	viewer, err := v.live(ctx, token)
	if err != nil {
		return err
	}
	if slices.Contains(viewer.Locations, locationID) {
		may, err := v.rights(ctx, viewer.Session)
		if err != nil {
			return err
		}
		_, _, err = may.Location(locationID)
		return ended(err)
	}
	return fmt.Errorf("location %q: the viewer was not opened for it: %w", locationID, fs.ErrPermission)
}

// Who names the person whose viewer it is. The error wraps [fs.ErrPermission] if the viewer has ended.
func (v *Viewer) Who(ctx context.Context, token string) (string, error) {
	viewer, err := v.live(ctx, token)
	if err != nil {
		return "", err
	}
	return reader(viewer.Session), nil
}

// reader names whose reads count as one: a person's, or those of the browser of somebody who has not signed in.
func reader(s store.Session) string {
	if s.Person.SignedIn() {
		return strconv.FormatInt(s.Person.ID, 10)
	}
	return fmt.Sprintf("session %x", s.Hash[:8])
}

// State returns the state of a link if the viewer's person may see every dataset that it uses. The error wraps
// [fs.ErrPermission] if not, or the viewer has ended, and [fs.ErrNotExist] if there is no such link.
func (v *Viewer) State(ctx context.Context, token, slug string) ([]byte, error) {
	viewer, err := v.live(ctx, token)
	if err != nil {
		return nil, err
	}
	link, err := v.Store.Link(ctx, slug)
	if err != nil {
		return nil, err
	}
	may, err := v.rights(ctx, viewer.Session)
	if err != nil {
		return nil, err
	}
	for _, id := range link.Locations {
		if _, _, err := may.Location(id); err != nil {
			return nil, ended(err)
		}
	}
	return link.State, nil
}

// live returns a viewer whose portal session counts. The error wraps [fs.ErrPermission] if it has ended.
func (v *Viewer) live(ctx context.Context, token string) (store.Viewer, error) {
	viewer, err := v.Store.Viewer(ctx, store.HashOf(token))
	if err != nil {
		return store.Viewer{}, ended(err)
	}
	if !viewer.Session.Live(v.Now()) {
		return viewer, fmt.Errorf("the session has lapsed: %w", fs.ErrPermission)
	}
	return viewer, nil
}

// ended makes [fs.ErrPermission] of [fs.ErrNotExist]: what has ended or left the configuration may not be read.
func ended(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", fs.ErrPermission, err.Error())
	}
	return err
}

// rights are what the person of a session may do now. Not knowing is an error: it must not look like a grant withdrawn.
func (v *Viewer) rights(ctx context.Context, session store.Session) (access.Rights, error) {
	r, err := v.Policies.Rights(ctx, session.Person, v.Now())
	r.Via, r.From = "session", session.Address
	return r, err
}

func (v *Viewer) grant(ctx context.Context, by access.Rights, token string, session store.Session, locations []string) (edge.Grant, error) {
	expires := session.Expires
	if session.IdleExpires.Before(expires) {
		expires = session.IdleExpires
	}
	may, gone := sift(by, locations)
	return edge.Grant{Token: token, Person: reader(session), Expires: expires, Locations: may, Gone: gone}, v.noteCookies(ctx, by, may, expires)
}

// sift parts locations into those that may be seen and the others.
func sift(by access.Rights, locations []string) (may, mayNot []string) {
	for _, id := range locations {
		if _, _, err := by.Location(id); err == nil {
			may = append(may, id)
		} else {
			mayNot = append(mayNot, id)
		}
	}
	return may, mayNot
}

// noteCookies writes into the audit for what cookies are about to be set, and until when. Without the note there are none.
func (v *Viewer) noteCookies(ctx context.Context, by access.Rights, locations []string, expires time.Time) error {
	if len(locations) == 0 {
		return nil
	}
	if until := v.Now().Add(v.Lifetime); until.Before(expires) {
		expires = until
	}
	return v.Store.Note(ctx, by, store.Entry{
		Event: store.CookiesIssued, Object: strings.Join(locations, " "), Detail: "until " + expires.UTC().Format(time.RFC3339),
	})
}
