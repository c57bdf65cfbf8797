package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"ngportal/mail"
)

// queue puts mails into the outbox, in the transaction of the change that they tell of. Those to nobody are left out.
func queue(ctx context.Context, tx *writer, mails []mail.Message, now time.Time) error {
	for _, m := range mails {
		if m.To == "" {
			continue
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO mails (recipient, reply_to, subject, text, created, due) VALUES (?, ?, ?, ?, ?, ?)",
			m.To, m.ReplyTo, m.Subject, m.Text, millis(now), millis(now))
		if err != nil {
			return err
		}
	}
	return nil
}

// An Outbox is the mails of a store that are to be sent. It is a [mail.Outbox], and what its methods do is said there.
type Outbox struct{ s *Store }

// Outbox returns the mails to be sent.
func (s *Store) Outbox() Outbox { return Outbox{s} }

// Claim takes a mail that is due at now and keeps it from others until now+lease. It reports false if none is due.
func (o Outbox) Claim(ctx context.Context, now time.Time, lease time.Duration) (mail.Queued, bool, error) {
	var q mail.Queued
	var ok bool
	err := o.s.change(ctx, "claim a mail", func(tx *writer) error {
		var created int64
		err := tx.QueryRowContext(ctx, `UPDATE mails SET claimed = ?, attempts = attempts + 1 WHERE id =
			(SELECT id FROM mails WHERE done = 0 AND due <= ? AND claimed <= ? ORDER BY due, id LIMIT 1)
			RETURNING id, created, attempts, recipient, reply_to, subject, text`, millis(now.Add(lease)), millis(now), millis(now)).
			Scan(&q.ID, &created, &q.Tries, &q.Message.To, &q.Message.ReplyTo, &q.Message.Subject, &q.Message.Text)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		q.Created, ok = instant(created), err == nil
		return err
	})
	if err != nil || !ok {
		return mail.Queued{}, false, err
	}
	return q, true, nil
}

// Sent notes that a mail was sent at now.
func (o Outbox) Sent(ctx context.Context, id int64, now time.Time) error {
	return o.s.change(ctx, "note that a mail was sent", func(tx *writer) error {
		_, err := tx.ExecContext(ctx, "UPDATE mails SET done = ?, fault = '' WHERE id = ?", millis(now), id)
		return err
	})
}

// Failed notes why a mail was not sent, and that it is due again at next; if next is zero it is given up.
func (o Outbox) Failed(ctx context.Context, id int64, reason string, next time.Time) error {
	return o.s.change(ctx, "note that a mail was not sent", func(tx *writer) error {
		query, args := "UPDATE mails SET fault = ?, claimed = 0, due = ? WHERE id = ? AND done = 0", []any{cut(reason, maxDetail), millis(next), id}
		if next.IsZero() { // it was done with at the end of its lease
			query, args = "UPDATE mails SET fault = ?, done = claimed WHERE id = ? AND done = 0", []any{cut(reason, maxDetail), id}
		}
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
}
