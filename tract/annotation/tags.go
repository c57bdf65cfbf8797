package annotation

import (
	"slices"
	"strings"
	"unicode"
)

// sides are the tags of a bundle: on which side its name says that it lies.
func sides(name string) []string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) })
	var tags []string
	for _, s := range []struct{ tag, short string }{{"left", "l"}, {"right", "r"}} {
		if slices.Contains(words, s.tag) || slices.Contains(words, s.short) {
			tags = append(tags, s.tag)
		}
	}
	return tags
}

// sortedTags is the property of tags, whose names the viewer wants in order.
func sortedTags(names []string, of [][]int) map[string]any {
	sorted := slices.Sorted(slices.Values(names))
	for _, list := range of {
		for i, k := range list {
			list[i], _ = slices.BinarySearch(sorted, names[k])
		}
		slices.Sort(list)
	}
	return map[string]any{"id": "tags", "type": "tags", "tags": sorted, "values": of}
}
