package cloudfront_test

import (
	"strings"
	"testing"
	"time"

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

// Every pattern of up to four bytes out of "ab*?" against every text of up to five out of "ab".
func TestMatchAgainstDefinition(t *testing.T) {
	for _, pattern := range words("ab*?", 4) {
		for _, s := range words("ab", 5) {
			if got, want := match(pattern, s), naive(pattern, s); got != want {
				t.Errorf("match(%q, %q) = %v, want %v", pattern, s, got, want)
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

// A matcher that tries stars anew takes longer than the universe for the first of these; ours
// takes milliseconds, but the machine may be busy and the race detector on.
func TestMatchHasAnEnd(t *testing.T) {
	done := make(chan bool)
	go func() {
		text := strings.Repeat("a", 8192)
		done <- match(strings.Repeat("*a", 2000)+"b", text) ||
			match(strings.Repeat("*a?", 1000)+"b", text) ||
			match("*"+strings.Repeat("a", 3000)+"?b*", text)
	}()
	select {
	case got := <-done:
		if got {
			t.Error("a pattern with b matches a text without")
		}
	case <-time.After(time.Minute):
		t.Fatal("three hard patterns take more than a minute")
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{{"", ""}, {"*", "a"}, {"a*b?c", "aXbYc"}, {"**a", "aa"}, {"https://h/*.json", "https://h/a.json?x"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 12 || len(s) > 16 {
			t.Skip("the definition takes exponential time")
		}
		if got, want := match(pattern, s), naive(pattern, s); got != want {
			t.Errorf("match(%q, %q) = %v, want %v", pattern, s, got, want)
		}
	})
}
