package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ngportal/access"
)

// Terms are what people must accept before they see the data of a dataset.
type Terms struct {
	ID      int64
	Name    string
	Version int    // the newest is the one to accept
	Text    string // Markdown
	Created time.Time
}

// An Accepted is that somebody has accepted a version of terms.
type Accepted struct {
	Who     access.Person
	Terms   int64
	Name    string // of the terms
	Version int
	At      time.Time
}

// termsFacts are what the audit keeps of terms. Their text is kept for ever.
type termsFacts struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Version int    `json:"version"`
}

// MaxTerms is how many bytes the text of terms may have.
const MaxTerms = 256 << 10

const (
	termsColumns = "SELECT t.id, t.name, v.n, v.text, v.created FROM terms t JOIN terms_versions v ON v.terms = t.id"
	newest       = "v.n = (SELECT max(n) FROM terms_versions WHERE terms = t.id)"
)

func (t *Terms) scan(row scan) error {
	var created int64
	err := row(&t.ID, &t.Name, &t.Version, &t.Text, &created)
	t.Created = instant(created)
	return err
}

// AllTerms returns the newest version of all terms, by name. The error is an [*access.Refusal] for whoever has nothing to
// administer.
func (s *Store) AllTerms(ctx context.Context, by access.Rights) (out []Terms, _ error) {
	if err := mayAct(by); err != nil {
		return nil, err
	}
	err := each(ctx, s.read, termsColumns+" WHERE "+newest+" ORDER BY t.folded", func(row scan) error {
		var t Terms
		err := t.scan(row)
		out = append(out, t)
		return err
	})
	return out, explain("list terms", err)
}

// TermsByID returns a version of terms; 0 is the newest. The error wraps [fs.ErrNotExist] if there is none, or none that the
// person may know of.
func (s *Store) TermsByID(ctx context.Context, by access.Rights, id int64, version int) (t Terms, err error) {
	if !by.KnowsTerms(id) {
		return t, fmt.Errorf("terms %d: %w", id, fs.ErrNotExist)
	}
	where, args := " WHERE t.id = ? AND v.n = ?", []any{id, version}
	if version == 0 {
		where, args = " WHERE t.id = ? AND "+newest, []any{id}
	}
	err = t.scan(s.read.QueryRowContext(ctx, termsColumns+where, args...).Scan)
	return t, explain("read terms", err)
}

// AddTerms makes terms with their first version and returns their id. The error is an [*access.Refusal] for whoever does not
// administer the portal, and a [*Fault] of name or text.
func (s *Store) AddTerms(ctx context.Context, by access.Rights, name, text string) (id int64, err error) {
	if err = by.MayAdminister(); err != nil {
		return 0, err
	}
	if name, err = nameOf("name", name); err != nil {
		return 0, err
	}
	if text, err = termsText(text); err != nil {
		return 0, err
	}
	err = s.alter(ctx, by, "add terms", func(tx *writer) (Entry, error) {
		if err = freeTerms(ctx, tx, name); err != nil {
			return Entry{}, err
		}
		err = tx.QueryRowContext(ctx, "INSERT INTO terms (name, folded, created) VALUES (?, ?, ?) RETURNING id",
			name, folded(name), millis(by.Now())).Scan(&id)
		if err != nil {
			return Entry{}, err
		}
		e := Entry{Event: TermsMade, Object: objectOf("terms", id)}.changed(nil, termsFacts{id, name, 1})
		return e, addVersion(ctx, tx, id, 1, text, by.Now())
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

// freeTerms finds fault with a name that other terms have.
func freeTerms(ctx context.Context, tx *writer, name string) error {
	var other string
	err := tx.QueryRowContext(ctx, "SELECT name FROM terms WHERE folded = ?", folded(name)).Scan(&other)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return faulty("name", "There are other terms of this name: “%s”.", other)
}

// termsText returns the text of terms as it is kept. The error is a [*Fault] of text.
func termsText(text string) (string, error) {
	text, err := textOf("text", text, MaxTerms)
	switch {
	case err != nil:
		return "", err
	case text == "":
		return "", faulty("text", "Write down the terms.")
	case len(text) > MaxTerms:
		return "", faulty("text", "The terms have %d bytes, more than %d.", len(text), MaxTerms)
	}
	return text, nil
}

func addVersion(ctx context.Context, tx *writer, terms int64, n int, text string, now time.Time) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO terms_versions (terms, n, text, created) VALUES (?, ?, ?, ?)", terms, n, text, millis(now))
	return err
}

// AddTermsVersion makes a new version of terms, which everybody must accept anew, and returns its number. If the text is that
// of the newest version, there is no new one. The error is an [*access.Refusal] for whoever does not administer the portal,
// a [*Fault] of text, and wraps [fs.ErrNotExist] if there are no such terms.
func (s *Store) AddTermsVersion(ctx context.Context, by access.Rights, id int64, text string) (n int, err error) {
	if err = by.MayAdminister(); err != nil {
		return 0, err
	}
	if text, err = termsText(text); err != nil {
		return 0, err
	}
	err = s.alter(ctx, by, "add version of terms", func(tx *writer) (Entry, error) {
		var t Terms
		if err = t.scan(tx.QueryRowContext(ctx, termsColumns+" WHERE t.id = ? AND "+newest, id).Scan); err != nil {
			return Entry{}, err
		}
		n = t.Version
		if t.Text == text {
			return Entry{}, nil
		}
		n++
		e := Entry{Event: TermsChanged, Object: objectOf("terms", id)}.changed(termsFacts{id, t.Name, t.Version}, termsFacts{id, t.Name, n})
		return e, addVersion(ctx, tx, id, n, text, by.Now())
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
