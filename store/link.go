package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"ngportal/access"
)

// MaxState is the size of the largest state that is kept, in bytes.
const MaxState = 1 << 20

// A Link is a short address of a stored state.
type Link struct {
	Slug      string
	Version   int // 1 is the first
	Title     string
	State     []byte // JSON
	Owner     access.Person
	Datasets  []string // names of those the state uses
	Locations []string // ids of those the state uses
	Created   time.Time
}

// AddLink keeps a new link and returns it with its slug and version. Given are all other fields.
//
// The error wraps [ErrTooLarge] if the state is larger than [MaxState], and [ErrInvalid] if
// it is not JSON or the title is too long.
func (s *Store) AddLink(ctx context.Context, l Link) (Link, error) {
	switch {
	case len(l.State) > MaxState:
		return Link{}, fmt.Errorf("add link: %w: the state has %d bytes, and %d is the limit", ErrTooLarge, len(l.State), MaxState)
	case !json.Valid(l.State):
		return Link{}, fmt.Errorf("add link: %w: the state is not JSON", ErrInvalid)
	}
	if err := tooLong("the title", l.Title, maxName); err != nil {
		return Link{}, fmt.Errorf("add link: %w", err)
	}
	l.Slug, l.Version, l.Created = newSlug(), 1, instant(millis(l.Created))
	err := s.change(ctx, "add link", func(tx *writer) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO links (slug, owner, created) VALUES (?, ?, ?)", l.Slug, l.Owner.ID, millis(l.Created))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO link_versions (slug, n, title, state, datasets, locations, created)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, l.Slug, l.Version, l.Title, l.State, list(l.Datasets), list(l.Locations), millis(l.Created))
		return err
	})
	if err != nil {
		return Link{}, err
	}
	return l, nil
}

const linkColumns = `v.slug, v.n, v.title, v.datasets, v.locations, v.created,
	people.id, people.email, people.name
	FROM links JOIN people ON people.id = links.owner
	JOIN link_versions v ON v.slug = links.slug AND v.n = (SELECT max(n) FROM link_versions WHERE slug = links.slug)`

// into returns where the columns of a link go. Call done after the scan.
func (l *Link) into() (fields []any, done func()) {
	created := new(int64)
	o := &l.Owner
	fields = []any{
		&l.Slug, &l.Version, &l.Title, (*list)(&l.Datasets), (*list)(&l.Locations), created,
		&o.ID, &o.Email, &o.Name,
	}
	return fields, func() { l.Created = instant(*created) }
}

// Link returns the newest version of a link. It asks nobody's permission: the state may name
// data that its reader must not see. The error wraps [fs.ErrNotExist] if there is no such link.
func (s *Store) Link(ctx context.Context, slug string) (Link, error) {
	var l Link
	fields, done := l.into()
	err := s.read.QueryRowContext(ctx, "SELECT v.state, "+linkColumns+" WHERE links.slug = ?", slug).
		Scan(append([]any{&l.State}, fields...)...)
	if err != nil {
		return Link{}, explain("read link", err)
	}
	done()
	return l, nil
}

// Links returns the links that owner has made, newest first, at most limit of them, without their states.
func (s *Store) Links(ctx context.Context, owner access.Person, limit int) ([]Link, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+linkColumns+` WHERE links.owner = ?
		ORDER BY links.created DESC, links.slug LIMIT ?`, owner.ID, max(limit, 0))
	if err != nil {
		return nil, explain("list links", err)
	}
	defer rows.Close()
	var out []Link
	for rows.Next() {
		var l Link
		fields, done := l.into()
		if err := rows.Scan(fields...); err != nil {
			return nil, explain("list links", err)
		}
		done()
		out = append(out, l)
	}
	return out, explain("list links", rows.Err())
}

// newSlug returns 80 random bits in groups of four, such as "k3vq-8d0x-m2ja-97wt". The
// alphabet has no i, l, o and u, which are misread or spell words.
func newSlug() string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	var random [16]byte
	_, _ = rand.Read(random[:]) // It never fails: https://pkg.go.dev/crypto/rand#Read.
	slug := make([]byte, 0, len(random)+3)
	for i, r := range random {
		if i > 0 && i%4 == 0 {
			slug = append(slug, '-')
		}
		slug = append(slug, alphabet[r%32]) // 32 divides 256: no letter is likelier.
	}
	return string(slug)
}
