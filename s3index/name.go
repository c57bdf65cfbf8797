package s3index

import (
	"slices"
	"strings"
)

// A name is the name of a file or directory, taken apart as BIDS has it: "sub-I58_chunk-02_XPCT.ome.zarr" has the
// entities sub and chunk, and the suffix XPCT.
type name struct {
	stem     string // without what follows the first dot that begins an extension
	entities map[string]string
	suffix   string // "" of a name without entities
}

// endings are the extensions that are cut from names, longer ones first.
func endings() []string {
	return []string{
		".ome.zarr", ".nii.zarr", ".zarr", ".nii.gz", ".nii", ".mgz", ".mgh", ".n5", ".precomputed",
		".trk.gz", ".trk", ".tck", ".trx", ".vtk", ".tt.gz",
		".json", ".tsv", ".txt", ".lta", ".tfm", ".mat", ".h5", ".aff12.1d",
	}
}

func parseName(text string) name {
	text = strings.TrimSuffix(text, "/")
	text = text[strings.LastIndexByte(text, '/')+1:]
	n := name{stem: text, entities: map[string]string{}}
	for _, e := range endings() {
		if cut := len(text) - len(e); cut >= 0 && strings.EqualFold(text[cut:], e) {
			n.stem = text[:cut]
			break
		}
	}
	parts := strings.Split(n.stem, "_")
	for _, part := range parts {
		if key, value, ok := strings.Cut(part, "-"); ok && key != "" {
			n.entities[key] = value
		}
	}
	if last := parts[len(parts)-1]; !strings.Contains(last, "-") {
		n.suffix = last
	}
	return n
}

// covers reports whether a file called n tells something of an asset called of, by BIDS' principle of inheritance: it
// has the same suffix, and no entity that the asset has not.
func (n name) covers(of name) bool {
	if n.suffix == "" || n.suffix != of.suffix {
		return false
	}
	for key, value := range n.entities {
		if of.entities[key] != value {
			return false
		}
	}
	return true
}

// agrees reports whether two names do not contradict each other in any of keys.
func (n name) agrees(with name, keys ...string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool {
		a, b := n.entities[key], with.entities[key]
		return a != "" && b != "" && a != b
	})
}

// isLabelName reports whether a name says that it is an image of labels, by the suffixes of BIDS and FreeSurfer.
func isLabelName(n name) bool {
	labels := []string{"dseg", "seg", "segmentation", "label", "labels", "mask", "aseg", "aparc", "parc", "parcellation", "wmparc"}
	last := n.suffix[strings.LastIndexByte(n.suffix, '+')+1:] // of "aparc+aseg"
	return slices.Contains(labels, strings.ToLower(last))
}

// words are all that a name says: parts, values of entities, and the suffix followed by the chunk or run, which is how
// LINC's registrations name scans ("XPCT02" is XPCT, chunk-02).
func (n name) words() []string {
	out := strings.FieldsFunc(n.stem, func(c rune) bool { return strings.ContainsRune("_-.+ ", c) })
	for _, key := range []string{"chunk", "run", "sample"} {
		if v := n.entities[key]; v != "" && n.suffix != "" {
			out = append(out, n.suffix+v)
		}
	}
	return out
}
