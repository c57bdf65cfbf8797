package handlers

import (
	"fmt"
	"net/url"
	"testing"

	"ngportal/views"
)

// TestPager walks a folder of 30 pages forward and back by the addresses alone.
func TestPager(t *testing.T) {
	const pages = 30
	u, err := url.Parse("/browse/d/f/?sort=name")
	if err != nil {
		t.Fatal(err)
	}
	page := func(number int) pager { // as the handler makes it, from u
		next := ""
		if number < pages {
			next = fmt.Sprintf("token+%d/", number)
		}
		return newPager(u, u.Query()["after"], pageRows, next)
	}
	turn := func(address string) {
		t.Helper()
		if u, err = url.Parse(address); err != nil || address == "" {
			t.Fatalf("turning the page to %q: %v", address, err)
		}
	}
	for n := 1; n < pages; n++ {
		turn(page(n).after)
	}
	for n := pages; ; n-- {
		p := page(n)
		want := fmt.Sprintf("Entries %s–%s", views.Number((n-1)*pageRows+1), views.Number(n*pageRows))
		if n < pages {
			want += ", there are more"
		}
		if p.position != want {
			t.Errorf("page %d says %q, want %q", n, p.position, want)
		}
		if p.before == "" {
			if n != pages-maxTrail+1 || p.first != "/browse/d/f/?sort=name" {
				t.Errorf("the trail ends on page %d with %q, want page %d and the first page", n, p.first, pages-maxTrail+1)
			}
			return
		}
		turn(p.before)
	}
}
