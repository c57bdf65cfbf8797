package store

import (
	"context"

	"ngportal/access"
)

// Revision returns how often who may do what has been changed. It is cheap: every request asks.
func (s *Store) Revision(ctx context.Context) (n int64, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT n FROM revision").Scan(&n)
	return n, explain("read the revision", err)
}

// Facts returns all that decides who may do what, and the revision that it is of.
func (s *Store) Facts(ctx context.Context) (access.Facts, int64, error) {
	var l loading
	err := s.look(ctx, "read who may do what", func(q querier) error {
		l = loading{} // it may be tried again
		for _, part := range []struct {
			query string
			row   func(scan) error
		}{
			{"SELECT n FROM revision", func(to scan) error { return to(&l.revision) }},
			{"SELECT id, admin, disabled, coalesce(owner, 0) FROM people WHERE id <> 0", l.account},
			{"SELECT id, name, kind FROM groups", l.group},
			{"SELECT grp, person, admin, since, expires FROM members", l.member},
			{`SELECT d.id, d.name, title, description, listed, coalesce(d.terms, 0), coalesce(max(v.n), 0) FROM datasets d
				LEFT JOIN terms_versions v ON v.terms = d.terms WHERE retired = 0
				GROUP BY d.id, d.name, title, description, listed, d.terms ORDER BY d.id`, l.dataset},
			{"SELECT dataset, id, bucket, prefix FROM locations WHERE retired = 0 ORDER BY dataset, place, id", l.location},
			{"SELECT dataset, grp, permission, since, expires FROM grants", l.grant},
			{"SELECT person, terms, max(version) FROM acceptances GROUP BY person, terms", l.acceptance},
		} {
			if err := each(ctx, q, part.query, part.row); err != nil {
				return err
			}
		}
		return nil
	})
	return l.facts, l.revision, err
}

// loading is facts that are being read.
type loading struct {
	facts    access.Facts
	revision int64
	at       map[int64]int // dataset → its place in facts
}

type scan func(to ...any) error

func (l *loading) account(row scan) error {
	var a access.Account
	err := row(&a.ID, &a.Admin, &a.Disabled, &a.Owner)
	l.facts.Accounts = append(l.facts.Accounts, a)
	return err
}

func (l *loading) group(row scan) error {
	var g access.Group
	err := row(&g.ID, &g.Name, &g.Kind)
	l.facts.Groups = append(l.facts.Groups, g)
	return err
}

func (l *loading) member(row scan) error {
	var m access.Member
	var since, expires int64
	err := row(&m.Group, &m.Person, &m.Admin, &since, &expires)
	m.Since, m.Expires = instant(since), endOf(expires)
	l.facts.Members = append(l.facts.Members, m)
	return err
}

func (l *loading) dataset(row scan) error {
	var d access.Dataset
	err := row(&d.ID, &d.Name, &d.Title, &d.Description, &d.Listed, &d.Terms, &d.TermsVersion)
	if l.at == nil {
		l.at = map[int64]int{}
	}
	l.at[d.ID] = len(l.facts.Datasets)
	l.facts.Datasets = append(l.facts.Datasets, d)
	return err
}

func (l *loading) location(row scan) error {
	var dataset int64
	var loc access.Location
	if err := row(&dataset, &loc.ID, &loc.Bucket, &loc.Prefix); err != nil {
		return err
	}
	if i, ok := l.at[dataset]; ok { // else the dataset is retired
		d := &l.facts.Datasets[i]
		d.Locations = append(d.Locations, loc)
	}
	return nil
}

func (l *loading) grant(row scan) error {
	var g access.Grant
	var since, expires int64
	err := row(&g.Dataset, &g.Group, &g.Permission, &since, &expires)
	g.Since, g.Expires = instant(since), endOf(expires)
	l.facts.Grants = append(l.facts.Grants, g)
	return err
}

func (l *loading) acceptance(row scan) error {
	var a access.Acceptance
	err := row(&a.Person, &a.Terms, &a.Version)
	l.facts.Acceptances = append(l.facts.Acceptances, a)
	return err
}

// each calls row for each row of a query.
func each(ctx context.Context, q querier, query string, row func(scan) error, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
