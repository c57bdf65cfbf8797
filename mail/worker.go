package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// noteTime is how long the outbox may take to note what became of a message.
const noteTime = 10 * time.Second

// An Outbox keeps messages until they are sent or given up. Several workers, in several processes, may share one.
type Outbox interface {
	// Claim takes a message that is due at now, counts the attempt in its Tries, and keeps it from every other
	// Claim until now+lease. That end of the lease is what brings a message back after a crash. It reports
	// false if nothing is due.
	Claim(ctx context.Context, now time.Time, lease time.Duration) (Queued, bool, error)

	// Sent notes that the message was sent at now. It is never claimed again.
	Sent(ctx context.Context, id int64, now time.Time) error

	// Failed notes why the message was not sent, and that it is due again at next; if next is zero, it is
	// given up and never claimed again. It changes nothing if the message has been sent meanwhile.
	Failed(ctx context.Context, id int64, reason string, next time.Time) error
}

// A Worker sends what is in an outbox. A message that cannot be sent now is tried again after growing pauses,
// the last of a day. It is sent by one of several workers; after a crash or a database error between sending
// and noting it may be sent twice, never not at all.
type Worker struct {
	outbox Outbox
	sender *Sender
	every  time.Duration
	now    func() time.Time
	log    *slog.Logger
	wake   chan struct{}
}

// NewWorker returns a worker that looks into the outbox when it is woken, and every so often (30 s is good) for
// what other processes queued and what is to be tried again. [Worker.Run] has it work.
func NewWorker(o Outbox, s *Sender, every time.Duration, now func() time.Time, log *slog.Logger) *Worker {
	return &Worker{outbox: o, sender: s, every: every, now: now, log: log, wake: make(chan struct{}, 1)}
}

// Wake tells the worker that something was queued. It never waits, and anybody may call it at any time.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // it has been told already
	}
}

// Run works until ctx is done, which breaks off a conversation that is under way; then it returns at once, but
// for noting what became of the message. Errors are logged and the work goes on.
func (w *Worker) Run(ctx context.Context) {
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		if err := w.Step(ctx); err != nil && ctx.Err() == nil {
			w.log.Error("outbox", slog.String("error", err.Error()))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.wake:
		}
	}
}

// Step sends what is due. It ends early when a message is to be tried again later: the server is likely to be
// unwell, and the next message gets its turn at the next step. An error is the outbox's.
func (w *Worker) Step(ctx context.Context) error {
	for ctx.Err() == nil {
		q, ok, err := w.outbox.Claim(ctx, w.now(), w.sender.timeout+2*noteTime)
		if err != nil {
			return fmt.Errorf("claim a message: %w", err)
		}
		if !ok {
			return nil
		}
		err = w.sender.Send(ctx, q)
		if noted := w.note(ctx, q, err); noted != nil {
			return fmt.Errorf("note what became of message %d: %w", q.ID, noted)
		}
		if err != nil && !errors.Is(err, ErrRefused) {
			return nil
		}
	}
	return nil
}

// note tells the outbox what became of q, also when ctx is done: else it would be sent again.
func (w *Worker) note(ctx context.Context, q Queued, failure error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	if failure == nil {
		return w.outbox.Sent(ctx, q.ID, w.now())
	}
	var next time.Time
	reason := failure.Error()
	pause, again := pauseAfter(q.Tries)
	switch {
	case errors.Is(failure, ErrRefused):
	case again:
		next = w.now().Add(pause)
	default:
		reason = fmt.Sprintf("given up after %d attempts: %s", q.Tries, reason)
	}
	w.log.Warn("mail not sent", slog.Int64("message", q.ID), slog.Int("tries", q.Tries),
		slog.Bool("again", !next.IsZero()), slog.String("reason", reason))
	return w.outbox.Failed(ctx, q.ID, reason, next)
}

// pauseAfter returns how long to wait after so many attempts, and whether to try again at all. It takes a
// server that is down over a night; all in all, it is a day and a half.
func pauseAfter(tries int) (time.Duration, bool) {
	pauses := [...]time.Duration{
		time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 8 * time.Hour, 24 * time.Hour,
	}
	if tries < 1 || tries > len(pauses) {
		return 0, false
	}
	return pauses[tries-1], true
}
