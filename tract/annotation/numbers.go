package annotation

import "ngportal/tract"

// Numbers are the properties of the annotations of a file by which they can be colored, besides length: the means of its
// scalars in the order of their numbers, as many as there are, and then its properties.
func Numbers(h tract.Header) []string {
	columns := columnsOf(h)
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.ID
	}
	return out
}
