package handlers

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"ngportal/store"
	"ngportal/views"
)

// listRows is how many rows a page of a list has.
const listRows = 50

// A list is the part of a long list that an address asks for: ?q= what to look for, ?sort=&desc= the order, ?page=.
type list struct {
	path string
	q    url.Values // with values for q, sort, desc and page only if they are in use, and others that are kept
	page int        // from 1
	text string
}

// listAt reads which part of the list at path the request asks for. Others are what its address has besides and must be kept.
func listAt(r *http.Request, path string, others ...string) list {
	l := list{path: path, q: url.Values{}, page: 1}
	from := url.Values{}
	if r.Method == http.MethodGet { // a form that comes back shows the list's beginning
		from = r.URL.Query()
	}
	for _, name := range append(others, "q", "sort", "desc") {
		if v := from.Get(name); v != "" {
			l.q.Set(name, v)
		}
	}
	l.text = l.q.Get("q")
	if n, err := strconv.Atoi(from.Get("page")); err == nil && n > 1 && n < 1e6 {
		l.page = n
	}
	return l
}

// query is what the store is asked for.
func (l list) query() store.Query {
	return store.Query{
		Text: l.text, Sort: l.q.Get("sort"), Desc: l.q.Get("desc") != "", Offset: (l.page - 1) * listRows, Limit: listRows,
	}
}

// at is the address of a page of the list, with one value of its query left out.
func (l list) at(page int, without string) string {
	q := maps.Clone(l.q)
	q.Del(without)
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	return withValues(&url.URL{Path: l.path}, q)
}

// column is a heading that the list can be sorted by.
func (l list) column(label, sort string) views.Column {
	c := views.Column{Label: label, Sort: views.SortLink{Order: views.Unsorted}}
	next := list{path: l.path, q: maps.Clone(l.q)}
	next.q.Set("sort", sort)
	next.q.Del("desc")
	if l.q.Get("sort") == sort {
		c.Sort.Order = views.Descending
		if l.q.Get("desc") == "" {
			c.Sort.Order = views.Ascending
			next.q.Set("desc", "1")
		}
	}
	c.Sort.Href = next.at(1, "")
	return c
}

// number is column for figures.
func (l list) number(label, sort string) views.Column {
	c := l.column(label, sort)
	c.Number = true
	return c
}

// search is the field above the list. What is asked for besides is kept.
func (l list) search(label string) *views.Search {
	s := &views.Search{Action: l.path, Fields: []views.Input{{Kind: views.InputSearch, Name: "q", Label: label, Value: l.text}}}
	for _, name := range slices.Sorted(maps.Keys(l.q)) {
		if name != "q" {
			s.Hidden = append(s.Hidden, views.Field{Name: name, Value: l.q.Get(name)})
		}
	}
	if l.text != "" {
		s.Clear = l.at(1, "q")
	}
	return s
}

// pager leads to the other pages of a list of total rows, of which the page shows rows.
func (l list) pager(total, rows int) views.Pager {
	if total <= listRows && l.page == 1 {
		return views.Pager{}
	}
	first := (l.page-1)*listRows + 1
	p := views.Pager{Position: views.Number(first) + "–" + views.Number(first+rows-1) + " of " + views.Number(total)}
	if rows == 0 {
		p.Position = "Nothing on this page, " + views.Number(total) + " in all"
		p.First = l.at(1, "")
		return p
	}
	if l.page > 1 {
		p.Previous = l.at(l.page-1, "")
	}
	if first+rows-1 < total {
		p.Next = l.at(l.page+1, "")
	}
	return p
}
