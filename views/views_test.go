package views_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ngportal/assets"
	"ngportal/views"
)

// TestStories holds for every page what the security policy, a keyboard and a screen reader need.
func TestStories(t *testing.T) {
	for name, story := range stories() {
		t.Run(name, func(t *testing.T) {
			page := render(t, story)
			doc := parse(t, page)
			for _, fault := range slices.Concat(inline(doc), unnamed(doc), twice(doc), astray(doc)) {
				t.Error(fault)
			}
			if n := len(all(doc, "html[lang] > body main#main h1")); n != 1 {
				t.Errorf("main has %d h1, want 1", n)
			}
			if title := text(all(doc, "title")[0]); !strings.HasSuffix(title, " · ngportal") {
				t.Errorf("title %q does not end in the portal's name", title)
			}
			if !bytes.Equal(page, render(t, stories()[name])) {
				t.Error("the same model gave other bytes")
			}
			if n := packed(t, page); n > 40_000 {
				t.Errorf("%d bytes compressed, want at most 40000", n)
			}
			write(t, name, page, doc)
		})
	}
}

// TestLabels holds the words that people and scripts look for, and how often they are on a page.
func TestLabels(t *testing.T) {
	tests := map[string]struct {
		story string
		want  map[string]int
	}{
		"signed out, one way in":           {"home-signed-out", map[string]int{"Sign in": 1, "Sign out": 0, "Open in Neuroglancer": 0}},
		"a folder opens the tray":          {"folder", map[string]int{"Add to tray": 1, "Open in Neuroglancer": 1, "Sign out": 1, "Sign in": 0, "Copy S3 URI": len(rows()) + 1, "Copy data URL": len(rows()) + 1}},
		"an empty tray opens nothing":      {"folder-none-match", map[string]int{"Add to tray": 0, "Open in Neuroglancer": 0}},
		"an asset opens itself":            {"asset", map[string]int{"Add to tray": 1, "Open in Neuroglancer": 1, "Copy S3 URI": 1, "Copy data URL": 1, "Copy Neuroglancer source": 1}},
		"an asset in the tray":             {"asset-added", map[string]int{"Add to tray": 0, "Open in Neuroglancer": 1}},
		"a file that no viewer opens":      {"asset-plain", map[string]int{"Add to tray": 0, "Open in Neuroglancer": 0, "Copy S3 URI": 1}},
		"the tray opens and links":         {"tray", map[string]int{"Open in Neuroglancer": 1, "Copy link": 1, "Clear the tray": 1}},
		"the empty tray neither":           {"tray-empty", map[string]int{"Open in Neuroglancer": 0, "Copy link": 0}},
		"each link is copied":              {"links", map[string]int{"Copy link": 10}},
		"a refused link offers nothing":    {"link-refused", map[string]int{"Copy link": 0, "Open in Neuroglancer": 1}},
		"an unwell storage is tried again": {"error-unwell", map[string]int{"Try again": 1}},
		"a refusal is not":                 {"error-refused", map[string]int{"Try again": 0}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := map[string]int{}
			for _, n := range all(parse(t, render(t, stories()[tt.story])), "button, a") {
				got[label(n)]++
			}
			for want, times := range tt.want {
				if got[want] != times {
					t.Errorf("%s: %d × %q, want %d", tt.story, got[want], want, times)
				}
			}
		})
	}
}

// TestTickBoxes: only assets have one, called exactly as the asset.
func TestTickBoxes(t *testing.T) {
	doc := parse(t, render(t, views.Folder(folder(rows()))))
	var got, want []string
	for _, n := range all(doc, `form#ticks input[type="checkbox"][name="asset"]`) {
		got = append(got, attr(n, "aria-label")+" = "+attr(n, "value"))
	}
	for _, r := range rows() {
		if r.Asset != "" {
			want = append(want, r.Name+" = "+r.Asset)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("tick boxes\n%q\nwant\n%q", got, want)
	}
}

// TestRow: a row is found by the asset's name and has everything one does with it, with and without scripts.
func TestRow(t *testing.T) {
	r := views.Row{
		Name: script, Href: "/asset/d/x", Icon: views.IconVolume, Kind: "NIfTI", Size: "1.2 MB", Date: "2025-11-03", DateTime: "2025-11-03T14:02:09Z",
		Asset: "d/x", Copy: views.Addresses{S3: `s3://b/"x"`, Data: "https://v/d/i/%22x%22", Source: "https://v/d/i/%22x%22|nifti:"},
	}
	doc := parse(t, render(t, views.Folder(folder([]views.Row{r}))))
	row := all(doc, "tbody tr")[0]
	if got := text(row); !strings.HasPrefix(got, script+" NIfTI 1.2 MB 2025-11-03 Copy S3 URI Copy data URL Copy Neuroglancer source") {
		t.Errorf("row reads %q", got)
	}
	// The third button copies the third text.
	var buttons, texts []string
	for _, n := range all(row, "button[data-copy]") {
		buttons = append(buttons, text(n))
	}
	for _, n := range all(row, "details code") {
		texts = append(texts, text(n))
	}
	want := []string{`s3://b/"x"`, "https://v/d/i/%22x%22", "https://v/d/i/%22x%22|nifti:"}
	if names := []string{"Copy S3 URI", "Copy data URL", "Copy Neuroglancer source"}; !slices.Equal(buttons, names) || !slices.Equal(texts, want) {
		t.Errorf("buttons %q for %q, want %q for %q", buttons, texts, names, want)
	}
	if got := attr(all(row, "th a")[0], "href"); got != "/asset/d/x" {
		t.Errorf("name leads to %q", got)
	}
}

// TestSort: one heading tells its order, each leads to where the model says.
func TestSort(t *testing.T) {
	doc := parse(t, render(t, views.Folder(folder(rows()))))
	var got []string
	for _, n := range all(doc, "thead th:has(a)") {
		got = append(got, text(n)+" "+attr(n, "aria-sort")+" "+attr(all(n, "a")[0], "href"))
	}
	here := "/browse/I58/connects-i58/derivatives/micr/"
	want := []string{"Name ascending " + here + "?sort=-name", "Size  " + here + "?sort=-size", "Date  " + here + "?sort=-date"}
	if !slices.Equal(got, want) {
		t.Errorf("headings %q, want %q", got, want)
	}
}

// TestTree: the branch to the current folder is open, the rest is asked for.
func TestTree(t *testing.T) {
	doc := parse(t, render(t, views.Tree(tree())))
	var got []string
	for _, n := range all(doc, "a[data-twist]") {
		got = append(got, attr(n, "aria-label")+" "+attr(n, "aria-expanded"))
	}
	want := []string{
		"Folders in derivatives true", "Folders in sub-I58 true", "Folders in dwi false", "Folders in micr true",
		"Folders in figures and tables false", "Folders in " + script + " false", "Folders in xfm false", "Folders in rawdata false", "Folders in sourcedata false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("tree %q, want %q", got, want)
	}
	if got := text(all(doc, `[aria-current="page"]`)[0]); got != "micr" {
		t.Errorf("current folder %q, want micr", got)
	}
	if got := text(all(parse(t, render(t, views.Tree(views.TreeList{}))), "li")[0]); got != "no folders" {
		t.Errorf("a folder without folders says %q", got)
	}
}

// TestTrayForms: what each form of the tray sends.
func TestTrayForms(t *testing.T) {
	doc := parse(t, render(t, views.TrayContent(trayPage())))
	tests := map[string]string{
		"/tray/rename": "asset return name", "/tray/type": "asset return type", "/tray/move": "asset return to to", "/tray/remove": "asset return",
		"/tray/clear": "", "/open": "title copy", "/tray/show": "asset return hidden", "/tray/undo": "return", "/tray/redo": "return",
		"/tray/transform": "return asset asset move move", "/tray/view": "return layout orientation compare x y z", "/tray/import": "scene",
		"/tray/adjust": "asset return opacity blend colormap group was0 visible0 low0 high0 color0 auto0 was1 visible1 low1 high1 color1 auto1 move move",
	}
	for action, want := range tests {
		var got []string
		for _, n := range all(all(doc, `main form[action="`+action+`"]`)[0], "[name]") {
			got = append(got, attr(n, "name"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s sends %q, want %q", action, got, want)
		}
	}
	var types []string
	for _, n := range all(doc, "select[name=type] option[selected]") {
		types = append(types, attr(n, "value"))
	}
	if want := append([]string{"auto", "segmentation", "auto"}, slices.Repeat([]string{"auto"}, len(oddNames()))...); !slices.Equal(types, want) {
		t.Errorf("chosen types %q, want %q", types, want)
	}
	disabled := all(doc, "button[disabled]")
	if len(disabled) != 3 || attr(disabled[0], "id") != "redo" || attr(disabled[1], "value") != "up" || attr(disabled[2], "value") != "down" {
		t.Errorf("%d buttons are disabled, want Redo, the first up and the last down", len(disabled))
	}
}

// TestRefusedLink: the page names the missing datasets and leaks nothing else.
func TestRefusedLink(t *testing.T) {
	m := views.LinkRefusedPage{Page: views.Page{Title: "No access", Person: ada()}, Missing: []views.MissingDataset{{Title: "Subject I58"}}}
	main := all(parse(t, render(t, views.LinkRefused(m))), "main")[0]
	want := "You may not see all of this link’s data It shows data of a dataset that has not been opened for you: Subject I58 " +
		"Ask whoever sent you the link, or who runs this portal, for access. Then open the link again. Go to the first page"
	if got := text(main); got != want {
		t.Errorf("refusal reads\n%s\nwant\n%s", got, want)
	}
}

// TestTrayFragment: the answer to a tick, as htmx puts it in place.
func TestTrayFragment(t *testing.T) {
	page := render(t, views.Tray(views.TraySummary{Count: 1205, Said: `Added "2".`}))
	if bytes.Contains(page, []byte("<html")) {
		t.Error("the fragment is a whole page")
	}
	doc := parse(t, page)
	box := all(doc, "#tray")[0]
	if got, want := text(box), "Tray 1,205 assets Open in Neuroglancer"; got != want {
		t.Errorf("tray reads %q, want %q", got, want)
	}
	if got, want := attr(box, "data-said"), `Added "2".`; got != want {
		t.Errorf("data-said %q, want %q", got, want)
	}
}

// TestSizes prints what a large folder weighs and holds its scripts and styles to their share.
func TestSizes(t *testing.T) {
	page := render(t, views.Folder(largeFolder()))
	doc := parse(t, page)
	if n := len(all(doc, "tbody tr")); n != 200 {
		t.Fatalf("%d rows, want 200", n)
	}
	t.Logf("200 rows: %d bytes, %d compressed", len(page), packed(t, page))
	sum, parts := 0, 0
	for _, n := range all(doc, `script, link[rel="stylesheet"]`) {
		at := attr(n, "src") + attr(n, "href")
		f, _ := assets.Lookup(at)
		sum += packed(t, f.Data)
		parts++
		t.Logf("%6d %s", packed(t, f.Data), at)
	}
	t.Logf("%6d in %d files", sum, parts)
	if sum > 60_000 || parts < 8 {
		t.Errorf("scripts and styles: %d bytes in %d files, want at most 60000 in at least 8", sum, parts)
	}
}

// TestChecks: what was looked at is said in words, and not by color alone.
func TestChecks(t *testing.T) {
	doc := parse(t, render(t, stories()["asset"]))
	var got []string
	for _, n := range all(doc, ".checks > p, .checks li b") {
		got = append(got, text(n))
	}
	if want := []string{"It does not open in Neuroglancer as it is.", "Repaired", "Mind", "Does not open", "Good"}; !slices.Equal(got, want) {
		t.Errorf("checks read %q, want %q", got, want)
	}
	for _, tt := range []struct {
		want   string
		checks []views.Check
	}{
		{"It opens as it should.", []views.Check{{Light: views.Green}, {Light: views.Green}}},
		{"It opens, with one thing to know.", []views.Check{{Light: views.Green}, {Light: views.Amber}}},
		{"It opens, with 2 things to know.", []views.Check{{Light: views.Amber}, {Light: "unknown"}}},
	} {
		doc := parse(t, render(t, views.Asset(views.AssetPage{Page: page("x"), Name: "x", Checks: tt.checks})))
		if got := text(all(doc, ".checks > p")[0]); got != tt.want {
			t.Errorf("%d checks: %q, want %q", len(tt.checks), got, tt.want)
		}
	}
}

// TestMeasured: what is being counted asks again, what has been counted does not.
func TestMeasured(t *testing.T) {
	m := views.Measure{Text: "2 objects, 8 B", Href: "/measure/d/x/", Page: "/asset/d/x/"}
	if doc := parse(t, render(t, views.Measured(m))); len(all(doc, "[hx-get], a")) != 0 || text(doc) != m.Text {
		t.Errorf("counted, it is %q", text(doc))
	}
	m.Running = true
	doc := parse(t, render(t, views.Measured(m)))
	if n := all(doc, `#measure[hx-get="/measure/d/x/"][hx-trigger="every 1s"]`); len(n) != 1 || attr(all(doc, "a.nojs")[0], "href") != "/asset/d/x/" {
		t.Errorf("being counted, it is %s", render(t, views.Measured(m)))
	}
}

// TestPreview: the form of a preview sends what the address of a section takes, and works without scripts.
func TestPreview(t *testing.T) {
	doc := parse(t, render(t, stories()["asset"]))
	var got []string
	for _, n := range all(doc, `.preview form[action="/asset/I58/x/#preview"]:not([method]) [name]`) {
		got = append(got, attr(n, "name")+"="+attr(n, "value"))
	}
	want := []string{"ch=0", "low=100", "high=1200.5", "ch=1", "low=100", "high=1200.5", "ch="}
	if !slices.Equal(got, want) {
		t.Errorf("the form sends %q, want %q", got, want)
	}
	if got, want := text(all(doc, ".planes figure")[0]), "Coronal"; got != want {
		t.Errorf("a section reads %q, want %q: what is drawn over it is in its alternative", got, want)
	}
	bar := attr(all(doc, ".planes figure path")[0], "d")
	if want := "M197 169v3H248v-3"; bar != want {
		t.Errorf("the bar of 51 pixels is %q, want %q", bar, want)
	}
}

// TestKeys: the help names the keys that the script knows.
func TestKeys(t *testing.T) {
	f, ok := assets.Lookup(assets.URL("keys.js"))
	if !ok {
		t.Fatal("keys.js is not there")
	}
	var got, want []string
	for _, m := range regexp.MustCompile(`(?m)^  "?(.)"?: \(\) =>`).FindAllSubmatch(f.Data, -1) {
		want = append(want, string(m[1]))
	}
	for _, n := range all(parse(t, render(t, stories()["home"])), "dialog kbd") {
		got = append(got, text(n))
	}
	if len(got) < 8 || !slices.Equal(got, want) {
		t.Errorf("help names %q, the script knows %q", got, want)
	}
}

func BenchmarkFolder(b *testing.B) {
	m := largeFolder()
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := views.Folder(m).Render(b.Context(), &out); err != nil {
			b.Fatal(err)
		}
	}
}
