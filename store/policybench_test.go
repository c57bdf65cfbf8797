package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/store"
)

// The size of a large institute.
const (
	manyPeople   = 10_000
	manyGroups   = 1_000
	manyDatasets = 5_000
)

// fill makes a large institute: people in five groups each, datasets that three groups may see.
func fill(b *testing.B, s *store.Store) {
	b.Helper()
	for _, statement := range []string{
		`INSERT INTO people (name, email) SELECT 'Person ' || n, 'p' || n || '@example.org' FROM ` + numbers(manyPeople),
		`INSERT INTO groups (name, folded, created) SELECT 'Group ' || n, 'group ' || n, 0 FROM ` + numbers(manyGroups),
		`INSERT INTO datasets (name, folded, title, created) SELECT 'set-' || n, 'set-' || n, 'Set ' || n, 0 FROM ` + numbers(manyDatasets),
		`INSERT INTO locations (id, dataset, bucket, prefix, place, created) SELECT 'loc-' || id, id, 'bucket', name || '/', 0, 0 FROM datasets`,
		fmt.Sprintf(`INSERT INTO members (grp, person, since) SELECT g.id, p.id, 0 FROM people p JOIN groups g ON g.kind = ''
			WHERE p.id > 0 AND (p.id * 7 + g.id) %% %d < 5`, manyGroups),
		fmt.Sprintf(`INSERT INTO grants (dataset, grp, permission, since) SELECT d.id, g.id, 'view', 0 FROM datasets d JOIN groups g ON g.kind = ''
			WHERE (d.id * 3 + g.id) %% %d < 3`, manyGroups),
		"UPDATE revision SET n = n + 1",
	} {
		if err := s.Exec(b.Context(), statement); err != nil {
			b.Fatalf("%.60s: %v", statement, err)
		}
	}
}

// numbers is a table of n rows, n = 1, 2, … in either dialect.
func numbers(n int) string {
	return fmt.Sprintf("(WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d) SELECT n FROM c) AS numbers", n)
}

// BenchmarkPolicies measures the guarded reader of a large institute: from a person to the location of what they ask
// for. "held" is from memory; "asked" is what a request costs, with the question to the database whether anything has
// changed; "start" reads everything; "change" is from a change to the first answer that knows of it, in another process.
func BenchmarkPolicies(b *testing.B) {
	s := open(b, "")
	fill(b, s)
	now := time.Now()
	policies := auth.NewPolicies(s)
	policy, err := policies.Current(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	check := func(policy *access.Policy, i int) {
		who := access.Person{ID: int64(i*7919%manyPeople) + 1}
		set := i*104729%manyDatasets + 1
		_, _ = policy.For(who, access.ScopeAdmin, now).Resolve(access.Ref{Dataset: fmt.Sprintf("set-%d", set), Location: fmt.Sprintf("loc-%d", set)})
	}
	b.Run("held", func(b *testing.B) { percentiles(b, func(i int) { check(policy, i) }) })
	b.Run("asked", func(b *testing.B) {
		percentiles(b, func(i int) {
			current, err := policies.Current(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			check(current, i)
		})
	})
	b.Run("start", func(b *testing.B) {
		for b.Loop() {
			if _, err := auth.NewPolicies(s).Current(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("change", func(b *testing.B) {
		for b.Loop() {
			if err := s.Exec(b.Context(), "UPDATE revision SET n = n + 1"); err != nil {
				b.Fatal(err)
			}
			if _, err := policies.Current(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// percentiles reports how long do takes, at the median and at the 99th percentile.
func percentiles(b *testing.B, do func(i int)) {
	b.Helper()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		do(i)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1e3, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100])/1e3, "p99-µs")
}
