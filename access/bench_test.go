package access_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"ngportal/access"
)

// university is 10,000 people, 1,000 groups and 5,000 datasets: each dataset has about three grants, each person is in about
// five groups, some of them until later.
func university() access.Facts {
	const people, groups, datasets = 10_000, 1_000, 5_000
	rnd := rand.New(rand.NewPCG(4, 2))
	f := access.Facts{Groups: []access.Group{{ID: 1, Kind: access.Everyone}, {ID: 2, Kind: access.Public}}}
	for i := range int64(groups) {
		f.Groups = append(f.Groups, access.Group{ID: i + 3, Name: fmt.Sprintf("Group %d", i)})
	}
	for i := range int64(people) {
		f.Accounts = append(f.Accounts, access.Account{ID: i + 1, Admin: i == 0})
		for _, group := range rnd.Perm(groups)[:5] {
			m := access.Member{Group: int64(group) + 3, Person: i + 1, Admin: rnd.IntN(50) == 0}
			if rnd.IntN(2) == 0 {
				m.Expires = noon.Add(time.Hour)
			}
			f.Members = append(f.Members, m)
		}
		f.Acceptances = append(f.Acceptances, access.Acceptance{Person: i + 1, Terms: rnd.Int64N(20) + 1, Version: 1})
	}
	for i := range int64(datasets) {
		d := access.Dataset{ID: i + 1, Name: fmt.Sprintf("dataset-%d", i+1), Title: fmt.Sprintf("Dataset %d", i+1), Listed: i%4 == 0}
		if i%10 == 0 {
			d.Terms, d.TermsVersion = i%20+1, 1
		}
		d.Locations = at(fmt.Sprintf("loc-%d", i+1), "lab", fmt.Sprintf("%d/", i+1))
		f.Datasets = append(f.Datasets, d)
		for _, group := range rnd.Perm(groups)[:3] {
			permission := []string{"view", "view", "view", "edit", "manage", "other:word"}[rnd.IntN(6)]
			f.Grants = append(f.Grants, access.Grant{Dataset: d.ID, Group: int64(group) + 3, Permission: permission})
		}
		if i%50 == 0 {
			f.Grants = append(f.Grants, access.Grant{Dataset: d.ID, Group: 1, Permission: "view"})
		}
	}
	return f
}

// BenchmarkCheck is what a request costs: the rights of somebody, and whether they may read a location. The target is 20 µs
// at p99.
func BenchmarkCheck(b *testing.B) {
	p := access.New(university())
	refs := make([]access.Ref, 5_000)
	for i := range refs {
		refs[i] = access.Ref{Dataset: fmt.Sprintf("dataset-%d", i+1), Location: fmt.Sprintf("loc-%d", i+1), Path: "a/0/0"}
	}
	for name, person := range map[string]func(n int) int64{
		"person":        func(n int) int64 { return int64(n*7919%9_999) + 2 },
		"administrator": func(int) int64 { return 1 },
	} {
		b.Run(name, func(b *testing.B) {
			took := make([]time.Duration, 0, b.N)
			for n := range b.N {
				who, ref := access.Person{ID: person(n)}, refs[n*104_729%len(refs)]
				began := time.Now()
				_, err := p.For(who, access.ScopeAdmin, noon).Resolve(ref)
				took = append(took, time.Since(began))
				if name == "administrator" && err != nil && n%10 == 1 {
					b.Fatal(err)
				}
			}
			percentiles(b, took)
		})
	}
}

func percentiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1e3, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100])/1e3, "p99-µs")
}

// BenchmarkPage is what a page asks besides: lists, and who may answer.
func BenchmarkPage(b *testing.B) {
	p := access.New(university())
	for name, who := range map[string]access.Person{"person": {ID: 4711}, "administrator": {ID: 1}} {
		for what, ask := range map[string]func(r access.Rights){
			"For":        func(access.Rights) {},
			"Visible":    func(r access.Rights) { r.Visible() },
			"Listed":     func(r access.Rights) { r.Listed() },
			"Manages":    func(r access.Rights) { r.Manages() },
			"Acting":     func(r access.Rights) { r.Acting() },
			"KnowsTerms": func(r access.Rights) { r.KnowsTerms(1) },
			"Managers":   func(r access.Rights) { r.Managers(1) },
			"Why":        func(r access.Rights) { r.Why(1) },
			"MayAdmit":   func(r access.Rights) { _ = r.MayAdmit(3) },
		} {
			b.Run(what+"/"+name, func(b *testing.B) {
				for b.Loop() {
					ask(p.For(who, access.ScopeAdmin, noon))
				}
			})
		}
	}
}

// BenchmarkNew is what a change of the facts costs each process, without reading them.
func BenchmarkNew(b *testing.B) {
	f := university()
	for b.Loop() {
		access.New(f)
	}
}
