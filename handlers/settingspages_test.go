package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// table is the rows of the table with this caption, the texts of their cells with bars between them.
func (a answer) table(caption string) (out []string) {
	for _, table := range a.nodes("table") {
		part := answer{body: drawn(table)}
		if !slices.Equal(part.all("caption"), []string{caption}) {
			continue
		}
		for _, row := range part.nodes("tbody tr") {
			var cells []string
			for cell := range row.ChildNodes() {
				if cell.Type == html.ElementNode {
					cells = append(cells, apart(cell))
				}
			}
			out = append(out, strings.Join(cells, " | "))
		}
	}
	return out
}

// apart is textOf with spaces between what stands in different elements.
func apart(n *html.Node) string {
	var words []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			words = append(words, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(words, " ")
}

// values are the names and values of what a form would send; a box or a radio button that is not ticked sends nothing.
func (a answer) values(action string) map[string]string {
	out := map[string]string{}
	for _, form := range a.nodes(`form[action="` + action + `"]`) {
		part := answer{body: drawn(form)}
		for _, selector := range []string{`input[type=hidden]`, `input[type=text]`, `input[type=date]`, `input:checked`} {
			names, values := part.attributes(selector, "name"), part.attributes(selector, "value")
			for i := range names {
				out[names[i]] = values[i]
			}
		}
		for _, name := range part.attributes("select", "name") {
			out[name] = strings.Join(part.attributes(`select[name="`+name+`"] option[selected]`, "value"), ",")
		}
		for _, area := range part.nodes("textarea") {
			for _, attr := range area.Attr {
				if attr.Key == "name" {
					out[attr.Val] = textOf(area)
				}
			}
		}
	}
	return out
}

// sent sends a form of the page with other values for some of its fields: name, value, name, value.
func (b *browser) sent(page answer, action string, changes ...string) answer {
	form := url.Values{}
	for name, value := range page.values(action) {
		form.Set(name, value)
	}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	return b.send(http.MethodPost, action, form)
}

// keep is get for a browser that keeps the cookies of what it is answered.
func (b *browser) keep(a answer) answer {
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		b.jar = slices.DeleteFunc(slices.Clone(b.jar), func(old *http.Cookie) bool { return old.Name == c.Name })
		if c.MaxAge >= 0 {
			b.jar = append(b.jar, c)
		}
	}
	return a
}

// wantPage checks the status of a page and its heading.
func wantPage(t *testing.T, a answer, code int, heading string) {
	t.Helper()
	if got := strings.Join(a.all("h1"), ", "); a.code != code || got != heading {
		t.Fatalf("got %d %q (%s), want %d %q\n%s", a.code, got, a.location(), code, heading, a.body)
	}
}

// wantDone checks that a change has led to a page, which may tell of it.
func wantDone(t *testing.T, a answer, to string) {
	t.Helper()
	at, err := url.Parse(a.location())
	if err != nil {
		t.Fatal(err)
	}
	q := at.Query()
	q.Del("done")
	at.RawQuery = q.Encode()
	if a.code != http.StatusSeeOther || at.String() != to {
		t.Fatalf("got %d to %q, want 303 to %q\n%s", a.code, a.location(), to, a.body)
	}
}

// A clock is set by hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// newClock is a minute ahead of the sign-ins of the tests, which are by the real time.
func newClock() *clock { return &clock{time.Now().Add(time.Minute)} }

// drawn is the HTML of a part of a page.
func drawn(n *html.Node) string {
	var b strings.Builder
	if err := html.Render(&b, n); err != nil {
		panic(err) // a builder of strings does not fail
	}
	return b.String()
}
