package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"ngportal/access"
)

// A DatasetRow is a dataset as administrators see it.
type DatasetRow struct {
	access.Dataset // Locations are those in use
	TermsName      string
	Created        time.Time
	Retired        bool
}

// A DatasetChange is what to change of a dataset; nil leaves as it is.
type DatasetChange struct {
	Name        *string
	Title       *string
	Description *string
	Listed      *bool
	Terms       *int64 // 0 for none
	Retired     *bool
}

// datasetFacts are what the audit keeps of a dataset.
type datasetFacts struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Listed      bool   `json:"listed"`
	Terms       int64  `json:"terms,omitempty"`
	Retired     bool   `json:"retired,omitempty"`
}

// datasetList is the list of datasets.
func datasetList() listing {
	return listing{
		columns: `d.id, d.name, d.title, d.description, d.listed, coalesce(d.terms, 0), coalesce(t.name, ''),
			(SELECT coalesce(max(v.n), 0) FROM terms_versions v WHERE v.terms = d.terms), d.created, d.retired`,
		from: "datasets d LEFT JOIN terms t ON t.id = d.terms",
		sorts: map[string]string{
			"name": "d.folded", "title": "lower(d.title)", "created": "d.created", "listed": "d.listed", "retired": "d.retired",
		},
		order: "d.retired, d.folded", unique: "d.id",
	}
}

// datasetRows returns the part of a list that q asks for, and how long it is in all.
func datasetRows(ctx context.Context, from querier, l listing, q Query) (out []DatasetRow, total int, _ error) {
	at := map[int64]int{} // dataset → its place in out
	total, err := l.read(ctx, from, q, func(row scan) error {
		var d DatasetRow
		var created int64
		err := row(&d.ID, &d.Name, &d.Title, &d.Description, &d.Listed, &d.Terms, &d.TermsName, &d.TermsVersion, &created, &d.Retired)
		d.Created = instant(created)
		at[d.ID] = len(out)
		out = append(out, d)
		return err
	})
	if err != nil || len(out) == 0 {
		return nil, total, err
	}
	ids := make([]any, len(out))
	for i, d := range out {
		ids[i] = d.ID
	}
	query := "SELECT dataset, id, bucket, prefix FROM locations WHERE retired = 0 AND dataset IN (" + marks(len(ids)) + ") ORDER BY dataset, place, id"
	return out, total, each(ctx, from, query, func(row scan) error {
		var dataset int64
		var l access.Location
		err := row(&dataset, &l.ID, &l.Bucket, &l.Prefix)
		if d, ok := at[dataset]; ok {
			out[d].Locations = append(out[d].Locations, l)
		}
		return err
	}, ids...)
}

// Datasets returns a part of the list of the datasets that somebody manages, and how many there are in all; to administrators
// of the portal also those that are retired. Sort is name, title, created, listed or retired.
func (s *Store) Datasets(ctx context.Context, by access.Rights, q Query) (out []DatasetRow, total int, err error) {
	l := datasetList()
	if !by.Administers() {
		var ids []int64
		for _, d := range by.Manages() {
			ids = append(ids, d.ID)
		}
		l.among("d.id", ids)
	}
	l.search(q.Text, "d.folded", "lower(d.title)")
	err = s.look(ctx, "list datasets", func(from querier) error {
		out, total, err = datasetRows(ctx, from, l, q)
		return err
	})
	return out, total, err
}

// DatasetByID returns the dataset with this id. The error is an [*access.Refusal] for whoever does not manage it, and wraps
// [fs.ErrNotExist] if an administrator asks for one that is not there.
func (s *Store) DatasetByID(ctx context.Context, by access.Rights, id int64) (d DatasetRow, err error) {
	if err = mayManage(by, id, access.Manage); err != nil {
		return d, err
	}
	err = s.look(ctx, "read dataset", func(from querier) error {
		l := datasetList()
		l.among("d.id", []int64{id})
		var found []DatasetRow
		found, _, err = datasetRows(ctx, from, l, Query{})
		if err == nil && len(found) == 0 {
			err = sql.ErrNoRows
		}
		if err == nil {
			d = found[0]
		}
		return err
	})
	return d, err
}

// AddDataset makes a dataset with its locations and returns its id. Its ID and TermsVersion are not looked at.
// The error is an [*access.Refusal] for whoever does not administer the portal, and a [*Fault] of name, title, description,
// terms, id, bucket or prefix.
func (s *Store) AddDataset(ctx context.Context, by access.Rights, d access.Dataset) (id int64, err error) {
	if err = by.MayAdminister(); err != nil {
		return 0, err
	}
	err = s.alter(ctx, by, "add dataset", func(tx *writer) (Entry, error) {
		var made []Entry
		made, err = addDataset(ctx, tx, &d, by.Now())
		if err != nil {
			return Entry{}, err
		}
		return made[0], notes(ctx, tx, by, made[1:])
	})
	if err != nil {
		return 0, err
	}
	return d.ID, nil
}

// addDataset makes a dataset, gives d its id, and tells of it and of each of its locations.
func addDataset(ctx context.Context, tx *writer, d *access.Dataset, now time.Time) ([]Entry, error) {
	f, err := checkDataset(ctx, tx, datasetFacts{Name: d.Name, Title: d.Title, Description: d.Description, Listed: d.Listed, Terms: d.Terms})
	if err != nil {
		return nil, err
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO datasets (name, folded, title, description, listed, terms, created)
		VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`, f.Name, folded(f.Name), f.Title, f.Description, flag(f.Listed), orNone(f.Terms),
		millis(now)).Scan(&f.ID)
	if err != nil {
		return nil, err
	}
	d.ID, d.Title = f.ID, f.Title
	entries := []Entry{Entry{Event: DatasetMade, Dataset: f.Name, Object: objectOf("dataset", f.ID)}.changed(nil, f)}
	for _, l := range d.Locations {
		e, err := addLocation(ctx, tx, f, l, now)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// orNone is the id of terms, or NULL for none.
func orNone(terms int64) any {
	if terms == 0 {
		return nil
	}
	return terms
}

// checkDataset returns a dataset as it is kept. The error is a [*Fault] of name, title, description or terms.
func checkDataset(ctx context.Context, tx *writer, f datasetFacts) (_ datasetFacts, err error) {
	if err = access.CheckName(f.Name); err != nil {
		return f, reason("name", err)
	}
	if f.Title == "" {
		f.Title = f.Name
	}
	if f.Title, err = nameOf("title", f.Title); err != nil {
		return f, err
	}
	if f.Description, err = textOf("description", f.Description, maxText); err != nil {
		return f, err
	}
	var other string
	var retired bool
	err = tx.QueryRowContext(ctx, "SELECT name, retired FROM datasets WHERE folded = ? AND id <> ?", folded(f.Name), f.ID).Scan(&other, &retired)
	switch {
	case err == nil && retired:
		return f, faulty("name", "There was another dataset of this name, “%s”, and names are not used again.", other)
	case err == nil:
		return f, faulty("name", "There is another dataset of this name: “%s”.", other)
	case !errors.Is(err, sql.ErrNoRows):
		return f, err
	case f.Terms == 0:
		return f, nil
	}
	err = tx.QueryRowContext(ctx, "SELECT name FROM terms WHERE id = ?", f.Terms).Scan(&other)
	if errors.Is(err, sql.ErrNoRows) {
		err = faulty("terms", "There are no such terms.")
	}
	return f, err
}

// ChangeDataset changes what its managers (Title, Description), those with the permission admin on it (Listed, Terms) and
// administrators of the portal (Name, Retired) may change. The error is an [*access.Refusal], a [*Fault] of the field,
// also if locations of others have taken the place of a retired one's, and wraps [fs.ErrNotExist] if there is no such dataset.
func (s *Store) ChangeDataset(ctx context.Context, by access.Rights, id int64, c DatasetChange) error {
	if err := c.may(by, id); err != nil {
		return err
	}
	return s.alter(ctx, by, "change dataset", func(tx *writer) (Entry, error) {
		before, err := readDataset(ctx, tx, id)
		if err != nil {
			return Entry{}, err
		}
		after, err := checkDataset(ctx, tx, c.of(before))
		if err != nil || after == before {
			return Entry{}, err
		}
		if before.Retired && !after.Retired {
			if err := checkReturn(ctx, tx, id); err != nil {
				return Entry{}, err
			}
		}
		return changeDataset(ctx, tx, before, after)
	})
}

// may tells why by may not change this of a dataset, or nil.
func (c DatasetChange) may(by access.Rights, id int64) error {
	least := access.Manage
	if c.Listed != nil || c.Terms != nil {
		least = access.Admin
	}
	if c.Name != nil || c.Retired != nil {
		return by.MayAdminister()
	}
	return mayManage(by, id, least)
}

// of is f with the change.
func (c DatasetChange) of(f datasetFacts) datasetFacts {
	set(&f.Name, c.Name)
	set(&f.Title, c.Title)
	set(&f.Description, c.Description)
	set(&f.Listed, c.Listed)
	set(&f.Terms, c.Terms)
	set(&f.Retired, c.Retired)
	return f
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func readDataset(ctx context.Context, tx *writer, id int64) (f datasetFacts, err error) {
	err = tx.QueryRowContext(ctx, "SELECT id, name, title, description, listed, coalesce(terms, 0), retired FROM datasets WHERE id = ?", id).
		Scan(&f.ID, &f.Name, &f.Title, &f.Description, &f.Listed, &f.Terms, &f.Retired)
	return f, err
}

func changeDataset(ctx context.Context, tx *writer, before, after datasetFacts) (Entry, error) {
	_, err := tx.ExecContext(ctx, `UPDATE datasets SET name = ?, folded = ?, title = ?, description = ?, listed = ?, terms = ?, retired = ?
		WHERE id = ?`, after.Name, folded(after.Name), after.Title, after.Description, flag(after.Listed), orNone(after.Terms),
		flag(after.Retired), after.ID)
	if err != nil {
		return Entry{}, err
	}
	if after.Name != before.Name { // what people have ticked stays theirs
		_, err = tx.ExecContext(ctx, "UPDATE tray_items SET dataset = ? WHERE dataset = ?", after.Name, before.Name)
	}
	return Entry{Event: DatasetChanged, Dataset: after.Name, Object: objectOf("dataset", after.ID)}.changed(before, after), err
}
