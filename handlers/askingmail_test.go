package handlers_test

import (
	"slices"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/store"
)

// Without mail, nothing is put into the outbox.
func TestRequestWithoutMail(t *testing.T) {
	p := startPortal(t, nil)
	p.seed(lab("bens", nil, "place-1"))
	p.signIn(admin).list(true, "bens")
	ben := p.signInAs(access.Identity{Subject: "b"})
	page := ben.get("/request/bens")
	wantDone(t, ben.sent(page, "/request/bens", why, "Please"), "/request/bens?return=%2Fbrowse%2Fbens%2F")
	if got := p.mails(); len(got) != 0 {
		t.Errorf("mails %q", got)
	}
	if strings.Contains(page.body, "e-mail") {
		t.Errorf("the page promises mail:\n%s", page.body)
	}
}

// Mail goes to people who have an address and may sign in, to each once.
func TestManagerAddresses(t *testing.T) {
	p := startPortal(t, nil)
	ada, kim, lee, out := p.signIn(admin), p.signIn("kim@example.org"), p.signIn("lee@example.org"), p.signIn("out@example.org")
	mute := p.signInAs(access.Identity{Subject: "mute"})
	yes := true
	if err := p.config.Store.ChangeProfile(t.Context(), p.rights(ada.who), out.who.ID, store.ProfileChange{Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		ids  []int64
		want []string
	}{
		"nobody":                       {nil, nil},
		"not there":                    {[]int64{0, 99}, nil},
		"out of order and twice":       {[]int64{lee.who.ID, kim.who.ID, lee.who.ID}, []string{"kim@example.org", "lee@example.org"}},
		"without an address, disabled": {[]int64{mute.who.ID, out.who.ID, kim.who.ID}, []string{"kim@example.org"}},
		"an administrator":             {[]int64{ada.who.ID}, []string{admin}},
	} {
		got, err := p.config.Store.ManagerAddresses(t.Context(), tt.ids)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, tt.want)
		}
	}
}
