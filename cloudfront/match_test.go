package cloudfront_test

import (
	"strings"
	"testing"

	"ngportal/cloudfront"
)

var (
	match  = cloudfront.Match
	encode = cloudfront.Encode
)

// naive is the definition of the two wildcards.
func naive(pattern, s string) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern[0] == '*':
		return naive(pattern[1:], s) || s != "" && naive(pattern, s[1:])
	}
	return s != "" && (pattern[0] == '?' || pattern[0] == s[0]) && naive(pattern[1:], s[1:])
}

// table is the same definition for long texts: a row for each prefix of the pattern, a column for each of s.
func table(pattern, s string) bool {
	row := make([]bool, len(s)+1)
	row[0] = true
	for _, p := range []byte(pattern) {
		next := make([]bool, len(s)+1)
		next[0] = p == '*' && row[0]
		for j := range len(s) {
			if p == '*' {
				next[j+1] = row[j+1] || next[j]
			} else {
				next[j+1] = row[j] && (p == '?' || p == s[j])
			}
		}
		row = next
	}
	return row[len(s)]
}

// Every pattern of up to four bytes out of "ab*?" against every text of up to five out of "ab".
func TestMatchAgainstDefinition(t *testing.T) {
	for _, pattern := range words("ab*?", 4) {
		for _, s := range words("ab", 5) {
			want := naive(pattern, s)
			if got := match(pattern, s); got != want {
				t.Errorf("match(%q, %q) = %v, want %v", pattern, s, got, want)
			}
			if got := table(pattern, s); got != want {
				t.Fatalf("the table of the fuzz target says %v to %q and %q, want %v", got, pattern, s, want)
			}
		}
	}
}

// words lists all words over the letters with up to n of them.
func words(letters string, n int) []string {
	all, last := []string{""}, []string{""}
	for range n {
		var longer []string
		for _, w := range last {
			for _, c := range letters {
				longer = append(longer, w+string(c))
			}
		}
		all, last = append(all, longer...), longer
	}
	return all
}

// most is how many bytes a match may compare: those of the pattern, and each of s once, or in pieces with "?"
// between two stars as often as the longest of them has bytes. A matcher that tries stars anew is far beyond.
func most(pattern, s string) int {
	times := 1
	if pieces := strings.Split(pattern, "*"); len(pieces) > 2 {
		for _, piece := range pieces[1 : len(pieces)-1] {
			if strings.Contains(piece, "?") {
				times = max(times, len(piece))
			}
		}
	}
	return 2*len(pattern) + times*len(s)
}

// Patterns that are hard for matchers which go back, against texts of three lengths: each further 4 kB are the
// same work.
func TestMatchIsLinear(t *testing.T) {
	patterns := map[string]string{
		"as ours":                "https://ng.example.org/d/abc123/*",
		"many stars":             strings.Repeat("*a", 1500) + "b",
		"many question marks":    strings.Repeat("*a?", 1000) + "b",
		"one long piece":         "*" + strings.Repeat("a", 2000) + "b*",
		"one long piece with ?":  "*" + strings.Repeat("a", 2000) + "?b*",
		"stars alone":            strings.Repeat("*", 3000),
		"no star":                strings.Repeat("a", 3000),
		"a piece that is nearly": "*" + strings.Repeat("ab", 1000) + "b*b",
	}
	for name, pattern := range patterns {
		t.Run(name, func(t *testing.T) {
			text := func(n int) string { return strings.Repeat("a", n) }
			first := cloudfront.Compared(pattern, text(8192)) - cloudfront.Compared(pattern, text(4096))
			second := cloudfront.Compared(pattern, text(12288)) - cloudfront.Compared(pattern, text(8192))
			if second > first+len(pattern) {
				t.Errorf("4 kB more are %d bytes to compare, and 4 kB more again %d, want no more", first, second)
			}
			long := text(8192)
			if got, bound := cloudfront.Compared(pattern, long), most(pattern, long); got > bound {
				t.Errorf("%d bytes are compared, want at most %d", got, bound)
			}
			if match(pattern, long) != table(pattern, long) {
				t.Errorf("match says %v, want %v", match(pattern, long), table(pattern, long))
			}
		})
	}
}

// The work of a match of our own policies does not even depend on the address.
func TestMatchOfOurPoliciesComparesThePrefix(t *testing.T) {
	const pattern = "https://ng.example.org/d/abc123/*"
	for _, s := range []string{inside, inside + strings.Repeat("/x", 4000), "https://ng.example.org/d/abc123/", "https://ng.example.org/d/abc124/x"} {
		if n := cloudfront.Compared(pattern, s); n > 32 {
			t.Errorf("%d bytes are compared for %.50s, want 32 at most", n, s)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""},
		{"*", "a"},
		{"a*b?c", "aXbYc"},
		{"**a", "aa"},
		{"https://h/*.json", "https://h/a.json?x"},
		{"https://h/d/ab?/*", "https://h/d/abc/x"},
		{"*aab*aab?*b", "aaaabaaaabaabab"},
		{"http*://h/*", "https://h/é"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 600 || len(s) > 600 {
			t.Skip("the table would be large")
		}
		if got, want := match(pattern, s), table(pattern, s); got != want {
			t.Errorf("match(%q, %q) = %v, want %v", pattern, s, got, want)
		}
		if got, bound := cloudfront.Compared(pattern, s), most(pattern, s); got > bound {
			t.Errorf("match(%q, %q) compares %d bytes, want at most %d", pattern, s, got, bound)
		}
	})
}
