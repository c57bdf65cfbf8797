package ngstate

import "strings"

// LayerName makes a short name for people out of a file or directory name.
//
// A BIDS name becomes its suffix with what tells it apart first, because the viewer cuts long
// names at the end: "sub-I58_sample-hemi_desc-CSD_tractography.trk" is "CSD tractography · I58 hemi".
// Any other name only loses its extension.
func LayerName(path string) string {
	path = strings.TrimSuffix(path, "/")
	name := path[strings.LastIndexByte(path, '/')+1:]
	for _, ext := range []string{ // the longer ones first
		".ome.zarr", ".nii.zarr", ".zarr", ".nii.gz", ".nii", ".trk", ".tck", ".trx", ".n5", ".precomputed",
	} {
		if cut := len(name) - len(ext); cut > 0 && strings.EqualFold(name[cut:], ext) {
			name = name[:cut]
			break
		}
	}
	parts := strings.Split(name, "_")
	suffix := parts[len(parts)-1]
	if len(parts) < 2 || !strings.HasPrefix(name, "sub-") || strings.Contains(suffix, "-") {
		return name
	}
	var what, where []string
	for _, part := range parts[:len(parts)-1] {
		key, value, ok := strings.Cut(part, "-")
		switch {
		case !ok: // not an entity: keep it where it is seen
			what = append(what, part)
		case key == "sub", key == "sample", key == "ses":
			where = append(where, value)
		case key == "desc", key == "stain":
			what = append(what, value)
		default:
			where = append(where, key+" "+value)
		}
	}
	return strings.Join(append(what, suffix), " ") + " · " + strings.Join(where, " ")
}
