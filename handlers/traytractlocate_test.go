package handlers_test

import (
	"testing"

	"ngportal/handlers"
)

func TestMadeOf(t *testing.T) {
	tests := map[string]string{
		"a/x.trk/skel":                  "a/x.trk",
		"a/x.trk/skel/length,s_fa":      "a/x.trk",
		"a/x.trk/ann":                   "a/x.trk",
		"a/x.trk/ann/frame=lps":         "a/x.trk",
		"a/x.trk/ann/list":              "a/x.trk",
		"a/x.trk/ann/tol=0.25/list":     "a/x.trk",
		"a/dseg.nii/names":              "a/dseg.nii",
		"skel/ann/x.trk/skel":           "skel/ann/x.trk",
		"a/skel/skel":                   "a/skel",
		"a/ann/skel/length":             "a/ann",
		"a/ann/ann/list":                "a/ann",
		"a/x.trk":                       "a/x.trk",
		"x.trk":                         "x.trk",
		"skel":                          "",
		"a/deep/skel/folder/x.trk/skel": "a/deep/skel/folder/x.trk",
	}
	for path, want := range tests {
		if got := handlers.MadeOf(path); got != want {
			t.Errorf("MadeOf(%q) = %q, want %q", path, got, want)
		}
	}
}
