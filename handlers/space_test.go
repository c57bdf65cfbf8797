package handlers_test

import (
	"testing"

	"ngportal/handlers"
)

// TestLiesIn: LINC's registrations call a scan by its suffix and chunk, and all of diffusion dMRI.
func TestLiesIn(t *testing.T) {
	tests := map[string]struct {
		path, space string
		want        bool
	}{
		"the space is a word of the name":              {"a/sub-1_XPCT02.nii", "xpct02", true},
		"suffix and chunk":                             {"a/micr/sub-I58_sample-hemi_chunk-02_XPCT.ome.zarr/", "XPCT02", true},
		"another chunk":                                {"a/micr/sub-I58_sample-hemi_chunk-01_XPCT.ome.zarr/", "XPCT02", false},
		"another suffix":                               {"a/micr/sub-I58_chunk-02_OCT.ome.zarr/", "XPCT02", false},
		"diffusion":                                    {"a/sub-I58_desc-FA_dwi.ome.zarr/", "dMRI", true},
		"streamlines in the folder of diffusion":       {"a/dwi/sub-I58_desc-CSD_tractography.trk", "dMRI", true},
		"diffusion that has been brought to somewhere": {"a/dwi/sub-I58_space-MNI_desc-FA_dwi.nii", "dMRI", false},
		"no diffusion":                                 {"a/anat/sub-I58_T1w.nii", "dMRI", false},
		"no space":                                     {"a/dwi/sub-I58_dwi.nii", "", false},
		"nothing but an ending":                        {".zarr/", "zarr", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := handlers.LiesIn(tt.path, tt.space); got != tt.want {
				t.Errorf("LiesIn(%q, %q) = %t, want %t", tt.path, tt.space, got, tt.want)
			}
		})
	}
}
