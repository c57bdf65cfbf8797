package cloudfront

import (
	"strings"
	"sync"
)

// maxSets bounds a memo: 20 locations of 200 people. A set takes about a kilobyte, at most nine.
const maxSets = 4096

// A memo remembers what sets of cookies grant, so that a set is parsed and its signature checked once and not
// for each chunk. It is safe for concurrent use.
//
// Only sets whose signature held are put in, so nobody without one of our keys can fill it or push others out. They
// are found by all the values that the signature depends on, compared byte for byte: no two sets can be confused.
type memo struct {
	mu   sync.RWMutex
	sets map[Cookies]grant
}

// memoKey leaves Expires out: beside a policy it says nothing, and readers who wrote one number after the other
// would fill the memo with one good set.
func memoKey(c Cookies) Cookies {
	c.Expires = ""
	return c
}

func (m *memo) get(c Cookies) (grant, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	g, ok := m.sets[memoKey(c)]
	return g, ok
}

// put remembers that c grants g. A full memo forgets any other set: if that one is still in use, it costs
// one signature more.
func (m *memo) put(c Cookies, g grant) {
	k := memoKey(c)
	// The values are parts of a header that may be much longer.
	k.Policy, k.Signature = strings.Clone(k.Policy), strings.Clone(k.Signature)
	k.KeyPairID, k.HashAlgorithm = strings.Clone(k.KeyPairID), strings.Clone(k.HashAlgorithm)
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.sets[k]; !there && len(m.sets) >= maxSets {
		for other := range m.sets {
			delete(m.sets, other)
			break
		}
	}
	m.sets[k] = g
}
