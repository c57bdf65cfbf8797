package auth

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"ngportal/access"
)

// A FactStore knows who may do what; [store.Store] does.
type FactStore interface {
	Revision(ctx context.Context) (int64, error)
	Facts(ctx context.Context) (access.Facts, int64, error)
}

// Policies holds the policy in force. It asks the database each time whether anything has changed, so that what one
// process has changed counts in all of them from the next request on. It is safe for concurrent use.
type Policies struct {
	facts FactStore
	held  atomic.Pointer[heldPolicy]
	one   singleflight.Group

	mu     sync.Mutex
	missed map[string]time.Time // when locations were last looked for in vain
}

const (
	loadTime  = 30 * time.Second // to read all facts; thousands of people take a second
	routeTime = 5 * time.Second
	missTime  = time.Second
	maxMissed = 1000
)

type heldPolicy struct {
	policy   *access.Policy
	revision int64
}

// NewPolicies returns the policies of facts. It reads nothing yet.
func NewPolicies(facts FactStore) *Policies { return &Policies{facts: facts} }

// Current returns the policy in force. The error is the store's, or that of ctx: it is unknown who may do what.
func (p *Policies) Current(ctx context.Context) (*access.Policy, error) {
	for {
		revision, err := p.facts.Revision(ctx)
		if err != nil {
			return nil, err
		}
		h, err := p.load(ctx, revision)
		if err != nil {
			return nil, err
		}
		// A reading that others have begun may be older. After that the revision is asked anew: it goes back when a
		// backup is restored, and then there is none so new.
		if h.revision >= revision {
			return h.policy, nil
		}
	}
}

// load returns what is held if it is of this revision, else it reads the facts. Those who come meanwhile wait for the same reading.
func (p *Policies) load(ctx context.Context, revision int64) (*heldPolicy, error) {
	if h := p.held.Load(); h != nil && h.revision == revision {
		return h, nil
	}
	done := p.one.DoChan("", func() (any, error) {
		if h := p.held.Load(); h != nil && h.revision == revision {
			return h, nil
		}
		// Whoever asked first may leave; the answer is for the others, too.
		patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTime)
		defer cancel()
		facts, n, err := p.facts.Facts(patient)
		if err != nil {
			return nil, err
		}
		h := &heldPolicy{access.New(facts), n}
		p.held.Store(h)
		return h, nil
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("read who may do what: %w", ctx.Err())
	case r := <-done:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*heldPolicy), nil
	}
}

// Rights returns what who may do now by the policy in force, as in [access.Policy.For].
func (p *Policies) Rights(ctx context.Context, who access.Person, now time.Time) (access.Rights, error) {
	policy, err := p.Current(ctx)
	if err != nil {
		return access.Rights{}, err
	}
	return policy.For(who, access.ScopeAdmin, now), nil
}

// Route is [access.Policy.Route] of the policy that is held, which [Policies.Watch] keeps new. It waits for the
// database only for a location that is not known yet, and asks about each that is not there once a second at most.
func (p *Policies) Route(id string) (access.Location, bool) {
	if h := p.held.Load(); h != nil {
		if loc, ok := h.policy.Route(id); ok {
			return loc, true
		}
	}
	// Whoever asks has a cookie for it, so it may be new here.
	if p.missing(id) {
		return access.Location{}, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), routeTime)
	defer cancel()
	policy, err := p.Current(ctx)
	if err != nil {
		return access.Location{}, false
	}
	loc, ok := policy.Route(id)
	if !ok {
		p.miss(id)
	}
	return loc, ok
}

// missing reports whether a location has just been looked for in vain.
func (p *Policies) missing(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.missed[id]
	return ok && time.Since(at) < missTime
}

// miss notes that a location is not there.
func (p *Policies) miss(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.missed == nil || len(p.missed) >= maxMissed {
		p.missed = map[string]time.Time{}
	}
	p.missed[id] = time.Now()
}

// Watch keeps the policy that Route reads new, until ctx is done.
func (p *Policies) Watch(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for well := true; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		_, err := p.Current(ctx)
		if err != nil && well && ctx.Err() == nil {
			log.LogAttrs(ctx, slog.LevelWarn, "who may do what cannot be read", slog.Any("err", err))
		}
		well = err == nil
	}
}
