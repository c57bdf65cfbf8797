package edge

import (
	"context"
	"crypto/sha256"
	"net"
	"net/http"
	"sync"
	"time"

	"ngportal/cloudfront"
)

// Limits of bodies under way: so many in all, and so many for one person, so that whoever reads a
// thousand things at once, or hangs on them, keeps nobody else waiting.

// whoTime is how long a session's person is remembered. It only decides who waits for whom.
const whoTime = time.Minute

// maxWho is how many sessions and signatures are remembered.
const maxWho = 1 << 16

var errBusy = &fault{status: http.StatusServiceUnavailable, message: "The server is busy. Try again in a moment.", retry: true}

// A reader is somebody in the limits: [sha256.Sum256] of a person's name or of a signature.
type reader [sha256.Size]byte

// limits counts bodies under way. It is safe for concurrent use.
type limits struct {
	all      chan struct{}
	each     int
	patience time.Duration

	mu   sync.Mutex
	ours map[reader]*turns
	who  map[reader]known // by session and by signature
}

// turns are those of one reader.
type turns struct {
	slots chan struct{}
	users int // requests that hold or wait for one
}

type known struct {
	reader reader
	until  time.Time
}

func newLimits(all, each int, patience time.Duration) *limits {
	return &limits{
		all: make(chan struct{}, all), each: each, patience: patience,
		ours: map[reader]*turns{}, who: map[reader]known{},
	}
}

// acquire waits for a turn of r, first among its own, then among all. The caller calls release.
func (l *limits) acquire(ctx context.Context, r reader) (release func(), err error) {
	own := l.join(r)
	var timer *time.Timer
	take := func(slots chan struct{}) error {
		select {
		case slots <- struct{}{}:
			return nil
		default:
		}
		if timer == nil {
			timer = time.NewTimer(l.patience)
		}
		select {
		case slots <- struct{}{}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return errBusy
		}
	}
	defer func() {
		if timer != nil {
			timer.Stop()
		}
	}()
	if err := take(own.slots); err != nil {
		l.leave(r, own)
		return nil, err
	}
	if err := take(l.all); err != nil {
		<-own.slots
		l.leave(r, own)
		return nil, err
	}
	return func() {
		<-l.all
		<-own.slots
		l.leave(r, own)
	}, nil
}

func (l *limits) join(r reader) *turns {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.ours[r]
	if own == nil {
		own = &turns{slots: make(chan struct{}, l.each)}
		l.ours[r] = own
	}
	own.users++
	return own
}

func (l *limits) leave(r reader, own *turns) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if own.users--; own.users == 0 {
		delete(l.ours, r)
	}
}

// reader tells who reads with the signed cookies c, which are good: the person they were made for, if that was here and
// not long ago; else whose session comes with the request, if one does; else whoever has these cookies.
func (e *edge) reader(r *http.Request, c cloudfront.Cookies) reader {
	holder := holderOf(c)
	if who, ok := e.limits.recall(holder, e.Now()); ok {
		return who
	}
	if token := e.token(r); token != "" {
		return e.person(r, token, holder)
	}
	return holder
}

func holderOf(c cloudfront.Cookies) reader { return sha256.Sum256([]byte("signature " + c.Signature)) }

func personOf(name string) reader { return sha256.Sum256([]byte("person " + name)) }

// person is whose session token is, or otherwise if it is nobody's.
func (e *edge) person(r *http.Request, token string, otherwise reader) reader {
	session := reader(sha256.Sum256([]byte("session " + token)))
	now := e.Now()
	if who, ok := e.limits.recall(session, now); ok {
		return who
	}
	k := known{otherwise, now.Add(whoTime)}
	if person, err := e.Guard.Who(r.Context(), token); err == nil {
		k.reader = personOf(person)
	}
	e.limits.remember(session, k, now)
	return k.reader
}

// stranger is a reader of public data: who it is nobody asks, so its address must do.
func stranger(r *http.Request) reader {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return sha256.Sum256([]byte("address " + host))
}

// recall tells who is behind a session or a signature.
func (l *limits) recall(key reader, now time.Time) (reader, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, ok := l.who[key]
	return k.reader, ok && now.Before(k.until)
}

// remember keeps k; when there are too many it forgets what is old, or else everything.
func (l *limits) remember(key reader, k known, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.who) >= maxWho {
		for s, old := range l.who {
			if !now.Before(old.until) {
				delete(l.who, s)
			}
		}
		if len(l.who) >= maxWho {
			clear(l.who)
		}
	}
	l.who[key] = k
}
