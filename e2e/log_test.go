package e2e

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

// A logbook keeps the log of a portal, which writes one JSON object a line.
type logbook struct {
	mu      sync.Mutex
	rest    []byte // of a line that is not whole
	lines   []string
	entries []entry
}

// An entry is a line of the log, or what is asked of one: empty fields may be anything.
type entry struct {
	Msg, Method, Route, Deny string
	Status                   int
}

func (e entry) is(want entry) bool {
	return (want.Msg == "" || e.Msg == want.Msg) && (want.Method == "" || e.Method == want.Method) &&
		(want.Route == "" || e.Route == want.Route) && (want.Deny == "" || e.Deny == want.Deny) &&
		(want.Status == 0 || e.Status == want.Status)
}

// renewal is a request to renew the cookies.
func renewal() entry { return entry{Msg: "request", Method: "POST", Route: "session"} }

// Write takes what the portal says.
func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			e = entry{Msg: "no JSON"} // a race, for example
		}
		l.lines, l.entries = append(l.lines, string(line)), append(l.entries, e)
		l.rest = slices.Clone(rest)
	}
}

// String is the end of the log.
func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines[max(0, len(l.lines)-60):], "\n")
}

// count counts the entries like want.
func (l *logbook) count(want entry) int { return len(l.since(0, want)) }

// mark is how many entries there are; see since.
func (l *logbook) mark() int { return l.count(entry{}) }

// since returns the entries like want that have come after a mark.
func (l *logbook) since(mark int, want entry) []entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []entry
	for _, e := range l.entries[mark:] {
		if e.is(want) {
			found = append(found, e)
		}
	}
	return found
}
