package handlers

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ngportal/s3index"
	"ngportal/views"
)

// maxTrail is how many earlier pages an address remembers, for going back.
const maxTrail = 20

// sortEntries sorts the rows of a page as the address asks, and returns the headings' links.
func sortEntries(entries []s3index.Entry, u *url.URL) views.Sort {
	by, down := strings.CutPrefix(u.Query().Get("sort"), "-")
	compare := map[string]func(a, b s3index.Entry) int{
		"name": func(a, b s3index.Entry) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) },
		"size": func(a, b s3index.Entry) int { return cmp.Compare(a.Size, b.Size) },
		"date": func(a, b s3index.Entry) int { return a.Modified.Compare(b.Modified) },
	}
	if f := compare[by]; f != nil {
		slices.SortStableFunc(entries, func(a, b s3index.Entry) int {
			if down {
				return f(b, a)
			}
			return f(a, b)
		})
	}
	link := func(name string) views.SortLink {
		l := views.SortLink{Order: views.Unsorted}
		next := name
		if by == name {
			l.Order, next = views.Ascending, "-"+name
			if down {
				l.Order, next = views.Descending, name
			}
		}
		l.Href = withQuery(u, "sort", next)
		return l
	}
	return views.Sort{Name: link("name"), Size: link("size"), Date: link("date")}
}

// withQuery is the address u with one value of its query set.
func withQuery(u *url.URL, name, value string) string {
	q := u.Query()
	q.Set(name, value)
	return withValues(u, q)
}

func withValues(u *url.URL, q url.Values) string {
	if len(q) == 0 {
		return u.EscapedPath()
	}
	return u.EscapedPath() + "?" + q.Encode()
}

func filterOf(u *url.URL) views.Filter {
	f := views.Filter{Action: u.EscapedPath(), Value: u.Query().Get("filter")}
	without := *u
	q := u.Query()
	q.Del("filter")
	q.Del("after") // another filter begins at its own first page
	q.Del("page")
	without.RawQuery = q.Encode()
	f.Clear = without.RequestURI()
	if by := q.Get("sort"); by != "" {
		f.Hidden = []views.Field{{Name: "sort", Value: by}}
	}
	return f
}

// A pager says where in a folder a page is, and where the pages around it are.
type pager struct {
	position string // "Entries 201–400, there are more"
	first    string // address of the first page where before is not known; else ""
	before   string
	after    string
}

// newPager makes the pager of the page u with so many rows. The address of a page holds the tokens of the pages
// before it, because storage lists forward only; of many pages, only the last of them.
func newPager(u *url.URL, trail []string, rows int, next string) pager {
	number := max(1, len(trail)+1)
	if n, err := strconv.Atoi(u.Query().Get("page")); err == nil && n > number && n < 1e6 {
		number = n
	}
	p := pager{position: views.Number(rows) + " entries"}
	if rows == 1 {
		p.position = "1 entry"
	}
	if number > 1 || next != "" {
		first := (number-1)*pageRows + 1
		p.position = "Entries " + views.Number(first) + "–" + views.Number(first+rows-1)
	}
	switch {
	case len(trail) > 1 || number == 2 && len(trail) == 1:
		p.before = pageURL(u, trail[:len(trail)-1], number-1)
	case len(trail) == 1: // the pages between have been forgotten
		p.first = pageURL(u, nil, 1)
	}
	if next != "" {
		p.position += ", there are more"
		trail = append(slices.Clone(trail), next)
		p.after = pageURL(u, trail[max(0, len(trail)-maxTrail):], number+1)
	}
	return p
}

// pageURL is the address of a page of the folder at u.
func pageURL(u *url.URL, trail []string, number int) string {
	page := ""
	if number > len(trail)+1 { // otherwise the trail tells
		page = strconv.Itoa(number)
	}
	q := u.Query()
	q["after"] = trail
	q.Set("page", page)
	if page == "" {
		q.Del("page")
	}
	if len(trail) == 0 {
		q.Del("after")
	}
	return withValues(u, q)
}
