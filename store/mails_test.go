package store_test

import (
	"testing"
	"time"

	"ngportal/mail"
	"ngportal/store"
)

var _ mail.Outbox = store.Outbox{}

func TestOutbox(t *testing.T) {
	a := newAsking(t)
	_, err := a.AddRequest(t.Context(), rights(t, a.Store, a.eve), a.i58, "Please.", []mail.Message{
		{To: "ada@example.org", ReplyTo: "eve@example.org", Subject: "one", Text: "first"}, {To: "ben@example.org", Subject: "two"},
	})
	if err != nil {
		t.Fatal(err)
	}
	box := a.Outbox()
	claim := func(after time.Duration) mail.Queued {
		t.Helper()
		q, ok, err := box.Claim(t.Context(), noon.Add(after), time.Minute)
		if err != nil || ok != (q.ID != 0) {
			t.Fatalf("Claim = %+v, %t, %v", q, ok, err)
		}
		return q
	}
	want := func(what string, got mail.Queued, subject string, tries int) {
		t.Helper()
		if got.Message.Subject != subject || got.Tries != tries {
			t.Errorf("%s: Claim = %+v, want %q in try %d", what, got, subject, tries)
		}
	}
	want("before it is queued", claim(-time.Second), "", 0)
	one := claim(0)
	first := mail.Queued{ID: one.ID, Created: noon, Tries: 1, Message: mail.Message{
		To: "ada@example.org", ReplyTo: "eve@example.org", Subject: "one", Text: "first",
	}}
	if one != first {
		t.Errorf("Claim = %+v, want %+v", one, first)
	}
	two := claim(0)
	want("the first is claimed", two, "two", 1)
	want("both are claimed", claim(59*time.Second), "", 0)
	want("the lease is over", claim(time.Minute), "one", 2)
	if err := box.Sent(t.Context(), one.ID, noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := box.Failed(t.Context(), one.ID, "late news", noon); err != nil {
		t.Fatal(err)
	}
	if err := box.Failed(t.Context(), two.ID, "the server is down", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	want("one is sent, and two is due later", claim(time.Hour-time.Second), "", 0)
	want("two is due", claim(time.Hour), "two", 2)
	if err := box.Failed(t.Context(), two.ID, "no such address", time.Time{}); err != nil {
		t.Fatal(err)
	}
	want("two is given up", claim(1000*time.Hour), "", 0)
}

// TestSentMailsGo keeps what was sent for a month, and what is to be sent until it is.
func TestSentMailsGo(t *testing.T) {
	s := open(t, "")
	out := s.Outbox()
	for _, to := range []string{"sent@example.org", "waiting@example.org"} {
		if err := s.Exec(t.Context(), "INSERT INTO mails (recipient, subject, text, created, due) VALUES ('"+to+"', 's', 't', 0, 0)"); err != nil {
			t.Fatal(err)
		}
	}
	q, ok, err := out.Claim(t.Context(), noon, time.Minute)
	if err != nil || !ok {
		t.Fatalf("Claim = %v, %v", ok, err)
	}
	if err := out.Sent(t.Context(), q.ID, noon); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		days int
		want int64
	}{{29, 0}, {31, 1}} {
		if got, err := s.DeleteExpired(t.Context(), noon.Add(time.Duration(tt.days)*24*time.Hour)); err != nil || got != tt.want {
			t.Errorf("after %d days %d were removed, %v, want %d", tt.days, got, err, tt.want)
		}
	}
	if q, ok, err := out.Claim(t.Context(), noon, time.Minute); err != nil || !ok || q.Message.To == "sent@example.org" {
		t.Errorf("the one that waits: %+v, %v, %v", q, ok, err)
	}
}
