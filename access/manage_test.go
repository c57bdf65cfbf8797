package access_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"ngportal/access"
)

func allowed(t *testing.T, what string, err error, want bool) {
	t.Helper()
	refusal, ok := errors.AsType[*access.Refusal](err)
	switch {
	case want && err != nil:
		t.Errorf("%s: %v, want it allowed", what, err)
	case !want && (!ok || !errors.Is(err, fs.ErrPermission) || refusal.Reason == ""):
		t.Errorf("%s: %v, want a Refusal", what, err)
	}
}

// TestMay asks what each may do at all.
func TestMay(t *testing.T) {
	tests := map[string]struct {
		who                                     access.Person
		scope                                   access.Scope
		administer, share, leads, manages, acts bool // leads the viewers, manages bens
	}{
		"nobody":                         {nobody, access.ScopeAdmin, false, false, false, false, false},
		"without a grant":                {eve, access.ScopeAdmin, false, true, false, false, true}, // wide is everybody's who has signed in
		"an administrator":               {ada, access.ScopeAdmin, true, true, true, true, true},
		"an administrator, to share":     {ada, access.ScopeShare, false, true, false, false, false},
		"an administrator, to read":      {ada, access.ScopeRead, false, false, false, false, false},
		"an administrator, disabled":     {gus, access.ScopeAdmin, false, false, false, false, false},
		"who leads a group":              {cleo, access.ScopeAdmin, false, true, true, false, true},
		"who leads a group, to share":    {cleo, access.ScopeShare, false, true, false, false, false},
		"a manager":                      {dan, access.ScopeAdmin, false, true, false, true, true},
		"a manager, to share":            {dan, access.ScopeShare, false, true, false, false, false},
		"who led and managed until noon": {hal, access.ScopeAdmin, false, true, false, false, true},
	}
	for name, tt := range tests {
		r := access.New(facts()).For(tt.who, tt.scope, noon)
		allowed(t, name+": MayAdminister", r.MayAdminister(), tt.administer)
		allowed(t, name+": MayShare", r.MayShare(), tt.share)
		allowed(t, name+": MayLead", r.MayLead(viewers), tt.leads)
		allowed(t, name+": MayLead another group", r.MayLead(editors), tt.administer)
		allowed(t, name+": MayManage", r.MayManage(bens, access.Manage), tt.manages)
		allowed(t, name+": MayManage a hidden one", r.MayManage(closed, access.Manage), tt.administer)
		if r.Administers() != tt.administer || r.Leads(viewers) != tt.leads || r.Acting() != tt.acts {
			t.Errorf("%s: Administers %t, Leads %t, Acting %t", name, r.Administers(), r.Leads(viewers), r.Acting())
		}
	}
	allowed(t, "the level none", when(nobody, noon).MayManage(bens, access.None), false)
	allowed(t, "a dataset that is not there", when(ada, noon).MayManage(1234, access.View), false)
}

// TestActing has facts without datasets that all may manage.
func TestActing(t *testing.T) {
	f := facts()
	f.Grants = slices.DeleteFunc(f.Grants, func(g access.Grant) bool { return g.Group == public })
	tests := map[string]struct {
		rights access.Rights
		want   bool
	}{
		"nobody":                     {access.New(f).For(nobody, access.ScopeAdmin, noon), false},
		"a viewer":                   {access.New(f).For(ben, access.ScopeAdmin, noon), false},
		"a manager":                  {access.New(f).For(dan, access.ScopeAdmin, noon), true},
		"who leads a group":          {access.New(f).For(cleo, access.ScopeAdmin, noon), true},
		"an administrator":           {access.New(f).For(ada, access.ScopeAdmin, noon), true},
		"until noon, before":         {access.New(f).For(hal, access.ScopeAdmin, before), true},
		"until noon, at noon":        {access.New(f).For(hal, access.ScopeAdmin, noon), false},
		"a robot's manager, earlier": {access.New(f).For(robot, access.ScopeAdmin, before), true},
	}
	for name, tt := range tests {
		if got := tt.rights.Acting(); got != tt.want {
			t.Errorf("%s: Acting = %t, want %t", name, got, tt.want)
		}
	}
}

func TestManagesAndLed(t *testing.T) {
	tests := map[string]struct {
		rights  access.Rights
		manages []string
		led     []int64
	}{
		"nobody, though public may": {when(nobody, noon), nil, nil},
		"without a grant":           {when(eve, noon), []string{"wide"}, nil},
		"a manager":                 {when(dan, noon), []string{"wide", "bens", "bound"}, nil},
		"a manager, before":         {when(dan, before), []string{"wide", "bens", "bound", "soon"}, nil},
		"a manager's token to read": {access.New(facts()).For(dan, access.ScopeRead, noon), nil, nil},
		"who leads a group":         {when(cleo, noon), []string{"wide"}, []int64{viewers}},
		"who leads it, to read":     {access.New(facts()).For(cleo, access.ScopeRead, noon), nil, nil},
		"who led it until noon":     {when(hal, before), []string{"wide", "bens", "bound", "soon"}, []int64{viewers}},
		"at noon":                   {when(hal, noon), []string{"wide"}, nil},
		"an administrator": {
			when(ada, noon),
			[]string{"open", "wide", "bens", "listed", "bound", "closed", "soon", "foreign", "wide-bound"},
			nil,
		},
	}
	for name, tt := range tests {
		same(t, name+": Manages", names(tt.rights.Manages()), tt.manages)
		same(t, name+": Led", tt.rights.Led(), tt.led)
	}
}

func TestMayGrant(t *testing.T) {
	tests := map[string]struct {
		who        access.Person
		scope      access.Scope
		group      int64
		permission string
		want       bool // on bens
	}{
		"a manager gives view":                             {dan, access.ScopeAdmin, viewers, "view", true},
		"a manager gives edit":                             {dan, access.ScopeAdmin, editors, "edit", true},
		"a manager gives manage":                           {dan, access.ScopeAdmin, viewers, "manage", false},
		"a manager gives admin":                            {dan, access.ScopeAdmin, viewers, "admin", false},
		"a manager gives another word":                     {dan, access.ScopeAdmin, viewers, "neuprint:read", false},
		"a manager gives to everyone":                      {dan, access.ScopeAdmin, everyone, "view", false},
		"a manager gives to the public":                    {dan, access.ScopeAdmin, public, "view", false},
		"a manager's token to share":                       {dan, access.ScopeShare, viewers, "view", false},
		"an administrator of it gives manage":              {fay, access.ScopeAdmin, viewers, "manage", true},
		"an administrator of it gives another word":        {fay, access.ScopeAdmin, viewers, "neuprint:read", true},
		"an administrator of it gives to everyone":         {fay, access.ScopeAdmin, everyone, "view", true},
		"an administrator of it gives to the public":       {fay, access.ScopeAdmin, public, "view", true},
		"an editor gives view":                             {cleo, access.ScopeAdmin, viewers, "view", false},
		"a viewer gives view":                              {ben, access.ScopeAdmin, viewers, "view", false},
		"an administrator of the portal gives admin":       {ada, access.ScopeAdmin, public, "admin", true},
		"an administrator of the portal, a token to share": {ada, access.ScopeShare, viewers, "view", false},
	}
	for name, tt := range tests {
		r := access.New(facts()).For(tt.who, tt.scope, noon)
		allowed(t, name, r.MayGrant(bens, tt.group, tt.permission), tt.want)
	}
}

// TestMayAdmit has groups of its own: what they open is Dan's to give, or partly, or not.
func TestMayAdmit(t *testing.T) {
	const (
		his, hisLater, mixed, strong, word, empty, led = 20, 21, 22, 23, 24, 25, 26
	)
	f := facts()
	for _, id := range []int64{his, hisLater, mixed, strong, word, empty, led} {
		f.Groups = append(f.Groups, access.Group{ID: id})
	}
	f.Members = append(f.Members, access.Member{Group: led, Person: dan.ID, Admin: true})
	f.Grants = append(f.Grants,
		access.Grant{Dataset: bens, Group: his, Permission: "view"}, access.Grant{Dataset: bound, Group: his, Permission: "edit"},
		access.Grant{Dataset: soon, Group: hisLater, Permission: "view"},
		access.Grant{Dataset: bens, Group: mixed, Permission: "view"}, access.Grant{Dataset: foreign, Group: mixed, Permission: "view"},
		access.Grant{Dataset: bens, Group: strong, Permission: "view"}, access.Grant{Dataset: bens, Group: strong, Permission: "manage"},
		access.Grant{Dataset: bens, Group: word, Permission: "neuprint:read"},
		access.Grant{Dataset: foreign, Group: led, Permission: "view"},
	)
	p := access.New(f)
	tests := map[string]struct {
		rights access.Rights
		group  int64
		want   bool
	}{
		"all of it is theirs to give":       {p.For(dan, access.ScopeAdmin, noon), his, true},
		"with a token to share":             {p.For(dan, access.ScopeShare, noon), his, false},
		"theirs until noon, before":         {p.For(dan, access.ScopeAdmin, before), hisLater, true},
		"theirs until noon, at noon":        {p.For(dan, access.ScopeAdmin, noon), hisLater, false},
		"it opens another dataset":          {p.For(dan, access.ScopeAdmin, noon), mixed, false},
		"it manages":                        {p.For(dan, access.ScopeAdmin, noon), strong, false},
		"it means something elsewhere":      {p.For(dan, access.ScopeAdmin, noon), word, false},
		"it opens nothing":                  {p.For(dan, access.ScopeAdmin, noon), empty, false},
		"it is not there":                   {p.For(dan, access.ScopeAdmin, noon), 1234, false},
		"they lead it":                      {p.For(dan, access.ScopeAdmin, noon), led, true},
		"a viewer":                          {p.For(ben, access.ScopeAdmin, noon), his, false},
		"an administrator of the dataset":   {p.For(fay, access.ScopeAdmin, noon), strong, true},
		"an administrator of the portal":    {p.For(ada, access.ScopeAdmin, noon), mixed, true},
		"everyone, who need no admittance":  {p.For(dan, access.ScopeAdmin, noon), everyone, false},
		"the public, who need no admitting": {p.For(fay, access.ScopeAdmin, noon), public, false},
	}
	for name, tt := range tests {
		allowed(t, name, tt.rights.MayAdmit(tt.group), tt.want)
	}
}

func TestManagers(t *testing.T) {
	f := facts()
	f.Accounts = append(f.Accounts, access.Account{ID: 20, Admin: true}, access.Account{ID: 21, Owner: ada.ID, Admin: true})
	r := access.New(f).For(ben, access.ScopeRead, noon)
	same(t, "those of a dataset, without the disabled, the past and service accounts", r.Managers(bens), []int64{dan.ID, fay.ID})
	same(t, "the administrators of the portal, if nobody manages it", r.Managers(listed), []int64{ada.ID, 20})
	same(t, "them also if the grant is over", r.Managers(soon), []int64{ada.ID, 20})
	same(t, "them also if it is everybody's", r.Managers(wide), []int64{ada.ID, 20})
	same(t, "nobody of a dataset that is not there", r.Managers(1234), nil)
	same(t, "before noon", access.New(f).For(ben, access.ScopeRead, before).Managers(bens), []int64{dan.ID, fay.ID, hal.ID})
}

func TestKnowsTerms(t *testing.T) {
	f := facts() // without what makes everybody act
	f.Grants = slices.DeleteFunc(f.Grants, func(g access.Grant) bool { return g.Permission == "admin" && g.Group == public })
	p := access.New(f)
	tests := map[string]struct {
		rights access.Rights
		terms  int64
		want   bool
	}{
		"of a dataset that they may see":      {p.For(ben, access.ScopeRead, noon), rules, true},
		"of a hidden one":                     {p.For(eve, access.ScopeAdmin, noon), rules, false},
		"of a listed one":                     {p.For(eve, access.ScopeAdmin, noon), moreRules, true},
		"of a public one, signed out":         {p.For(nobody, access.ScopeAdmin, noon), moreRules, true},
		"of none, a viewer":                   {p.For(ben, access.ScopeAdmin, noon), unused, false},
		"of none, who leads a group":          {p.For(cleo, access.ScopeAdmin, noon), unused, true},
		"of none, who leads a group, to read": {p.For(cleo, access.ScopeRead, noon), unused, false},
		"no terms":                            {p.For(ada, access.ScopeAdmin, noon), 0, false},
	}
	for name, tt := range tests {
		if got := tt.rights.KnowsTerms(tt.terms); got != tt.want {
			t.Errorf("%s: KnowsTerms = %t, want %t", name, got, tt.want)
		}
	}
}

func TestWhy(t *testing.T) {
	reason := func(group int64, name, permission string) access.Reason {
		return access.Reason{
			Group: access.Group{ID: group, Name: name}, Grant: access.Grant{Dataset: bens, Group: group, Permission: permission},
			Member: access.Member{Group: group, Person: cleo.ID, Admin: group == viewers},
		}
	}
	same(t, "the highest first", when(cleo, noon).Why(bens), []access.Reason{
		reason(editors, "editors", "edit"), reason(viewers, "viewers", "view"),
		reason(viewers, "viewers", "neuprint:read"), reason(editors, "editors", "neuprint:read"),
	})
	same(t, "an administrator", when(ada, noon).Why(closed), []access.Reason{{Administers: true}})
	same(t, "an administrator, by everyone too", when(ada, noon).Why(open), []access.Reason{
		{Administers: true},
		{
			Group: access.Group{ID: everyone, Name: "everyone", Kind: access.Everyone},
			Grant: access.Grant{Dataset: open, Group: everyone, Permission: "view"},
		},
	})
	same(t, "over", when(ben, noon).Why(soon), nil)
	same(t, "hidden", when(eve, noon).Why(bens), nil)
	same(t, "not there", when(ada, noon).Why(1234), nil)
}

func TestOf(t *testing.T) {
	if r, err := when(ada, noon).Of(ben); err != nil || r.Person() != ben || r.Level(bens) != access.View {
		t.Errorf("an administrator asks of Ben: %v, %v", r.Person(), err)
	}
	if r, err := when(ada, noon).Of(nobody); err != nil || r.Person() != nobody || r.Level(wide) != access.View {
		t.Errorf("an administrator asks of nobody: %v, %v", r.Person(), err)
	}
	for name, r := range map[string]access.Rights{
		"a manager": when(dan, noon), "nobody": when(nobody, noon), "to share": access.New(facts()).For(ada, access.ScopeShare, noon), "zero": {},
	} {
		_, err := r.Of(ben)
		allowed(t, name+" asks of Ben", err, false)
	}
	own := access.New(facts()).For(dan, access.ScopeRead, noon)
	if r, err := own.Of(dan); err != nil || r.Scope() != access.ScopeRead || r.Level(bens) != access.View {
		t.Errorf("Of oneself has the scope %v and the level %v, %v; want no more than one's own", r.Scope(), r.Level(bens), err)
	}
}

// TestZeroRights asks everything of the zero Rights.
func TestZeroRights(t *testing.T) {
	var r access.Rights
	for what, err := range map[string]error{
		"MayAdminister": r.MayAdminister(), "MayShare": r.MayShare(), "MayManage": r.MayManage(open, access.View),
		"MayManage none": r.MayManage(open, access.None), "MayLead": r.MayLead(viewers), "MayAdmit": r.MayAdmit(viewers),
		"MayGrant": r.MayGrant(open, viewers, "view"),
	} {
		allowed(t, what, err, false)
	}
	_, errDataset := r.Dataset("open")
	_, _, errLocation := r.Location("loc-open")
	_, errResolve := r.Resolve(access.Ref{Dataset: "open", Location: "loc-open"})
	for what, err := range map[string]error{"Dataset": errDataset, "Location": errLocation, "Resolve": errResolve} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s = %v, want fs.ErrNotExist", what, err)
		}
	}
	_, known := r.Known("open")
	if known || r.Administers() || r.Leads(viewers) || r.Acting() || r.KnowsTerms(rules) || r.Level(open) != access.None {
		t.Error("the zero Rights allow something")
	}
	if n := len(r.Visible()) + len(r.Listed()) + len(r.Manages()) + len(r.Led()) + len(r.Managers(open)) + len(r.Why(open)) + len(r.Permissions(open)); n != 0 {
		t.Errorf("the zero Rights know of %d things", n)
	}
	if of, err := r.Of(access.Person{}); err != nil || of.Level(open) != access.None {
		t.Errorf("Of nobody = %v, %v, want the zero Rights", of, err)
	}
}
