package skeleton

import (
	"fmt"
	"strings"

	"ngportal/tract"
)

// Limits of the names of attributes. WebGL takes identifiers of 256 characters, and few textures for attributes; a file
// may have thousands of numbers for each point.
const (
	nameLength = 60
	maxScalars = 100
)

// length is the attribute that is no scalar.
const length = "length"

// Attributes are what vertices of f can have besides their orientation: "length", that of the streamline in mm, and
// "s_<name>" for each scalar, its name made an identifier of GLSL; a scalar of several components has several. There
// are no more than the first 100 numbers of a point.
func Attributes(h tract.Header) []string {
	all := []string{length}
	known := map[string]bool{}
	for _, c := range h.Scalars {
		for k := range c.Components {
			if len(all) > maxScalars {
				return all
			}
			name := identifier(c.Name)
			if c.Components > 1 {
				name += fmt.Sprintf("_%d", k+1)
			}
			all = append(all, unique(name, known))
		}
	}
	return all
}

// identifier makes a name one of GLSL ES 3.00 (§3.8): letters, digits and single underscores. The prefix keeps it from
// being a keyword, from beginning with a digit and from beginning with gl_.
func identifier(name string) string {
	var b strings.Builder
	b.WriteByte('s')
	gap := true
	for _, r := range name {
		switch {
		case b.Len() >= nameLength:
		case !letter(r):
			gap = true
		case gap:
			b.WriteByte('_')
			b.WriteRune(r)
			gap = false
		default:
			b.WriteRune(r)
		}
	}
	if b.Len() == 1 {
		return "s_scalar"
	}
	return b.String()
}

func letter(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// unique numbers a name that is known already.
func unique(name string, known map[string]bool) string {
	try := name
	for n := 2; known[try]; n++ {
		try = fmt.Sprintf("%s_%d", name, n)
	}
	known[try] = true
	return try
}
