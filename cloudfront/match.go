package cloudfront

import "strings"

// match reports whether pattern covers all of s: "*" stands for any bytes, none among them,
// and "?" for exactly one. Slashes are bytes like others.
//
// The pieces between the stars are looked for from left to right, each at its first place, so
// nothing is tried twice: the time is linear in s, times the length of pieces with "?".
func match(pattern, s string) bool {
	first, rest, starred := strings.Cut(pattern, "*")
	if len(s) < len(first) || !same(first, s[:len(first)]) {
		return false
	}
	s = s[len(first):]
	if !starred {
		return s == ""
	}
	for {
		piece, after, more := strings.Cut(rest, "*")
		if !more { // the last piece stands at the end
			return len(s) >= len(piece) && same(piece, s[len(s)-len(piece):])
		}
		i := find(piece, s)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(piece):], after
	}
}

// find returns the first place of piece in s, or -1.
func find(piece, s string) int {
	if !strings.Contains(piece, "?") {
		return strings.Index(s, piece)
	}
	for i := 0; i+len(piece) <= len(s); i++ {
		if same(piece, s[i:i+len(piece)]) {
			return i
		}
	}
	return -1
}

// same compares two strings of one length; "?" in piece equals any byte.
func same(piece, s string) bool {
	for i := range len(piece) {
		if piece[i] != s[i] && piece[i] != '?' {
			return false
		}
	}
	return true
}
