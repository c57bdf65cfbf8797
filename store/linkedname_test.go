package store_test

import (
	"testing"

	"ngportal/access"
	"ngportal/store"
)

// TestLinkedIdentityRenamesNobody signs in by a second account of another name: the person stays who they are.
func TestLinkedIdentityRenamesNobody(t *testing.T) {
	s := open(t, "")
	ben := person(t, s, "Ben")
	second := access.Identity{Issuer: "https://hub.example.org", Subject: "7", Email: "benny@hub.example.org", Name: "benny7"}
	session := store.Session{Hash: store.HashOf("one"), Person: ben, Created: noon, Seen: noon, IdleExpires: noon.Add(day), Expires: noon.Add(day)}
	if err := s.AddSession(t.Context(), session, store.Hash{}); err != nil {
		t.Fatal(err)
	}
	if err := s.ProposeIdentity(t.Context(), session.Hash, "hub", second, noon.Add(day)); err != nil {
		t.Fatal(err)
	}
	if err := s.ConfirmIdentity(t.Context(), rights(t, s, ben), session.Hash); err != nil {
		t.Fatal(err)
	}
	session.Hash = store.HashOf("two")
	got, err := s.SignIn(t.Context(), store.SignIn{Identity: second, Session: session})
	if err != nil || got.ID != ben.ID || got.Name != "Ben" || got.Email != "ben@example.org" {
		t.Errorf("signed in by the second account as %+v, %v, want %+v", got, err, ben)
	}
}
