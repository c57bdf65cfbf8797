package access_test

import (
	"errors"
	"strings"
	"testing"

	"ngportal/access"
)

func at(id, bucket, prefix string) []access.Location {
	return []access.Location{{ID: id, Bucket: bucket, Prefix: prefix}}
}

// TestCheckDatasetsNamesEveryFault has one fault of each kind.
func TestCheckDatasetsNamesEveryFault(t *testing.T) {
	err := access.CheckDatasets([]access.Dataset{
		{Name: "a b", Locations: at("loc-1", "x", "p/")},
		{Name: "twice", Locations: at("loc-2", "y", "")},
		{Name: "twice", Locations: at("loc-2", "z", "")},
		{Name: "none"},
		{Name: "short", Locations: at("abc", "v", "")},
		{Name: "slash", Locations: at("loc-3", "w", "p")},
		{Name: "inside", Locations: at("loc-4", "x", "p/q/")},
	})
	if !errors.Is(err, access.ErrInvalid) {
		t.Fatalf("error = %v, want ErrInvalid", err)
	}
	for _, want := range []string{
		`"a b"`, `"twice": the name is used twice`, `"loc-2" is used twice`, `"none": it has no location`, `"abc"`, `must end in`,
		`"loc-1" (x/p/) and location "loc-4" (x/p/q/) overlap`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %s:\n%v", want, err)
		}
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != 7 {
		t.Errorf("there are %d faults, want 7:\n%v", got, err)
	}
}

func TestCheckLocation(t *testing.T) {
	others := []access.Location{{ID: "loc-1", Bucket: "x", Prefix: "sub-1/"}, {ID: "loc-2", Bucket: "y"}}
	tests := map[string]struct {
		location access.Location
		says     string // "" if it can stand beside the others
	}{
		"beside, with the same beginning": {access.Location{ID: "loc-3", Bucket: "x", Prefix: "sub-10/"}, ""},
		"the same prefix elsewhere":       {access.Location{ID: "loc-3", Bucket: "z", Prefix: "sub-1/"}, ""},
		"the same place":                  {access.Location{ID: "loc-3", Bucket: "x", Prefix: "sub-1/"}, "overlap"},
		"inside":                          {access.Location{ID: "loc-3", Bucket: "x", Prefix: "sub-1/a/"}, "overlap"},
		"around":                          {access.Location{ID: "loc-3", Bucket: "x"}, "overlap"},
		"inside a whole bucket":           {access.Location{ID: "loc-3", Bucket: "y", Prefix: "a/"}, "overlap"},
		"an id in use":                    {access.Location{ID: "loc-1", Bucket: "z"}, "used twice"},
		"capital letters in the id":       {access.Location{ID: "Loc-3", Bucket: "z"}, "[a-z0-9-]{4,64}"},
		"an id that is too long":          {access.Location{ID: strings.Repeat("a", 65), Bucket: "z"}, "[a-z0-9-]{4,64}"},
		"no slash at the end":             {access.Location{ID: "loc-3", Bucket: "z", Prefix: "a"}, `must end in "/"`},
		"a way up":                        {access.Location{ID: "loc-3", Bucket: "x", Prefix: "a/../sub-1/"}, `the segment ".."`},
		"a zero byte":                     {access.Location{ID: "loc-3", Bucket: "x", Prefix: "a\x00/"}, "zero byte"},
	}
	for name, tt := range tests {
		err := access.CheckLocation(tt.location, others)
		switch {
		case tt.says == "" && err != nil:
			t.Errorf("%s: %v, want nil", name, err)
		case tt.says != "" && (!errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), tt.says)):
			t.Errorf("%s: %v, want ErrInvalid with %q", name, err, tt.says)
		}
	}
}

func TestCheckPermission(t *testing.T) {
	for _, good := range []string{"view", "edit", "manage", "admin", "neuprint:read", "pcg_edit.v2", "a-b", strings.Repeat("a", 64)} {
		if err := access.CheckPermission(good); err != nil {
			t.Errorf("CheckPermission(%q) = %v, want nil", good, err)
		}
	}
	for _, bad := range []string{"", "none", "View", "1a", " view", "view\n", "a b", "é", strings.Repeat("a", 65)} {
		if err := access.CheckPermission(bad); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("CheckPermission(%q) = %v, want ErrInvalid", bad, err)
		}
	}
}

func TestWords(t *testing.T) {
	levels := map[string]access.Level{
		"view": access.View, "edit": access.Edit, "manage": access.Manage, "admin": access.Admin,
		"none": access.None, "": access.None, "Admin": access.None, "neuprint:read": access.None,
	}
	for word, want := range levels {
		if got := access.LevelOf(word); got != want {
			t.Errorf("LevelOf(%q) = %v, want %v", word, got, want)
		}
	}
	scopes := map[string]access.Scope{"read": access.ScopeRead, "share": access.ScopeShare, "admin": access.ScopeAdmin}
	for word, want := range scopes {
		if got, err := access.ParseScope(word); got != want || err != nil || got.String() != word {
			t.Errorf("ParseScope(%q) = %v, %v, want %v", word, got, err, want)
		}
	}
	for _, bad := range []string{"", "none", "Admin", "write"} {
		if got, err := access.ParseScope(bad); got != access.NoScope || !errors.Is(err, access.ErrInvalid) {
			t.Errorf("ParseScope(%q) = %v, %v, want ErrInvalid", bad, got, err)
		}
	}
}
