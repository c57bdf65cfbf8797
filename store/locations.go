package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"ngportal/access"
)

// A LocationRow is a location, in use or not.
type LocationRow struct {
	access.Location
	Created time.Time
	Retired bool
}

// locationFacts are what the audit keeps of a location.
type locationFacts struct {
	ID      string `json:"id"`
	Dataset int64  `json:"dataset"`
	Bucket  string `json:"bucket"`
	Prefix  string `json:"prefix"`
	Retired bool   `json:"retired,omitempty"`
}

// LocationsOf returns the locations of a dataset, in use or not, in the order they were added. The error is an
// [*access.Refusal] for whoever does not manage the dataset.
func (s *Store) LocationsOf(ctx context.Context, by access.Rights, dataset int64) (out []LocationRow, _ error) {
	if err := mayManage(by, dataset, access.Manage); err != nil {
		return nil, err
	}
	err := each(ctx, s.read, "SELECT id, bucket, prefix, created, retired FROM locations WHERE dataset = ? ORDER BY place, id", func(row scan) error {
		var l LocationRow
		var created int64
		err := row(&l.ID, &l.Bucket, &l.Prefix, &created, &l.Retired)
		l.Created = instant(created)
		out = append(out, l)
		return err
	}, dataset)
	return out, explain("list locations", err)
}

// AddLocation adds a location to a dataset. The error is an [*access.Refusal] for whoever does not administer the portal,
// a [*Fault] of id, bucket or prefix, and wraps [fs.ErrNotExist] if there is no such dataset.
func (s *Store) AddLocation(ctx context.Context, by access.Rights, dataset int64, l access.Location) error {
	if err := by.MayAdminister(); err != nil {
		return err
	}
	return s.alter(ctx, by, "add location", func(tx *writer) (Entry, error) {
		of, err := readDataset(ctx, tx, dataset)
		if err != nil {
			return Entry{}, err
		}
		return addLocation(ctx, tx, of, l, by.Now())
	})
}

func addLocation(ctx context.Context, tx *writer, of datasetFacts, l access.Location, now time.Time) (Entry, error) {
	if err := freeLocation(ctx, tx, l.ID); err != nil {
		return Entry{}, err
	}
	if err := checkLocation(ctx, tx, of.ID, l); err != nil {
		return Entry{}, err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO locations (id, dataset, bucket, prefix, place, created)
		VALUES (?, ?, ?, ?, (SELECT coalesce(max(place), 0) + 1 FROM locations WHERE dataset = ?), ?)`,
		l.ID, of.ID, l.Bucket, l.Prefix, of.ID, millis(now))
	f := locationFacts{ID: l.ID, Dataset: of.ID, Bucket: l.Bucket, Prefix: l.Prefix}
	return Entry{Event: LocationChanged, Dataset: of.Name, Object: objectOf("location", l.ID)}.changed(nil, f), err
}

// freeLocation finds fault with an id that a location has or has had.
func freeLocation(ctx context.Context, tx *writer, id string) error {
	var name string
	var retired bool
	err := tx.QueryRowContext(ctx, "SELECT d.name, l.retired FROM locations l JOIN datasets d ON d.id = l.dataset WHERE l.id = ?", id).
		Scan(&name, &retired)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case retired:
		return faulty("id", "The id %q was that of a location of the dataset “%s”, and ids are not used again. Take another.", id, name)
	}
	return faulty("id", "The id %q is that of a location of the dataset “%s”. Take another.", id, name)
}

// checkLocation finds fault with a location of a dataset that is not well formed, or overlaps another one that is in use or of
// the same dataset.
func checkLocation(ctx context.Context, tx *writer, dataset int64, l access.Location) error {
	if l.Bucket == "" || strings.ContainsFunc(l.Bucket, func(r rune) bool { return r == '/' || r == ' ' || unprintable(r) }) {
		return faulty("bucket", "Name the bucket, without “s3://” and slashes.")
	}
	if err := access.CheckLocation(access.Location{ID: l.ID, Bucket: l.Bucket}, nil); err != nil {
		return reason("id", err)
	}
	var others []access.Location
	err := each(ctx, tx, `SELECT l.id, l.bucket, l.prefix FROM locations l JOIN datasets d ON d.id = l.dataset
		WHERE l.bucket = ? AND l.id <> ? AND l.retired = 0 AND (d.retired = 0 OR d.id = ?) ORDER BY l.id`, func(row scan) error {
		var o access.Location
		err := row(&o.ID, &o.Bucket, &o.Prefix)
		others = append(others, o)
		return err
	}, l.Bucket, l.ID, dataset)
	if err != nil {
		return err
	}
	if err := access.CheckLocation(l, others); err != nil {
		return reason("prefix", err)
	}
	return nil
}

// checkReturn finds fault with a retired dataset that comes into use again if one of its locations overlaps another by now.
func checkReturn(ctx context.Context, tx *writer, dataset int64) error {
	var own []access.Location
	err := each(ctx, tx, "SELECT id, bucket, prefix FROM locations WHERE dataset = ? AND retired = 0 ORDER BY place, id", func(row scan) error {
		var l access.Location
		err := row(&l.ID, &l.Bucket, &l.Prefix)
		own = append(own, l)
		return err
	}, dataset)
	if err != nil {
		return err
	}
	for _, l := range own {
		err := checkLocation(ctx, tx, dataset, l)
		if fault, ok := errors.AsType[*Fault](err); ok {
			return faulty("retired", "%s", fault.Text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// MoveLocation says that the data of a location lie elsewhere now; addresses that go through it stay good. The error is an
// [*access.Refusal] for whoever does not administer the portal, a [*Fault] of bucket or prefix, and wraps [fs.ErrNotExist] if
// there is no such location.
func (s *Store) MoveLocation(ctx context.Context, by access.Rights, id, bucket, prefix string) error {
	return s.changeLocation(ctx, by, "move location", id, func(l locationFacts) locationFacts {
		l.Bucket, l.Prefix = bucket, prefix
		return l
	})
}

// RetireLocation takes a location out of use, or into use again. Errors are those of [Store.MoveLocation].
func (s *Store) RetireLocation(ctx context.Context, by access.Rights, id string, retired bool) error {
	return s.changeLocation(ctx, by, "retire location", id, func(l locationFacts) locationFacts {
		l.Retired = retired
		return l
	})
}

func (s *Store) changeLocation(ctx context.Context, by access.Rights, what, id string, to func(locationFacts) locationFacts) error {
	if err := by.MayAdminister(); err != nil {
		return err
	}
	return s.alter(ctx, by, what, func(tx *writer) (Entry, error) {
		before, name, err := readLocation(ctx, tx, id)
		after := to(before)
		if err != nil || after == before {
			return Entry{}, err
		}
		if !after.Retired || after.Bucket != before.Bucket || after.Prefix != before.Prefix {
			err = checkLocation(ctx, tx, after.Dataset, access.Location{ID: after.ID, Bucket: after.Bucket, Prefix: after.Prefix})
		}
		if err != nil {
			return Entry{}, err
		}
		_, err = tx.ExecContext(ctx, "UPDATE locations SET bucket = ?, prefix = ?, retired = ? WHERE id = ?",
			after.Bucket, after.Prefix, flag(after.Retired), id)
		return Entry{Event: LocationChanged, Dataset: name, Object: objectOf("location", id)}.changed(before, after), err
	})
}

// readLocation returns a location and the name of its dataset.
func readLocation(ctx context.Context, tx *writer, id string) (l locationFacts, dataset string, err error) {
	err = tx.QueryRowContext(ctx, `SELECT l.id, l.dataset, l.bucket, l.prefix, l.retired, d.name FROM locations l
		JOIN datasets d ON d.id = l.dataset WHERE l.id = ?`, id).Scan(&l.ID, &l.Dataset, &l.Bucket, &l.Prefix, &l.Retired, &dataset)
	return l, dataset, err
}
