package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	ngmail "ngportal/mail"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func newWorker(t *testing.T, o *outbox, s *server) *ngmail.Worker {
	t.Helper()
	return ngmail.NewWorker(o, newSender(t, ngmail.Config{SMTP: s.addr, TLS: "none"}), time.Hour, o.now, quiet())
}

func step(t *testing.T, w *ngmail.Worker) {
	t.Helper()
	if err := w.Step(testContext(t)); err != nil {
		t.Fatalf("Step: %v", err)
	}
}

func TestWorkerSendsWhatIsDue(t *testing.T) {
	o, s := &outbox{clock: created}, (&server{}).start(t, nil, false)
	var all []*entry
	for range 3 {
		all = append(all, o.queue(hello().Message))
	}
	w := newWorker(t, o, s)
	step(t, w)
	step(t, w)
	for i, e := range all {
		if sent, _, failures := o.state(e); !sent || failures != nil {
			t.Errorf("message %d: sent: %t, failures %q", i, sent, failures)
		}
	}
	if got := len(s.mail); got != 3 {
		t.Errorf("%d were delivered, want 3", got)
	}
}

func TestWorkerTriesAgain(t *testing.T) {
	busy := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "come back later"}
	gone := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such person"}
	tests := map[string]struct {
		answer error
		want   []string
	}{
		"for a day and a half while the server is busy": {busy, []string{"1m0s", "5m0s", "30m0s", "2h0m0s", "8h0m0s", "24h0m0s", "never"}},
		"not at all if the recipient is refused":        {gone, []string{"never"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o, s := &outbox{clock: created}, (&server{rcptErr: tt.answer}).start(t, nil, false)
			e := o.queue(hello().Message)
			w := newWorker(t, o, s)
			for range 40 * 60 { // minutes
				step(t, w)
				o.pass(time.Minute)
			}
			_, givenUp, got := o.state(e)
			if !givenUp || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("given up: %t, pauses %q, want %q", givenUp, got, tt.want)
			}
			if got := strings.Count(s.seen.String(), "RCPT TO"); got != len(tt.want) {
				t.Errorf("the server was asked %d times, want %d", got, len(tt.want))
			}
		})
	}
}

// One refused message does not hold the others up; a server that is unwell is not asked for each of them at once.
func TestWorkerGoesOn(t *testing.T) {
	tests := map[string]struct {
		first ngmail.Message
		addr  string // of the server; empty: one that is well
		want  int    // delivered after a step
	}{
		"after a message that is none":         {ngmail.Message{To: "nobody"}, "", 2},
		"at the next step, if nobody is there": {hello().Message, "127.0.0.1:1", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o, s := &outbox{clock: created}, (&server{}).start(t, nil, false)
			first, second, third := o.queue(tt.first), o.queue(hello().Message), o.queue(hello().Message)
			if tt.addr != "" {
				s.addr = tt.addr
			}
			step(t, newWorker(t, o, s))
			if got := len(s.mail); got != tt.want {
				t.Errorf("%d were delivered, want %d", got, tt.want)
			}
			if _, _, failures := o.state(first); len(failures) == 0 {
				t.Error("the first did not fail")
			}
			for _, e := range []*entry{second, third} {
				if _, _, failures := o.state(e); failures != nil {
					t.Errorf("failures of another: %q", failures)
				}
			}
		})
	}
}

func TestWorkersShare(t *testing.T) {
	o, s := &outbox{clock: created}, (&server{}).start(t, nil, false)
	want := map[string]int{}
	for i := range 40 {
		m := hello().Message
		m.Subject = fmt.Sprintf("Message %d", i)
		want[m.Subject] = 1
		o.queue(m)
	}
	var all sync.WaitGroup
	for range 2 {
		w := newWorker(t, o, s)
		all.Go(func() { step(t, w) })
	}
	all.Wait()
	got := map[string]int{}
	for len(s.mail) > 0 {
		header, _ := read(t, (<-s.mail).raw)
		got[header["Subject"]]++
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("delivered %v, each once is wanted", got)
	}
}

// A worker that dies after the claim, or cannot note that it sent: another one sends, after the lease.
func TestWorkerAfterACrash(t *testing.T) {
	tests := map[string]struct {
		crash func(t *testing.T, o *outbox, w *ngmail.Worker)
		want  int // deliveries in the end
	}{
		"before sending": {func(t *testing.T, o *outbox, _ *ngmail.Worker) {
			if _, ok, err := o.Claim(t.Context(), o.now(), 50*time.Second); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}, 1},
		"before noting it": {func(t *testing.T, o *outbox, w *ngmail.Worker) {
			o.broken = errors.New("the disk is full")
			if err := w.Step(testContext(t)); err == nil || !strings.Contains(err.Error(), "note what became of message 1: the disk is full") {
				t.Errorf("Step: %v", err)
			}
			o.broken = nil
		}, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o, s := &outbox{clock: created}, (&server{}).start(t, nil, false)
			e, w := o.queue(hello().Message), newWorker(t, o, s)
			tt.crash(t, o, w)
			o.pass(49 * time.Second)
			step(t, w)
			if sent, _, _ := o.state(e); sent {
				t.Error("it was sent by another while claimed")
			}
			o.pass(time.Second)
			step(t, w)
			if sent, _, _ := o.state(e); !sent || len(s.mail) != tt.want {
				t.Errorf("sent: %t, %d times; want %d", sent, len(s.mail), tt.want)
			}
		})
	}
}

func TestRunWakes(t *testing.T) {
	tests := map[string]struct {
		every time.Duration
		wake  bool
	}{
		"when it is told":          {time.Hour, true},
		"by itself, now and again": {time.Millisecond, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(testContext(t))
			o, s := &outbox{clock: created, idle: make(chan struct{}, 1)}, (&server{}).start(t, nil, false)
			w := ngmail.NewWorker(o, newSender(t, ngmail.Config{SMTP: s.addr, TLS: "none"}), tt.every, o.now, quiet())
			var running sync.WaitGroup
			running.Go(func() { w.Run(ctx) })
			<-o.idle // it has looked, and now it waits
			o.queue(hello().Message)
			if tt.wake {
				for range 100 {
					w.Wake()
				}
			}
			s.next(ctx, t)
			cancel()
			running.Wait()
		})
	}
}

// A server that hangs holds neither who queues and wakes, nor the end of the program; and that is noted.
func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(testContext(t))
	reached := make(chan struct{}, 1)
	addr, _ := clumsy(t, serveNothing(reached))
	o := &outbox{clock: created}
	e := o.queue(hello().Message)
	var logs bytes.Buffer
	sender := newSender(t, ngmail.Config{SMTP: addr, TLS: "none", Timeout: time.Hour})
	w := ngmail.NewWorker(o, sender, time.Hour, o.now, slog.New(slog.NewTextHandler(&logs, nil)))
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	<-reached
	o.queue(hello().Message)
	w.Wake()
	w.Wake()
	cancel()
	select {
	case <-done:
	case <-testContext(t).Done():
		t.Fatal("Run goes on")
	}
	_, givenUp, failures := o.state(e)
	if want := []string{"1m0s", addr + ": context canceled"}; givenUp || !reflect.DeepEqual(failures, want) {
		t.Errorf("given up: %t, failures %q, want %q", givenUp, failures, want)
	}
	if got := logs.String(); !strings.Contains(got, "level=WARN msg=\"mail not sent\" message=1 tries=1 again=true") || strings.Contains(got, "ada@") {
		t.Errorf("logged %s", got)
	}
}
