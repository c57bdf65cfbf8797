package xfm

import (
	"path"
	"strings"
)

// FormatOf tells a transform by its name, such as "sub-I58_from-A_to-B_xfm.lta". A .mat, .txt or .h5 file is one only
// if its content says so; then ok is true all the same.
func FormatOf(name string) (ok bool) {
	lower := strings.ToLower(path.Base(name))
	for _, ending := range []string{".lta", ".tfm", ".aff12.1d", ".mat", ".txt", ".h5"} {
		if strings.HasSuffix(lower, ending) && len(lower) > len(ending) {
			return true
		}
	}
	return false
}

// Names is what a file's name says of a transform: the entities from- and to- of BIDS (BEP014).
type Names struct {
	From, To string // "" when the name does not say
}

// NamesOf reads the entities of a name such as "sub-I58_from-XPCT01_to-XPCT02_desc-final_xfm.lta".
func NamesOf(name string) Names {
	stem, _, _ := strings.Cut(path.Base(name), ".")
	var n Names
	for entity := range strings.SplitSeq(stem, "_") {
		key, value, _ := strings.Cut(entity, "-")
		switch {
		case key == "from" && n.From == "":
			n.From = value
		case key == "to" && n.To == "":
			n.To = value
		}
	}
	return n
}
