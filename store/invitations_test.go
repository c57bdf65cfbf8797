package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

func inviteJSON(group int64, email string, admin bool, expires string) string {
	return fmt.Sprintf(`{"group":%d,"email":"%s","admin":%t%s}`, group, email, admin, expires)
}

// TestInviteSomebodyNew invites, changes that, and has whoever was invited sign in.
func TestInviteSomebodyNew(t *testing.T) {
	l := newLab(t)
	lea := l.as(l.lea)
	v := store.Invitation{Group: l.readers, Email: "  New@Example.ORG ", Created: earlier}
	invite := func() error { return l.Invite(t.Context(), lea, v) }
	want := store.Entry{Event: store.InviteChanged, Object: fmt.Sprintf("group %d", l.readers)}

	want.After = inviteJSON(l.readers, "new@example.org", false, "")
	l.tells("an invitation", lea, false, want, invite)
	l.quiet("the same again", invite)
	v.Admin, v.Expires = true, later
	want.Before, want.After = want.After, inviteJSON(l.readers, "new@example.org", true, expiresLater)
	l.tells("another one", lea, false, want, invite)
	l.must(l.Invite(t.Context(), lea, store.Invitation{Group: l.readers, Email: "a@example.org"}))
	got, err := l.Invitations(t.Context(), lea, l.readers)
	if err != nil || len(got) != 2 || got[0].Email != "a@example.org" ||
		got[1] != (store.Invitation{Group: l.readers, Email: "new@example.org", Admin: true, Created: noon, Expires: later}) {
		t.Errorf("Invitations = %+v, %v", got, err)
	}

	who := signIn(t, l.Store, "new@example.org")
	if !l.as(who).Leads(l.readers) {
		t.Error("who was invited does not lead the group after signing in")
	}
	if got, err := l.Invitations(t.Context(), lea, l.readers); err != nil || len(got) != 1 {
		t.Errorf("Invitations after that = %+v, %v, want the other one", got, err)
	}
	l.refuses("listing who is invited to keepers", map[string]access.Person{"who leads another group": l.lea, "nobody": nobody},
		reads(func(by access.Rights) ([]store.Invitation, error) { return l.Invitations(t.Context(), by, l.keepers) }))
}

func TestInviteSomebodyKnown(t *testing.T) {
	l := newLab(t)
	lea := l.as(l.lea)
	l.tells("somebody known", lea, true, store.Entry{
		Event: store.MemberChanged, Subject: l.eve.ID, Object: fmt.Sprintf("group %d", l.readers),
		After: memberJSON(l.readers, l.eve.ID, false, expiresLater),
	}, func() error {
		return l.Invite(t.Context(), lea, store.Invitation{Group: l.readers, Email: "EVE@example.org", Expires: later})
	})
	again := func(by access.Rights) func() error {
		return func() error {
			return l.Invite(t.Context(), by, store.Invitation{Group: l.readers, Email: "eve@example.org"})
		}
	}
	wantFault(t, l.Store, "somebody who is in it", "email", "“eve” (person", again(lea))
	l.must(again(rightsAt(t, l.Store, l.lea, access.ScopeAdmin, later))())
	wantFault(t, l.Store, "somebody who is in it without an end", "email", "is in this group already", again(lea))
}

// TestInviteAnotherAddress has somebody with two identities, of which the second has an address of its own.
func TestInviteAnotherAddress(t *testing.T) {
	l := newLab(t)
	session := sessionOf("eve@example.org")
	second := access.Identity{Issuer: "https://other.example.org", Subject: "1", Email: "eve@home.example", Name: "Eve"}
	l.must(l.ProposeIdentity(t.Context(), session, "other", second, later))
	l.must(l.ConfirmIdentity(t.Context(), l.as(l.eve), session))
	l.must(l.Invite(t.Context(), l.as(l.lea), store.Invitation{Group: l.readers, Email: "eve@home.example", Admin: true}))
	if !l.as(l.eve).Leads(l.readers) {
		t.Error("who has the address is not in the group")
	}
}

// TestInviteSeveral has two people with one address, from two identity providers.
func TestInviteSeveral(t *testing.T) {
	l := newLab(t)
	other, err := l.SignIn(t.Context(), store.SignIn{
		Identity: access.Identity{Issuer: "https://other.example.org", Subject: "1", Email: "eve@example.org", Name: "Eve too"},
		Session:  store.Session{Hash: store.HashOf("other"), Created: noon, Seen: noon, IdleExpires: later, Expires: later},
	})
	l.must(err)
	says := fmt.Sprintf("Several people have this address: “eve” (person %d), “Eve too” (person %d).", l.eve.ID, other.ID)
	wantFault(t, l.Store, "an address of two", "email", says, func() error {
		return l.Invite(t.Context(), l.as(l.lea), store.Invitation{Group: l.readers, Email: "eve@example.org"})
	})
}

func TestInviteRefuses(t *testing.T) {
	l := newLab(t)
	ada := l.as(l.ada)
	for _, email := range []string{
		"", "eve", "@example.org", "Eve <eve@example.org>", "a@b, c@d", "a b@example.org", `"a b"@example.org`, "eve@example.org\r\nBcc: x@y.z",
		"a@b\x00", strings.Repeat("a", 251) + "@b.c", "\xff@example.org",
	} {
		wantFault(t, l.Store, fmt.Sprintf("%.30q", email), "email", "no e-mail address", func() error {
			return l.Invite(t.Context(), ada, store.Invitation{Group: l.readers, Email: email})
		})
	}
	invite := func(v store.Invitation) func() error {
		v.Email = "new@example.org"
		return func() error { return l.Invite(t.Context(), ada, v) }
	}
	for what, expires := range map[string]time.Time{"until now": noon, "until earlier": earlier} {
		wantFault(t, l.Store, what, "expires", "passed", invite(store.Invitation{Group: l.readers, Expires: expires}))
	}
	wantFault(t, l.Store, "to everyone", "group", "is not written down", invite(store.Invitation{Group: l.everyone}))
	wantAbsent(t, l.Store, "to a group that is not there", invite(store.Invitation{Group: 1234}))
	l.refuses("inviting to keepers", map[string]access.Person{
		"who leads another group": l.lea, "a member": l.dan, "Eve": l.eve, "nobody": nobody,
	}, func(by access.Rights) error {
		return l.Invite(t.Context(), by, store.Invitation{Group: l.keepers, Email: "new@example.org"})
	})
}

func TestUninvite(t *testing.T) {
	l := newLab(t)
	lea := l.as(l.lea)
	l.must(l.Invite(t.Context(), lea, store.Invitation{Group: l.readers, Email: "new@example.org", Admin: true}))
	l.refuses("taking it back", map[string]access.Person{"a manager": l.dan, "nobody": nobody}, func(by access.Rights) error {
		return l.Uninvite(t.Context(), by, l.readers, "new@example.org")
	})
	uninvite := func() error { return l.Uninvite(t.Context(), lea, l.readers, " NEW@example.org") }
	l.tells("taking it back", lea, false, store.Entry{
		Event: store.InviteChanged, Object: fmt.Sprintf("group %d", l.readers), Before: inviteJSON(l.readers, "new@example.org", true, ""),
	}, uninvite)
	wantAbsent(t, l.Store, "taking it back again", uninvite)
	if who := signIn(t, l.Store, "new@example.org"); l.as(who).Leads(l.readers) {
		t.Error("who is no longer invited leads the group after signing in")
	}
}
