package auth_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/auth"
)

// A factStore is facts that a test can change. It counts how often it is asked.
type factStore struct {
	mu          sync.Mutex
	facts       access.Facts
	n           int64
	err         error
	asks, loads int
	hold        chan struct{} // if there is one, reading the facts waits for it
}

func newFacts(f access.Facts) *factStore { return &factStore{facts: f, n: 1} }

func (s *factStore) Revision(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asks++
	return s.n, s.err
}

func (s *factStore) Facts(ctx context.Context) (access.Facts, int64, error) {
	s.mu.Lock()
	s.loads++
	f, n, err, hold := s.facts, s.n, s.err, s.hold
	s.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return access.Facts{}, 0, ctx.Err()
		}
	}
	return f, n, err
}

func (s *factStore) set(f access.Facts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.facts, s.n = f, s.n+1
}

// restore puts facts in place as of an earlier revision.
func (s *factStore) restore(f access.Facts, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.facts, s.n = f, n
}

func (s *factStore) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *factStore) counts() (asks, loads int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asks, s.loads
}

// sees tells what of the datasets A and B Ada may see by p.
func sees(t *testing.T, p *auth.Policies) string {
	t.Helper()
	r, err := p.Rights(t.Context(), adaPerson, time.Unix(1893456000, 0))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range r.Visible() {
		names = append(names, d.Name)
	}
	return strings.Join(names, " ")
}

// Whom the group is of that a test grants a dataset to.
const (
	everyone = 1
	public   = 2
	adas     = 3 // Ada alone is in it
)

// granted has the datasets A, with two locations, and B, and the groups that may view each. Ada is the person 1.
func granted(a, b []int64) access.Facts {
	f := access.Facts{
		Accounts: []access.Account{{ID: 1}},
		Groups: []access.Group{
			{ID: everyone, Name: "everyone", Kind: access.Everyone}, {ID: public, Name: "public", Kind: access.Public}, {ID: adas, Name: "Ada's"},
		},
		Members: []access.Member{{Group: adas, Person: 1}},
		Datasets: []access.Dataset{
			{ID: 1, Name: "A", Locations: []access.Location{
				{ID: "loc-a1", Bucket: "b", Prefix: "a1/"}, {ID: "loc-a2", Bucket: "b", Prefix: "a2/"},
			}},
			{ID: 2, Name: "B", Locations: []access.Location{{ID: "loc-b1", Bucket: "b", Prefix: "b1/"}}},
		},
	}
	for _, g := range a {
		f.Grants = append(f.Grants, access.Grant{Dataset: 1, Group: g, Permission: "view"})
	}
	for _, g := range b {
		f.Grants = append(f.Grants, access.Grant{Dataset: 2, Group: g, Permission: "view"})
	}
	return f
}

// to is the groups that a dataset is granted to.
func to(groups ...int64) []int64 { return groups }
