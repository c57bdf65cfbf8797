package views_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"ngportal/assets"
)

func render(t *testing.T, c templ.Component) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatalf("render: %v", err)
	}
	return b.Bytes()
}

func parse(t *testing.T, page []byte) *html.Node {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return doc
}

func all(doc *html.Node, selector string) []*html.Node {
	return cascadia.QueryAll(doc, cascadia.MustCompile(selector))
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is what a person reads in n, white space folded.
func text(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		if attr(n, "aria-hidden") == "true" {
			return
		}
		if n.Type == html.ElementNode && n.Data != "span" && n.Data != "bdi" {
			b.WriteByte(' ')
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// label is the accessible name of a button or link.
func label(n *html.Node) string {
	if s := attr(n, "aria-label"); s != "" {
		return s
	}
	return text(n)
}

func packed(t *testing.T, data []byte) int {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}

// inline finds what the content security policy forbids, or what got in through a name.
func inline(doc *html.Node) (faults []string) {
	for _, n := range all(doc, "style, [style], base, iframe, [onerror], [onclick], script:not([src])") {
		faults = append(faults, "inline: <"+n.Data+"> "+text(n))
	}
	for _, n := range all(doc, "*") {
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
				faults = append(faults, "handler: "+a.Key)
			}
			if (a.Key == "href" || a.Key == "src" || a.Key == "action") && strings.Contains(a.Val, "javascript:") && !strings.HasPrefix(a.Val, "/") {
				faults = append(faults, "address: "+a.Val)
			}
		}
	}
	return faults
}

// unnamed finds what a screen reader could not name.
func unnamed(doc *html.Node) (faults []string) {
	for _, n := range all(doc, "button, a") {
		if label(n) == "" {
			faults = append(faults, "unnamed: <"+n.Data+"> "+attr(n, "href"))
		}
	}
	for _, n := range all(doc, "input:not([type=hidden]), select, textarea") {
		id := attr(n, "id")
		wrapped := n.Parent.Data == "label" && text(n.Parent) != ""
		if attr(n, "aria-label") == "" && !wrapped && (id == "" || len(all(doc, `label[for="`+id+`"]`)) == 0) {
			faults = append(faults, "unnamed: <"+n.Data+"> "+attr(n, "name"))
		}
	}
	for _, n := range all(doc, "img:not([alt])") {
		faults = append(faults, "no alternative: "+attr(n, "src"))
	}
	return faults
}

// twice finds an id that is used more than once.
func twice(doc *html.Node) (faults []string) {
	seen := map[string]bool{}
	for _, n := range all(doc, "[id]") {
		if id := attr(n, "id"); seen[id] {
			faults = append(faults, "id used twice: "+id)
		}
		seen[attr(n, "id")] = true
	}
	return faults
}

// posts are the routes that forms may send to, as the design has them.
func posts() []string {
	return []string{
		"/tray/add", "/tray/rename", "/tray/type", "/tray/move", "/tray/remove", "/tray/clear", "/tray/show", "/tray/adjust", "/tray/transform",
		"/tray/view", "/tray/undo", "/tray/redo", "/tray/import", "/open", "/logout",
	}
}

// areas are what the routes of the pages for people and permission begin with.
func areas() []string { return []string{"/settings/", "/admin/", "/terms/", "/request/"} }

// astray finds forms, files and icons that lead nowhere.
func astray(doc *html.Node) (faults []string) {
	for _, n := range all(doc, `form[method="post"]`) {
		to := attr(n, "action")
		within := func(area string) bool { return strings.HasPrefix(to, area) }
		if !slices.Contains(posts(), to) && !slices.ContainsFunc(areas(), within) {
			faults = append(faults, "form to "+to)
		}
	}
	for _, n := range all(doc, "script, img, link") {
		at := attr(n, "src") + attr(n, "href")
		if strings.HasPrefix(at, "/preview/") || strings.HasPrefix(at, "/thumbnail/") || strings.HasPrefix(at, "/tray/preview?") {
			continue
		}
		if _, ok := assets.Lookup(at); !ok {
			faults = append(faults, "no such asset: "+at)
		}
	}
	for _, n := range all(doc, "use") {
		if len(all(doc, "symbol"+attr(n, "href"))) != 1 {
			faults = append(faults, "no such icon: "+attr(n, "href"))
		}
	}
	for _, n := range all(doc, "[aria-describedby], [aria-labelledby]") {
		for id := range strings.FieldsSeq(attr(n, "aria-describedby") + " " + attr(n, "aria-labelledby")) {
			if len(all(doc, "#"+id)) != 1 {
				faults = append(faults, "no such explanation: "+id)
			}
		}
	}
	for _, n := range all(doc, ".summary a") {
		if len(all(doc, attr(n, "href"))) != 1 {
			faults = append(faults, "no such field: "+attr(n, "href"))
		}
	}
	for _, n := range all(doc, "[form]") {
		if len(all(doc, "form#"+attr(n, "form"))) != 1 {
			faults = append(faults, "no such form: "+attr(n, "form"))
		}
	}
	return faults
}

func write(t *testing.T, name string, page []byte, doc *html.Node) {
	dir := os.Getenv("NGPORTAL_STORY_DIR")
	if dir == "" {
		return
	}
	save := func(to string, data []byte) {
		to = filepath.Join(dir, filepath.FromSlash(to))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	save(name+".html", page)
	for _, n := range all(doc, "script, img, link") {
		at := attr(n, "src") + attr(n, "href")
		if f, ok := assets.Lookup(at); ok {
			save(at, f.Data)
		}
	}
}
