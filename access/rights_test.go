package access_test

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"ngportal/access"
)

// TestLevel has a column for each of the datasets open, wide, bens, listed, bound, closed and soon: the first letter of the
// level, or a dot for none.
func TestLevel(t *testing.T) {
	letters := map[access.Level]string{
		access.None: ".", access.View: "v", access.Edit: "e", access.Manage: "m", access.Admin: "a",
	}
	tests := map[string]struct {
		who   access.Person
		scope access.Scope
		now   time.Time
		want  string
	}{
		"nobody":                               {nobody, access.ScopeAdmin, noon, ".v....."},
		"somebody who is not known":            {ghost, access.ScopeAdmin, noon, ".v....."},
		"an address alone makes nobody":        {access.Person{Email: "ada@example.org"}, access.ScopeAdmin, noon, ".v....."},
		"without a grant":                      {eve, access.ScopeAdmin, noon, "va....."},
		"a viewer":                             {ben, access.ScopeAdmin, noon, "vavvv.."},
		"a viewer, before a grant ends":        {ben, access.ScopeAdmin, before, "vavvv.v"},
		"an editor who views":                  {cleo, access.ScopeAdmin, noon, "vaevv.."},
		"a manager":                            {dan, access.ScopeAdmin, noon, "vam.m.."},
		"a manager, before a grant ends":       {dan, access.ScopeAdmin, before, "vam.m.m"},
		"an administrator of a dataset":        {fay, access.ScopeAdmin, noon, "vaa...."},
		"an administrator":                     {ada, access.ScopeAdmin, noon, "aaaaaaa"},
		"somebody disabled":                    {gus, access.ScopeAdmin, noon, ".v....."},
		"a member until noon, before":          {hal, access.ScopeAdmin, before, "vamvm.m"},
		"a member until noon, at noon":         {hal, access.ScopeAdmin, noon, "va....."},
		"a service account":                    {robot, access.ScopeAdmin, noon, "vavvv.."},
		"a service account, its owner is gone": {orphan, access.ScopeAdmin, noon, ".v....."},
		"a token to read, manager":             {dan, access.ScopeRead, noon, "vvv.v.."},
		"a token to share, manager":            {dan, access.ScopeShare, noon, "vvv.v.."},
		"a token to read, administrator":       {ada, access.ScopeRead, noon, "vvvvvvv"},
		"a token without a scope":              {ada, access.NoScope, noon, ".v....."},
		"a scope that is none":                 {ada, -1, noon, ".v....."},
	}
	for name, tt := range tests {
		r := access.New(facts()).For(tt.who, tt.scope, tt.now)
		var got string
		for id := int64(open); id <= soon; id++ {
			got += letters[r.Level(id)]
		}
		if got != tt.want {
			t.Errorf("%s: levels %s, want %s", name, got, tt.want)
		}
		if l := r.Level(1234); l != access.None {
			t.Errorf("%s: Level of a dataset that is not there = %v, want none", name, l)
		}
	}
}

func TestVisibleAndListed(t *testing.T) {
	tests := map[string]struct {
		rights          access.Rights
		visible, listed []string
	}{
		"nobody":           {when(nobody, noon), []string{"wide", "wide-bound"}, nil},
		"without a grant":  {when(eve, noon), []string{"open", "wide", "wide-bound"}, []string{"listed", "foreign"}},
		"a viewer":         {when(ben, noon), []string{"open", "wide", "bens", "listed", "bound", "wide-bound"}, []string{"foreign"}},
		"a viewer, before": {when(ben, before), []string{"open", "wide", "bens", "listed", "bound", "soon", "wide-bound"}, []string{"foreign"}},
		"a token to read": {
			access.New(facts()).For(dan, access.ScopeRead, noon),
			[]string{"open", "wide", "bens", "bound", "wide-bound"},
			[]string{"listed", "foreign"},
		},
		"an administrator": {
			when(ada, noon),
			[]string{"open", "wide", "bens", "listed", "bound", "closed", "soon", "foreign", "wide-bound"},
			nil,
		},
		"somebody disabled": {when(gus, noon), []string{"wide", "wide-bound"}, nil},
	}
	for name, tt := range tests {
		same(t, name+": Visible", names(tt.rights.Visible()), tt.visible)
		same(t, name+": Listed", names(tt.rights.Listed()), tt.listed)
	}
}

// TestSeeing asks for the data of each dataset in each way.
func TestSeeing(t *testing.T) {
	terms := errors.New("a TermsError")
	tests := map[string]struct {
		who     access.Person
		dataset string
		want    error
	}{
		"own":                                    {ben, "bens", nil},
		"public, signed out":                     {nobody, "wide", nil},
		"for everyone, signed out":               {nobody, "open", fs.ErrNotExist},
		"listed, without a grant":                {eve, "listed", fs.ErrPermission},
		"listed, signed out":                     {nobody, "listed", fs.ErrNotExist},
		"listed, disabled":                       {gus, "listed", fs.ErrNotExist},
		"hidden":                                 {eve, "bens", fs.ErrNotExist},
		"hidden, with a word of another service": {ben, "closed", fs.ErrNotExist},
		"over":                                   {ben, "soon", fs.ErrNotExist},
		"not there":                              {ada, "none", fs.ErrNotExist},
		"terms accepted":                         {ben, "bound", nil},
		"an older version accepted":              {cleo, "bound", terms},
		"terms not accepted":                     {dan, "bound", terms},
		"an administrator must accept terms, too": {ada, "bound", terms},
		"a service account by its owner":          {robot, "bound", nil},
		"terms of a hidden dataset":               {eve, "bound", fs.ErrNotExist},
		"terms of a public dataset, signed out":   {nobody, "wide-bound", terms},
	}
	for name, tt := range tests {
		r := when(tt.who, noon)
		_, errDataset := r.Dataset(tt.dataset)
		_, errResolve := r.Resolve(access.Ref{Dataset: tt.dataset, Location: "loc-" + tt.dataset})
		errs := map[string]error{"Dataset": errDataset, "Resolve": errResolve}
		if tt.dataset != "wide-bound" { // it has no location
			_, _, errs["Location"] = r.Location("loc-" + tt.dataset)
		}
		for what, err := range errs {
			asked, isTerms := errors.AsType[*access.TermsError](err)
			switch {
			case tt.want == terms: //nolint:errorlint // a mark of this table
				if !isTerms || !errors.Is(err, fs.ErrPermission) {
					t.Errorf("%s: %s = %v, want a TermsError", name, what, err)
				}
				if isTerms && tt.dataset == "bound" && *asked != (access.TermsError{Dataset: "bound", Title: "Bound by rules", Terms: rules, Version: 2}) {
					t.Errorf("%s: %s = %+v, want version 2 of the rules", name, what, *asked)
				}
			case !errors.Is(err, tt.want) || isTerms:
				t.Errorf("%s: %s = %v, want %v", name, what, err, tt.want)
			}
		}
	}
}

func TestResolve(t *testing.T) {
	r := when(ben, noon)
	want := access.Location{ID: "loc-bens", Bucket: "b", Prefix: "bens/"}
	if got, err := r.Resolve(access.Ref{Dataset: "bens", Location: "loc-bens", Path: "x"}); got != want || err != nil {
		t.Errorf("Resolve = %v, %v, want %v", got, err, want)
	}
	if d, got, err := r.Location("loc-bens"); d.Name != "bens" || got != want || err != nil {
		t.Errorf("Location = %v, %v, %v, want %v of bens", d, got, err, want)
	}
	for what, ref := range map[string]access.Ref{
		"of another dataset": {Dataset: "bens", Location: "loc-open"}, "that is not there": {Dataset: "bens", Location: "loc-none"},
	} {
		if got, err := r.Resolve(ref); got != (access.Location{}) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Resolve of a location %s = %v, %v, want fs.ErrNotExist", what, got, err)
		}
	}
	if _, _, err := when(eve, noon).Location("loc-bens"); err.Error() != `location "loc-bens": file does not exist` {
		t.Errorf("Location of a hidden dataset = %v, which tells more than the id that was asked for", err)
	}
}

func TestLocate(t *testing.T) {
	tests := map[string]struct {
		who         access.Person
		bucket, key string
		want        access.Ref
		wantErr     error
	}{
		"in a location":          {ben, "b", "bens/sub/x.nii", access.Ref{Dataset: "bens", Location: "loc-bens", Path: "sub/x.nii"}, nil},
		"its top":                {ben, "b", "bens/", access.Ref{Dataset: "bens", Location: "loc-bens"}, nil},
		"beside it":              {ben, "b", "bens", access.Ref{}, fs.ErrNotExist},
		"a name that begins so":  {ben, "b", "bens-other/x", access.Ref{}, fs.ErrNotExist},
		"of another bucket":      {ben, "c", "bens/x", access.Ref{}, fs.ErrNotExist},
		"in no location":         {ada, "b", "elsewhere/x", access.Ref{}, fs.ErrNotExist},
		"a whole bucket":         {ada, "c", "any/x", access.Ref{Dataset: "closed", Location: "loc-closed", Path: "any/x"}, nil},
		"hidden":                 {eve, "b", "bens/x", access.Ref{}, fs.ErrNotExist},
		"listed":                 {eve, "b", "listed/x", access.Ref{}, fs.ErrPermission},
		"terms not accepted":     {dan, "b", "bound/x", access.Ref{}, fs.ErrPermission},
		"by nobody, not for all": {nobody, "b", "open/x", access.Ref{}, fs.ErrNotExist},
	}
	for name, tt := range tests {
		got, loc, err := when(tt.who, noon).Locate(tt.bucket, tt.key)
		if got != tt.want || !errors.Is(err, tt.wantErr) || loc.ID != tt.want.Location {
			t.Errorf("%s: Locate = %+v in %q, %v, want %+v, %v", name, got, loc.ID, err, tt.want, tt.wantErr)
		}
	}
	if _, _, err := (access.Rights{}).Locate("b", "open/x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Locate by no rights = %v, want fs.ErrNotExist", err)
	}
	if _, _, err := when(eve, noon).Locate("b", "bens/x"); err.Error() != `bens/x of bucket "b": file does not exist` {
		t.Errorf("Locate of what is hidden = %v, which tells more than what was asked for", err)
	}
}

func TestKnown(t *testing.T) {
	tests := map[string]struct {
		who     access.Person
		dataset string
		want    bool
	}{
		"own":                {ben, "bens", true},
		"terms not accepted": {dan, "bound", true},
		"listed":             {eve, "listed", true},
		"listed, signed out": {nobody, "listed", false},
		"hidden":             {eve, "bens", false},
		"not there":          {ada, "none", false},
	}
	for name, tt := range tests {
		if d, got := when(tt.who, noon).Known(tt.dataset); got != tt.want || got != (d.Name == tt.dataset) {
			t.Errorf("%s: Known = %q, %t, want %t", name, d.Name, got, tt.want)
		}
	}
	if d, _ := when(ben, noon).Known("bens"); d.Title != "bens" {
		t.Errorf("the title of a dataset without one is %q, want its name", d.Title)
	}
}

func TestPermissions(t *testing.T) {
	tests := map[string]struct {
		rights  access.Rights
		dataset int64
		want    []string
	}{
		"each once, sorted":                 {when(cleo, noon), bens, []string{"edit", "neuprint:read", "view"}},
		"those of other services alone":     {when(ben, noon), closed, []string{"neuprint:read"}},
		"over":                              {when(ben, noon), soon, nil},
		"not over yet":                      {when(ben, before), soon, []string{"view"}},
		"an administrator has none by that": {when(ada, noon), bens, nil},
		"not there":                         {when(ben, noon), 1234, nil},
	}
	for name, tt := range tests {
		same(t, name, tt.rights.Permissions(tt.dataset), tt.want)
	}
}

// TestWho is what the rights say of themselves.
func TestWho(t *testing.T) {
	r := access.New(facts()).For(ben, access.ScopeShare, noon)
	if r.Person() != ben || r.Scope() != access.ScopeShare || !r.Now().Equal(noon) {
		t.Errorf("rights of %v, scope %v, at %v", r.Person(), r.Scope(), r.Now())
	}
	for name, who := range map[string]access.Person{"disabled": gus, "unknown": ghost, "nobody": nobody, "of a disabled owner": orphan} {
		if got := when(who, noon).Person(); got != nobody {
			t.Errorf("%s: Person = %v, want nobody", name, got)
		}
	}
	plain := access.Person{ID: robot.ID, Name: "robot"}
	if got := when(plain, noon).Person(); !got.Service {
		t.Errorf("Person = %v, want a service account: it has an owner", got)
	}
}

func TestRoute(t *testing.T) {
	p := access.New(facts())
	if got, ok := p.Route("loc-closed"); !ok || got != (access.Location{ID: "loc-closed", Bucket: "c"}) {
		t.Errorf("Route = %v, %t", got, ok)
	}
	if _, ok := p.Route("loc-none"); ok {
		t.Error("Route of an unknown id leads somewhere")
	}
	var ids []string
	for _, l := range p.Locations() {
		ids = append(ids, l.ID)
	}
	same(t, "Locations", ids, []string{"loc-open", "loc-wide", "loc-bens", "loc-listed", "loc-bound", "loc-closed", "loc-soon"})
}
