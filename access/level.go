package access

import (
	"fmt"
	"regexp"
)

// A Level is how much a permission on a dataset allows. Each holds those before it.
type Level int

// The levels: see the data; change what is kept with them; say who may see and change them;
// say who may say so, and under which terms.
const (
	None Level = iota
	View
	Edit
	Manage
	Admin
)

// String returns the level as it is written in a grant; None is "none".
func (l Level) String() string {
	switch l {
	case View:
		return "view"
	case Edit:
		return "edit"
	case Manage:
		return "manage"
	case Admin:
		return "admin"
	case None:
	}
	return "none"
}

// LevelOf returns the level that a permission stands for. Permissions that are not ours, which other services
// give a meaning, are None.
func LevelOf(permission string) Level {
	for l := View; l <= Admin; l++ {
		if l.String() == permission {
			return l
		}
	}
	return None
}

var permissionForm = regexp.MustCompile(`^[a-z][a-z0-9_.:-]{0,63}$`)

// CheckPermission tells why a permission cannot be granted, or nil. The error wraps [ErrInvalid].
func CheckPermission(permission string) error {
	if permissionForm.MatchString(permission) && permission != None.String() {
		return nil
	}
	return fmt.Errorf("%w: permission %q: it is view, edit, manage, admin, or a word of another service "+
		"with small letters, digits, '_', '.', ':' and '-', at most 64", ErrInvalid, permission)
}

// A Scope is how much of what its owner may do a credential can be used for. Each holds those before it.
type Scope int

// The scopes: look; look and share; all that the owner may do. A browser session has all. The zero Scope is none.
const (
	NoScope Scope = iota
	ScopeRead
	ScopeShare
	ScopeAdmin
)

// String returns the scope as it is written; NoScope is "none".
func (s Scope) String() string {
	switch s {
	case ScopeRead:
		return "read"
	case ScopeShare:
		return "share"
	case ScopeAdmin:
		return "admin"
	case NoScope:
	}
	return "none"
}

// ParseScope reads a scope. The error wraps [ErrInvalid].
func ParseScope(word string) (Scope, error) {
	for s := ScopeRead; s <= ScopeAdmin; s++ {
		if s.String() == word {
			return s, nil
		}
	}
	return NoScope, fmt.Errorf("%w: scope %q: it is read, share or admin", ErrInvalid, word)
}
