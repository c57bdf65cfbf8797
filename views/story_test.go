package views_test

import (
	"fmt"
	"maps"
	"strings"

	"github.com/a-h/templ"

	"ngportal/views"
)

// The stories: every page in every state worth looking at, with made-up data. The tests run over
// all of them, and NGPORTAL_STORY_DIR=DIR go test ./views writes them out to be looked at.

const script = `<script>alert(1)</script>`

// oddNames are legal keys, each of which breaks something careless.
func oddNames() []string {
	return []string{
		script, `"quoted" & 'quoted' [brackets]`, "Gehörknöchelchen Übersicht+100%#1?.nii.gz",
		"مسار العصب البصري.trk", strings.Repeat("long_name-", 20) + ".ome.zarr",
		"</title></noscript><img src=x onerror=alert(1)>.json", "javascript:alert(1)", " leading space",
	}
}

func ada() *views.Person { return &views.Person{Name: "Ada Lovelace", Email: "ada@example.org"} }

func page(title string) views.Page {
	return views.Page{Title: title, Person: ada(), TrayCount: 3}
}

func trail(last string) []views.Crumb {
	return []views.Crumb{
		{Name: "Subject I58", Href: "/browse/I58/"},
		{Name: "connects-i58", Href: "/browse/I58/connects-i58/"},
		{Name: "derivatives", Href: "/browse/I58/connects-i58/derivatives/"},
		{Name: last},
	}
}

func copies(path, pipeline string) views.Addresses {
	data := "https://ng.example.org/d/connects-i58/" + path
	a := views.Addresses{S3: "s3://linc-private/derivatives/sub-I58/" + path, Data: data}
	if pipeline != "" {
		a.Source = data + pipeline
	}
	return a
}

func href(name string) string {
	return "/asset/I58/connects-i58/micr/" + strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23", `"`, "%22", "<", "%3C", ">", "%3E", " ", "%20").Replace(name)
}

// zarrRow is row i of a large folder, each name different as in real life.
func zarrRow(i int) views.Row {
	h := uint32(i) * 2654435761
	name := fmt.Sprintf("sub-I58_sample-slice%04d_stain-%s_run-%02d_chunk-%03d_desc-%06x_SPIM.ome.zarr",
		i*7, []string{"NeuN", "LY", "Calretinin", "YO"}[i%4], i%13, h%997, h>>8)
	return views.Row{
		Name: name, Href: href(name), Thumb: "/thumbnail" + strings.TrimPrefix(href(name), "/asset"), Icon: views.IconVolume, Kind: "OME-Zarr 0.4", Asset: "I58/connects-i58/micr/" + name + "/",
		Date: fmt.Sprintf("2025-%02d-%02d", i%12+1, i%28+1), DateTime: fmt.Sprintf("2025-%02d-%02dT%02d:%02d:09Z", i%12+1, i%28+1, h%24, h%59),
		Size: fmt.Sprintf("%d.%d GB", h%900, h%10), Copy: copies("micr/"+name+"/", "|zarr2:"), InTray: i%40 == 3,
	}
}

func fileRow(name string, icon views.Icon, kind, size string) views.Row {
	return views.Row{
		Name: name, Icon: icon, Kind: kind, Size: size, Date: "2025-11-03", DateTime: "2025-11-03T14:02:09Z",
		Copy: copies("micr/"+name, ""),
	}
}

func rows() []views.Row {
	folder := func(name string) views.Row {
		r := fileRow(name, views.IconFolder, "folder", "")
		r.Href, r.Date, r.DateTime = "/browse/I58/connects-i58/"+name+"/", "", ""
		return r
	}
	asset := func(r views.Row, pipeline string) views.Row {
		r.Href, r.Asset, r.Copy = href(r.Name), "I58/connects-i58/micr/"+r.Name, copies("micr/"+r.Name, pipeline)
		return r
	}
	all := []views.Row{folder("dwi"), folder("figures and tables"), zarrRow(1), zarrRow(3)}
	all = append(
		all,
		asset(fileRow("sub-I58_sample-brain_dseg.ome.zarr", views.IconLabels, "OME-Zarr 0.5 labels", ""), "|zarr3:"),
		asset(fileRow("sub-I58_T1w.nii.gz", views.IconVolume, "NIfTI", "18.3 MB"), "|gzip:|nifti:"),
		asset(fileRow("sub-I58_sample-brain_desc-CSD_tractography.trk", views.IconTracts, "TRK", "241 MB"), ""),
		fileRow("sub-I58_T1w.json", views.IconFile, "file", "2.1 kB"),
	)
	for i, name := range oddNames() {
		r := fileRow(name, views.IconFile, "file", "12 B")
		if i%2 == 0 {
			r = asset(r, "|nifti:")
			r.Icon, r.Kind = views.IconUnknown, "NIfTI?"
		}
		all = append(all, r)
	}
	return all
}

func tree() views.TreeList {
	node := func(name string, kids ...views.TreeNode) views.TreeNode {
		at := "/browse/I58/connects-i58/" + name + "/"
		return views.TreeNode{Name: name, Href: at, TreeHref: at + "?tree=1", Open: kids != nil, Kids: views.TreeList{Nodes: kids}}
	}
	micr := node("micr", node("figures and tables"), node(script))
	micr.Current = true
	micr.Kids.More = "and 1,204 more"
	return views.TreeList{Nodes: []views.TreeNode{node("derivatives", node("sub-I58", node("dwi"), micr, node("xfm"))), node("rawdata"), node("sourcedata")}}
}

func folder(rows []views.Row) views.FolderPage {
	p := page("micr – Subject I58")
	p.Breadcrumbs = trail("micr")
	here := "/browse/I58/connects-i58/derivatives/micr/"
	return views.FolderPage{
		Page: p, Name: "micr", Href: here, Tree: tree(), Rows: rows,
		Sort: views.Sort{
			Name: views.SortLink{Href: here + "?sort=-name", Order: views.Ascending},
			Size: views.SortLink{Href: here + "?sort=-size"},
			Date: views.SortLink{Href: here + "?sort=-date"},
		},
		Filter:   views.Filter{Action: here, Hidden: []views.Field{{Name: "sort", Value: "name"}}},
		Position: "objects 201–400, there are more", Previous: here + "?after=a", Next: here + "?after=b",
		Copy: copies("micr/", ""),
	}
}

func largeFolder() views.FolderPage {
	var all []views.Row
	for i := range 200 {
		all = append(all, zarrRow(i))
	}
	return folder(all)
}

func asset() views.AssetPage {
	p := page("sub-I58_SPIM.ome.zarr")
	p.Breadcrumbs = trail("sub-I58_SPIM.ome.zarr")
	return views.AssetPage{
		Page: p, Name: "sub-I58_SPIM.ome.zarr", Icon: views.IconVolume, Kind: "OME-Zarr 0.4", What: "image of 3 levels and 2 channels",
		Asset: "I58/connects-i58/micr/sub-I58_SPIM.ome.zarr/", Href: href("sub-I58_SPIM.ome.zarr"), FolderHref: "/browse/I58/connects-i58/micr/",
		Facts: []views.Fact{
			{Label: "Size in voxels", Value: "2 × 1,024 × 8,192 × 6,144 (c, z, y, x)"},
			{Label: "Voxel", Value: "4 × 1.8 × 1.8 µm"},
			{Label: "Data type", Value: "uint16"},
			{Label: "Channels", Value: "NeuN (green)\nCalretinin (magenta)"},
			{Label: "Chunks", Value: "1 × 128 × 128 × 128, blosc"},
		},
		Problems: []views.Problem{{Severity: views.Info, Text: "No OMERO metadata: the contrast is measured."}},
		Checks: []views.Check{
			{Light: views.Amber, Text: "The axes have no unit.", Repair: "micrometers are assumed."},
			{Light: views.Amber, Text: "The center lies at the origin, where linc-convert puts every volume."},
			{Light: views.Red, Text: "Level 2 is named in the metadata and is not there. " + script},
			{Light: views.Green, Text: "One chunk was read and decoded."},
		},
		Preview: assetPreview(), Measure: &views.Measure{Text: "counting: 12,304 objects, 4.1 GB so far", Running: true, Href: "/measure/I58/x/", Page: "/asset/I58/x/"},
		Words: []views.Fact{{Label: "Subject", Value: "I58"}, {Label: "Kind of data", Value: "light-sheet microscopy (SPIM)"}},
		Related: []views.LinkGroup{
			{Title: "Labels of this image", Links: []views.Link{{Name: "labels/cells", Href: "/asset/I58/x/labels/cells/"}}},
			{Title: "Registrations of its space", Links: []views.Link{{Name: script, Href: "/asset/I58/x.lta", Note: "called from A to B"}}, More: "and 3 more"},
		},
		Sidecars: []views.Sidecar{
			{Name: "sub-I58_SPIM.json", Href: "/asset/I58/x.json", Facts: []views.Fact{{Label: "PixelSize", Value: "1.8, 1.8"}, {Label: script, Value: script}}},
			{Name: "samples.tsv", Href: "/asset/I58/samples.tsv", Head: []string{"sample_id", "sex"}, Rows: [][]string{{"sample-brain", script}}},
			{Name: "broken.json", Href: "/asset/I58/broken.json", Note: "It is no JSON object."},
		},
		Codes: []views.Code{{Title: "Command line: AWS", Text: "aws s3 sync 's3://b/k/' './k/'\n", Note: "It needs AWS credentials."}, {Title: "Python: zarr", Text: script}},
		Raw:   []views.Code{{Title: ".zattrs", Text: "{\"a\": \"" + script + "\"}"}},
		Copy:  copies("micr/sub-I58_SPIM.ome.zarr/", "|zarr2:"),
	}
}

func assetPreview() *views.Preview {
	figure := func(title, plane string, width, height int) views.Figure {
		return views.Figure{
			Title: title, Src: "/preview/I58/x/?plane=" + plane, Alt: title + " section through the middle. R is left, L right, S up and I down.",
			Width: width, Height: height, Left: "R", Right: "L", Top: "S", Bottom: "I", Bar: 51, BarText: "2 mm",
		}
	}
	channel := func(name, value, color string, shown bool) views.ChannelLook {
		return views.ChannelLook{
			Name: name, Value: value, Color: color, Shown: shown, Low: "100", High: "1200.5", Least: "0", Most: "65535", Step: "any",
			Histogram: "M0 24V12H50V4.5H100V24Z",
		}
	}
	return &views.Preview{
		Figures: []views.Figure{figure("Coronal", "coronal", 256, 180), figure("Axial", "axial", 256, 200), figure("Sagittal", "sagittal", 200, 180)},
		Caption: "Sections through the middle, as radiologists look at them.", Action: "/asset/I58/x/#preview", Reset: "/asset/I58/x/#preview",
		Channels: []views.ChannelLook{channel("NeuN", "0", "#00ff00", true), channel(script, "1", "#ff00ff", false)},
	}
}

func trayPage() views.TrayPage {
	item := func(name, kind string, icon views.Icon) views.TrayItem {
		return views.TrayItem{
			Asset: "I58/" + name, Name: name, Href: href(name), Where: "Subject I58 / micr / " + name, Icon: icon, Kind: kind, Layer: views.LayerAuto,
			AdjustHref: "/tray?adjust=" + href(name),
		}
	}
	tracts := item("sample-brain desc-CSD tractography", "TRK", views.IconTracts)
	tracts.LayerFixed, tracts.Shown, tracts.Adjust = true, "about 10,000 of 1.2 million streamlines shown, the others being prepared, 37 %", tractPanel()
	tracts.Problems = []views.Problem{{Severity: views.Warning, Text: "Only 10,000 of 1,203,442 streamlines are shown."}}
	labels := item("dseg", "OME-Zarr 0.5", views.IconLabels)
	labels.Layer, labels.Hidden, labels.Changes = views.LayerSegmentation, true, []string{"moved by " + script}
	first := item("sample-brain stain-NeuN SPIM", "OME-Zarr 0.4", views.IconVolume)
	first.Adjust = adjustPanel()
	lost := item("lost", "NIfTI", views.IconVolume)
	lost.Href, lost.AdjustHref = "", ""
	m := views.TrayPage{
		Page: page("Tray"), Href: "/tray?adjust=1", Scene: "I58 SPIM and tractography", Items: []views.TrayItem{first, tracts, labels, lost},
		Undo: "renaming “" + script + "”", View: views.ViewControls{Layouts: options("4panel", "3d"), Orientations: options("radiological", "neurological"), Compare: true},
		Offers: []views.TransformOffer{{
			Text: "2 layers are in the space XPCT02, and others in XPCT01.", Assets: []string{"I58/a", "I58/b"}, Moves: []string{`{"path":"a"}`, `{"path":"b"}`},
			Submit: "Move XPCT02 onto XPCT01", File: script,
		}},
		Preview: views.ScenePreview{
			Groups: []views.SceneGroup{{Name: "Left", Figures: assetPreview().Figures}, {Name: "Right", Figures: assetPreview().Figures}},
			Notes:  []views.Problem{{Severity: views.Info, Text: "Streamlines are not in the preview: " + script}},
		},
	}
	for _, name := range oddNames() {
		m.Items = append(m.Items, item(name, "NIfTI", views.IconUnknown))
	}
	return m
}

func options(values ...string) []views.Option {
	out := []views.Option{{Label: "Automatic", Selected: true}}
	for _, v := range values {
		out = append(out, views.Option{Label: v, Value: v})
	}
	return out
}

func adjustPanel() *views.Adjust {
	channel := views.ChannelControl{Name: "NeuN", AutoLow: "10", AutoHigh: "1200", Color: "#00ff00", AutoColor: "#00ff00", AutoShown: "shown"}
	odd := channel
	odd.Name, odd.Low, odd.Hidden, odd.AutoShown = script, "-3.5", true, "hidden"
	return &views.Adjust{
		Opacity: "50", Blends: options("default", "additive"), Colormaps: options("gray", "red"), Groups: options("0", "1"),
		Channels: []views.ChannelControl{channel, odd}, Moves: [][]views.Option{options("moves A onto B"), options(script)},
		MoveNote: "The transforms near it are still being read.",
	}
}

func tractPanel() *views.Adjust {
	c := &views.TractControl{
		As: options("skeleton", "annotation"), Notes: []string{"Skeleton: all points.", "Annotations: any size."},
		Colors: options("bundle", "s_fa"), Paint: "#ffff00", Densities: options("1", "2"), Width: "2", Frames: options("ras", "lps"),
		BundlesWord: "1 of 214 bundles", BundlesNote: "And 14 more.",
	}
	for i, name := range append(oddNames(), "CST_left", "CST_right", "AF_left", "AF_right", "CC_1") {
		c.Bundles = append(c.Bundles, views.BundleTick{Value: fmt.Sprint(i), Name: name, Count: "1,234", Chosen: i == 1})
	}
	return &views.Adjust{Colormaps: options("gray", "red"), Tract: c, MoveNote: "No transform lies near it."}
}

func importPage() views.ImportPage {
	return views.ImportPage{
		Page: page("From elsewhere"), Text: `{"layers":[]}`, Known: 2,
		Foreign: []views.ForeignLayer{{Value: "0", Name: script, Address: "https://elsewhere.example.org/" + script}, {Value: "3", Name: "b", Address: "s3://b/k"}},
		Notes:   []views.Problem{{Severity: views.Warning, Text: "A layer was left out: " + script}},
	}
}

func links() []views.LinkRow {
	var all []views.LinkRow
	for i, title := range append([]string{"I58 SPIM and tractography", "M1 block, labels"}, oddNames()...) {
		slug := fmt.Sprintf("k7m2-x9qd-%04d", i)
		all = append(all, views.LinkRow{Title: title, Href: "/s/" + slug, Address: "https://portal.example.org/s/" + slug, When: "2025-11-03 14:02", DateTime: "2025-11-03T14:02:00Z", Layers: "3 layers"})
	}
	return all
}

func stories() map[string]templ.Component {
	all := map[string]templ.Component{}
	for _, group := range []map[string]templ.Component{entrances(), folders(), assetsAndTrays(), linkPages(), failures(), adminPages(), askPages()} {
		maps.Copy(all, group)
	}
	return all
}

func entrances() map[string]templ.Component {
	signedOut := views.Page{Title: "Welcome", SignInHref: "/login"}
	noticed := page("Data")
	noticed.Notice = &views.Notice{Kind: views.Success, Text: "The link is gone. " + script}
	datasets := []views.DatasetCard{
		{Title: "Subject I58", Name: "I58", Href: "/browse/I58/", Description: "Light-sheet microscopy, HiP-CT and diffusion MRI of one hemisphere, registered to each other."},
		{Title: "Phantom", Name: "phantom", Href: "/browse/phantom/", Description: "A made-up head to try the portal with."},
		{Title: script, Name: "odd", Href: "/browse/odd/"},
	}
	providers := []views.Provider{{Label: "Sign in with Google", Href: "/auth/google"}, {Label: "Sign in with GitHub", Href: "/auth/github"}}
	return map[string]templ.Component{
		"home":            views.Home(views.HomePage{Page: noticed, Datasets: datasets, Links: links()[:3], More: true}),
		"home-new":        views.Home(views.HomePage{Page: views.Page{Title: "Data", Person: ada()}, Ask: "Ask grace@example.org for access."}),
		"home-signed-out": views.Home(views.HomePage{Page: signedOut}),
		"sign-in":         views.SignIn(views.SignInPage{Page: signedOut, Providers: providers}),
		"sign-in-none":    views.SignIn(views.SignInPage{Page: signedOut}),
	}
}

func folders() map[string]templ.Component {
	filtered, none, last, bare := folder(rows()[:3]), folder(nil), folder(nil), folder(nil)
	filtered.Filter.Value, filtered.Filter.Clear = `sub-"I58`, filtered.Href
	none.Filter, none.Tree, none.TrayCount = filtered.Filter, views.TreeList{}, 0
	last.Next, last.Position = "", ""
	bare.Previous, bare.Next, bare.Position, bare.Notice = "", "", "", &views.Notice{Kind: views.Error, Text: "The tray is full."}
	return map[string]templ.Component{
		"folder":            views.Folder(folder(rows())),
		"folder-bundles":    views.Folder(bundlesFolder()),
		"folder-200":        views.Folder(largeFolder()),
		"folder-filtered":   views.Folder(filtered),
		"folder-none-match": views.Folder(none),
		"folder-past-end":   views.Folder(last),
		"folder-empty":      views.Folder(bare),
	}
}

func assetsAndTrays() map[string]templ.Component {
	added, plain := asset(), asset()
	added.InTray, added.Notice = true, &views.Notice{Kind: views.Success, Text: "Added to the tray."}
	plain = views.AssetPage{Page: plain.Page, Name: script, Icon: views.IconFile, Kind: "file", FolderHref: plain.FolderHref, Copy: plain.Copy}
	emptyTray := views.TrayPage{Page: page("Tray")}
	emptyTray.TrayCount = 0
	return map[string]templ.Component{
		"asset":       views.Asset(asset()),
		"asset-added": views.Asset(added),
		"asset-plain": views.Asset(plain),
		"asset-tract": views.Asset(tractAsset()),
		"tray":        views.TrayContent(trayPage()),
		"tray-empty":  views.TrayContent(emptyTray),
		"tray-faulty": views.TrayContent(views.TrayPage{Page: page("Tray"), Import: views.ImportForm{Fault: "This is no link. " + script, Text: script}}),
		"tray-import": views.Import(importPage()),
	}
}

func linkPages() map[string]templ.Component {
	created := views.LinkCreatedPage{Page: page("Your link"), Name: script, Href: "/s/k7m2-x9qd", Address: "https://portal.example.org/s/k7m2-x9qd"}
	refused := views.LinkRefusedPage{Page: page("No access"), Missing: []views.MissingDataset{{Title: "Subject I58"}, {Title: script}}, Ask: "Ask grace@example.org for access."}
	return map[string]templ.Component{
		"links":        views.Links(views.LinksPage{Page: page("Links"), Links: links()}),
		"links-none":   views.Links(views.LinksPage{Page: page("Links")}),
		"link-created": views.LinkCreated(created),
		"link-refused": views.LinkRefused(refused),
	}
}

func failures() map[string]templ.Component {
	failure := func(title, what, do, retry string) templ.Component {
		return views.Failure(views.ErrorPage{Page: page(title), Heading: title, What: what, Do: do, RequestID: "8f3a-22c1", RetryHref: retry, BackHref: "/browse/I58/", BackText: "Go to " + script})
	}
	return map[string]templ.Component{
		"error-missing": failure("There is no such folder", "Nothing lies at this address. It may have been moved or renamed.", "Look for it in the folder above.", ""),
		"error-refused": failure("You may not see this dataset", "It has not been opened for you.", "Ask grace@example.org for access.", ""),
		"error-unwell":  failure("The storage does not answer", "S3 was asked three times and did not answer. Your data are not lost; they cannot be read at this moment.", "Try again in a minute.", "/browse/I58/"),
	}
}
