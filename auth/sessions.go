package auth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"ngportal/access"
	"ngportal/store"
)

const (
	// touchEvery is how coarsely use is noted, so that not every page is a write.
	touchEvery = time.Minute

	idKey = "id" // in the cookies' values
)

// SessionStore keeps who is signed in; [store.Store] does.
type SessionStore interface {
	SignIn(ctx context.Context, in store.SignIn) (access.Person, error)
	AddSession(ctx context.Context, n store.Session, replaced store.Hash) error
	Session(ctx context.Context, h store.Hash) (store.Session, error)
	TouchSession(ctx context.Context, h store.Hash, seen, idleExpires time.Time) error
	DeleteSession(ctx context.Context, h store.Hash) error
}

// SessionConfig is what [NewSessions] needs.
type SessionConfig struct {
	URL      string // of the portal: https, or http on this computer
	Keys     Keys
	Idle     time.Duration // after which an unused session ends
	Absolute time.Duration // after which any session ends
	Admins   []string      // addresses of those who administer the portal from their first sign-in on
	Store    SessionStore
	Now      func() time.Time
}

// Sessions remembers who is signed in, by browser. It is safe for concurrent use.
type Sessions struct {
	c        SessionConfig
	admins   []string // in lower case
	sid, pre *jar
}

// NewSessions returns the sessions of the portal at c.URL. On https the cookies are named
// __Host-sid and __Host-pre and sent over https only. On http, which is refused unless the
// host is this computer, they are sid and pre, because Safari takes no Secure cookie there.
func NewSessions(c SessionConfig) (*Sessions, error) {
	u, err := url.Parse(c.URL)
	if err != nil || !trustworthy(c.URL) {
		return nil, fmt.Errorf("the portal's address %q must be https://…; http:// will do on this computer only, as http://localhost:8080", c.URL)
	}
	if len(c.Keys.pairs) == 0 {
		return nil, errors.New("sessions: there are no keys")
	}
	if c.Idle < touchEvery || c.Absolute < c.Idle {
		return nil, fmt.Errorf("sessions: idle (%s) must be at least %s and no longer than absolute (%s)", c.Idle, touchEvery, c.Absolute)
	}
	secure := u.Scheme == "https"
	out := &Sessions{
		c:   c,
		sid: newJar("sid", secure, c.Absolute, c.Keys),
		pre: newJar("pre", secure, preLoginTime, c.Keys),
	}
	for _, email := range c.Admins {
		out.admins = append(out.admins, strings.ToLower(email))
	}
	return out, nil
}

// Person returns who sends r, and the session of their browser. Both are zero if it has none, or none that is live; the
// person alone is zero in a session of somebody who has not signed in, see [Sessions.Visit].
// It notes that the session is in use. The error is the store's: it is unknown who it is.
func (s *Sessions) Person(r *http.Request) (access.Person, store.Session, error) {
	id := s.sid.read(r)
	if id == "" {
		return access.Person{}, store.Session{}, nil
	}
	session, err := s.c.Store.Session(r.Context(), store.HashOf(id))
	if err == nil && !session.Live(s.c.Now()) {
		err = fs.ErrNotExist
	}
	if err == nil {
		err = s.touch(r.Context(), &session)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return access.Person{}, store.Session{}, nil
	case err != nil:
		return access.Person{}, store.Session{}, err
	}
	return session.Person, session, nil
}

func (s *Sessions) touch(ctx context.Context, session *store.Session) error {
	return touch(ctx, s.c.Store, session, s.c.Now(), s.c.Idle)
}

// touch notes that a session is in use now.
func touch(ctx context.Context, to interface {
	TouchSession(ctx context.Context, h store.Hash, seen, idleExpires time.Time) error
}, session *store.Session, now time.Time, idle time.Duration,
) error {
	if now.Sub(session.Seen) < touchEvery {
		return nil
	}
	until := now.Add(idle)
	err := to.TouchSession(ctx, session.Hash, now, until)
	if errors.Is(err, store.ErrUnavailable) {
		return nil // A full disk must not sign everybody out; what they change will tell them.
	}
	if err == nil {
		session.Seen, session.IdleExpires = now, until
	}
	return err
}

// SignIn begins a session in this browser of whoever has the identity, under a new id; a session that the browser had
// before ends with everything that hangs on it. address is where the browser is. Nothing is sent on an error, which
// wraps [store.ErrDisabled] if the person may not come in.
func (s *Sessions) SignIn(w http.ResponseWriter, r *http.Request, provider string, identity access.Identity, address string) error {
	if identity.Issuer == "" || identity.Subject == "" {
		return errors.New("sign in: the identity has no issuer or no subject")
	}
	id, session, replaced := s.begin(r, provider, address)
	_, err := s.c.Store.SignIn(r.Context(), store.SignIn{
		Identity: identity, Session: session, Replaced: replaced, Admins: s.admins,
	})
	if err != nil {
		return err
	}
	return s.sid.write(w, r, id)
}

// Visit begins a session of somebody who has not signed in and opens public data.
func (s *Sessions) Visit(w http.ResponseWriter, r *http.Request, address string) (store.Session, error) {
	id, session, replaced := s.begin(r, "", address)
	if err := s.c.Store.AddSession(r.Context(), session, replaced); err != nil {
		return store.Session{}, err
	}
	return session, s.sid.write(w, r, id)
}

// begin makes a session of nobody yet, and finds the one that it takes the place of.
func (s *Sessions) begin(r *http.Request, provider, address string) (id string, _ store.Session, replaced store.Hash) {
	if old := s.sid.read(r); old != "" {
		replaced = store.HashOf(old)
	}
	id, now := secret(), s.c.Now()
	return id, store.Session{
		Hash: store.HashOf(id), Provider: provider, Agent: clean(r.UserAgent(), maxName), Address: address,
		Created: now, Seen: now, IdleExpires: now.Add(s.c.Idle), Expires: now.Add(s.c.Absolute),
	}, replaced
}

// SignOut ends the session of this browser, its tickets and its viewers, and removes the
// cookie. It is no error if nobody is signed in.
func (s *Sessions) SignOut(w http.ResponseWriter, r *http.Request) error {
	if id := s.sid.read(r); id != "" {
		if err := s.c.Store.DeleteSession(r.Context(), store.HashOf(id)); err != nil {
			return err
		}
	}
	return s.sid.remove(w, r)
}

// SetPreLogin gives the browser the id of a sign-in that has begun; see [OIDC.Begin].
func (s *Sessions) SetPreLogin(w http.ResponseWriter, r *http.Request, preID string) error {
	return s.pre.write(w, r, preID)
}

// TakePreLogin returns the id of the sign-in that was begun in this browser and removes it;
// it is "" if there is none. See [OIDC.Complete].
func (s *Sessions) TakePreLogin(w http.ResponseWriter, r *http.Request) (preID string, err error) {
	preID = s.pre.read(r)
	return preID, s.pre.remove(w, r)
}

// A jar reads and writes one cookie, which holds an id.
type jar struct {
	name  string
	store *sessions.CookieStore
}

func newJar(name string, secure bool, lifetime time.Duration, keys Keys) *jar {
	if secure {
		name = "__Host-" + name
	}
	cs := sessions.NewCookieStore(keys.pairs...)
	// gorilla's own defaults are SameSite=None, 30 days and readable by scripts.
	cs.Options = &sessions.Options{Path: "/", Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	// Options.MaxAge is the browser's limit; this sets the one for what we accept, too.
	cs.MaxAge(int(lifetime / time.Second))
	return &jar{name, cs}
}

// read returns the id in r's cookie, or "" if it has none or none of ours.
func (j *jar) read(r *http.Request) string {
	// New, not Get: Get keeps sessions in the request, where a changed id would not be seen.
	session, err := j.store.New(r, j.name)
	if err != nil {
		return ""
	}
	id, _ := session.Values[idKey].(string)
	return id
}

func (j *jar) write(w http.ResponseWriter, r *http.Request, id string) error {
	session, _ := j.store.New(r, j.name) // Its error is about the old cookie, which goes.
	session.Values = map[any]any{idKey: id}
	return j.save(w, r, session)
}

func (j *jar) remove(w http.ResponseWriter, r *http.Request) error {
	session, _ := j.store.New(r, j.name)
	session.Values = map[any]any{}
	session.Options.MaxAge = -1
	return j.save(w, r, session)
}

func (j *jar) save(w http.ResponseWriter, r *http.Request, session *sessions.Session) error {
	if err := j.store.Save(r, w, session); err != nil {
		return fmt.Errorf("write cookie %s: %w", j.name, err)
	}
	return nil
}
