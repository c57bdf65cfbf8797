package handlers

import (
	"cmp"
	"net/url"
	"slices"
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

// withQuery is the address u with one value of its query set; an empty value removes it.
func withQuery(u *url.URL, name string, values ...string) string {
	q := u.Query()
	q[name] = values
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		q.Del(name)
	}
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
	without.RawQuery = q.Encode()
	f.Clear = without.RequestURI()
	if by := q.Get("sort"); by != "" {
		f.Hidden = []views.Field{{Name: "sort", Value: by}}
	}
	return f
}

// pager says where in a folder a page is, and where the pages around it are. The address of a page
// holds the tokens of the pages before it: storage lists forward only.
func pager(u *url.URL, trail []string, rows int, next string) (position, before, after string) {
	noun := "entries"
	if rows == 1 {
		noun = "entry"
	}
	position = count(int64(rows)) + " " + noun
	if len(trail) > 0 || next != "" {
		first := len(trail)*pageRows + 1
		position = "Entries " + count(int64(first)) + "–" + count(int64(first+rows-1))
		if len(trail) > maxTrail { // the beginning of the trail has been cut
			position = "More than " + count(int64(maxTrail*pageRows)) + " entries in"
		}
	}
	if len(trail) > 0 {
		before = withQuery(u, "after", trail[:len(trail)-1]...)
	}
	if next != "" {
		position += ", there are more"
		trail = append(slices.Clone(trail), next)
		if len(trail) > maxTrail+1 {
			trail = trail[len(trail)-maxTrail-1:]
		}
		after = withQuery(u, "after", trail...)
	}
	return position, before, after
}
