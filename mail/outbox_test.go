package mail_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	ngmail "ngportal/mail"
)

// An outbox is what the store is to be, in memory. Its clock is its own, so that nobody has to wait.
type outbox struct {
	mu      sync.Mutex
	clock   time.Time
	entries []*entry
	broken  error         // what Sent and Failed say
	idle    chan struct{} // if not nil, gets a word when there is nothing to claim
}

type entry struct {
	queued   ngmail.Queued
	due      time.Time
	sent     bool
	givenUp  bool
	failures []string // when it is due again, and why
}

func (o *outbox) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.clock
}

func (o *outbox) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clock = o.clock.Add(d)
}

func (o *outbox) queue(m ngmail.Message) *entry {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := &entry{queued: ngmail.Queued{ID: int64(len(o.entries) + 1), Created: o.clock, Message: m}, due: o.clock}
	o.entries = append(o.entries, e)
	return e
}

func (o *outbox) Claim(_ context.Context, now time.Time, lease time.Duration) (ngmail.Queued, bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.entries {
		if !e.sent && !e.givenUp && !e.due.After(now) {
			e.due = now.Add(lease)
			e.queued.Tries++
			return e.queued, true, nil
		}
	}
	select {
	case o.idle <- struct{}{}:
	default:
	}
	return ngmail.Queued{}, false, nil
}

func (o *outbox) Sent(ctx context.Context, id int64, _ time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.broken != nil || ctx.Err() != nil {
		return errors.Join(o.broken, ctx.Err())
	}
	o.entries[id-1].sent = true
	return nil
}

func (o *outbox) Failed(ctx context.Context, id int64, reason string, next time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.broken != nil || ctx.Err() != nil {
		return errors.Join(o.broken, ctx.Err())
	}
	e := o.entries[id-1]
	if e.sent {
		return nil
	}
	pause := "never"
	if !next.IsZero() {
		pause = next.Sub(o.clock).String()
	}
	e.failures = append(e.failures, pause)
	e.due, e.givenUp = next, next.IsZero()
	if !strings.Contains(reason, "SMTP") {
		e.failures = append(e.failures, reason)
	}
	return nil
}

func (o *outbox) state(e *entry) (sent, givenUp bool, failures []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return e.sent, e.givenUp, append([]string(nil), e.failures...)
}
