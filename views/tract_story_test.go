package views_test

import (
	"fmt"
	"strings"

	"ngportal/views"
)

// tractAsset is a tractogram of which everything is known.
func tractAsset() views.AssetPage {
	m := asset()
	m.Kind, m.What, m.Icon, m.Preview, m.Checks, m.Measure = "TrackVis tracts", "with about 5.8 million streamlines", views.IconTracts, assetPreview(), nil, nil
	m.Preview.Channels = nil
	m.Facts = []views.Fact{
		{Label: "Streamlines", Value: "about 5.8 million"},
		{Label: "Points", Value: "about 850 million"},
		{Label: "Length", Value: "52.3 mm in the mean, 182 mm the longest (from a sample of 9,512 streamlines)"},
		{Label: "From voxels to mm", Rows: [][]string{{"-1.25", "0", "0", "90"}, {"0", "1.25", "0", "-126"}, {"0", "0", "1.25", "-72"}, {"0", "0", "0", "1"}}},
		{Label: "Annotations", Value: "being prepared, 37 %"},
	}
	t := &views.Tractogram{
		Lengths: &views.Chart{
			Title: "Lengths of streamlines", Path: "M8.0 100V52.0H136.0V4.0H264.0V96.0H392.0V100Z", Note: "In mm, from a sample of 9,512 streamlines.",
			Ticks: []views.Tick{{X: "8.0", Text: "0"}, {X: "200.0", Text: "100"}, {X: "392.0", Text: "200"}},
			Alt:   "Histogram of the lengths of streamlines: 52.3 mm in the mean, 182 mm the longest; most often from 66.7 mm to 133 mm.",
		},
		BundlesWord: "72 bundles", BundlesNote: "And 61 more.",
	}
	for i := range 10 {
		t.Bundles = append(t.Bundles, views.Bundle{Name: fmt.Sprintf("CST_%d", i), Streamlines: "1,234", MeanLength: "52.3 mm"})
	}
	t.Bundles = append(t.Bundles, views.Bundle{Name: script + strings.Repeat("long", 40), Href: "/asset/I58/x.trk"})
	m.Tract = t
	return m
}

// bundlesFolder is a folder that can be opened as one tractogram.
func bundlesFolder() views.FolderPage {
	m := folder(rows())
	m.Offer = &views.Offer{Text: "The 12 tractograms of this folder can be opened as one layer, with a list of them as bundles.", Asset: "I58/connects-i58/bundles/", Href: "/asset/I58/connects-i58/bundles/"}
	return m
}
