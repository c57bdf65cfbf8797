package store

import (
	"fmt"
	"time"

	"ngportal/access"
)

// A Query asks for a part of a long list.
type Query struct {
	Text   string // to be found in names or addresses, whatever the case; "" for all
	Sort   string // one of the list's columns; "" or an unknown one for its own order
	Desc   bool
	Offset int
	Limit  int // at most [MaxList]; 0 for that
}

// MaxList is how many rows of a list are given at a time.
const MaxList = 500

// A Fault says what is wrong with one field of what somebody has filled in, in a sentence for them. It wraps [ErrInvalid].
type Fault struct {
	Field string // as the forms and the API call it
	Text  string
}

func (f *Fault) Error() string { return f.Field + ": " + f.Text }

// Unwrap returns [ErrInvalid].
func (f *Fault) Unwrap() error { return ErrInvalid }

func faulty(field, format string, args ...any) error {
	return &Fault{field, fmt.Sprintf(format, args...)}
}

// ending is an end as it is kept: 0 for never.
func ending(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return millis(t)
}

// endOf is the inverse of ending.
func endOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return instant(ms)
}

// flag is a truth as it is kept.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// objectOf names what a row of the audit is about.
func objectOf(kind string, id any) string { return fmt.Sprintf("%s %v", kind, id) }

// What the audit keeps of things before and after a change. [Store.Undo] reads them again.
type (
	memberFacts struct {
		Group   int64 `json:"group"`
		Person  int64 `json:"person"`
		Admin   bool  `json:"admin"`
		Expires int64 `json:"expires,omitempty"` // milliseconds since 1970; 0 for never
	}
	grantFacts struct {
		Dataset    int64  `json:"dataset"`
		Group      int64  `json:"group"`
		Permission string `json:"permission"`
		Expires    int64  `json:"expires,omitempty"`
	}
)

func memberFact(m access.Member) memberFacts {
	return memberFacts{m.Group, m.Person, m.Admin, ending(m.Expires)}
}

func grantFact(g access.Grant) grantFacts {
	return grantFacts{g.Dataset, g.Group, g.Permission, ending(g.Expires)}
}
