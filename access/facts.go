package access

import "time"

// A GroupKind tells a group that has members from those that need none.
type GroupKind string

// The kinds of groups. There is one group of each but the first.
const (
	Members  GroupKind = ""         // who is in it is written down
	Everyone GroupKind = "everyone" // whoever has signed in, service accounts too
	Public   GroupKind = "public"   // whoever comes, signed in or not
)

// A Group is who grants are given to.
type Group struct {
	ID   int64
	Name string
	Kind GroupKind
}

// A Member is somebody in a group.
type Member struct {
	Group   int64
	Person  int64
	Admin   bool // may change who is in it
	Since   time.Time
	Expires time.Time // zero: never
}

// A Grant allows a group something on a dataset.
type Grant struct {
	Dataset    int64
	Group      int64
	Permission string // view, edit, manage or admin, or another service's word
	Since      time.Time
	Expires    time.Time // zero: never
}

// An Account is what counts of a person or a service account.
type Account struct {
	ID       int64
	Admin    bool  // administers the portal
	Disabled bool  // may do nothing
	Owner    int64 // of a service account, which may do nothing either while its owner is disabled; 0 for a person
}

// An Acceptance is the newest version of some terms that somebody has accepted.
type Acceptance struct {
	Person  int64
	Terms   int64
	Version int
}

// Facts are all that decides who may do what. Order does not matter, but for that of Datasets, which is the one
// they are shown in.
type Facts struct {
	Accounts    []Account
	Groups      []Group
	Members     []Member
	Datasets    []Dataset // Locations are those that are in use
	Grants      []Grant
	Acceptances []Acceptance
}

// over reports whether something that expires has done so.
func over(expires, now time.Time) bool { return !expires.IsZero() && !now.Before(expires) }
