package cloudfront

import "strings"

// match reports whether pattern covers all of s: "*" stands for any bytes, none among them,
// and "?" for exactly one. Slashes are bytes like others.
func match(pattern, s string) bool {
	var m matcher
	return m.match(pattern, s)
}

// A matcher counts the bytes it compares, for the tests.
type matcher struct{ compared int }

// match looks for the pieces between the stars from left to right, each at its first place, so nothing
// is tried twice: it compares each byte of s once, or in pieces with "?" as often as the piece has
// bytes. No policy of ours has any of these.
func (m *matcher) match(pattern, s string) bool {
	first, rest, starred := strings.Cut(pattern, "*")
	if len(s) < len(first) || !m.same(first, s[:len(first)]) {
		return false
	}
	s = s[len(first):]
	if !starred {
		return s == ""
	}
	for {
		piece, after, more := strings.Cut(rest, "*")
		if !more { // the last piece stands at the end
			return len(s) >= len(piece) && m.same(piece, s[len(s)-len(piece):])
		}
		i := m.find(piece, s)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(piece):], after
	}
}

// find returns the first place of piece in s, or -1.
func (m *matcher) find(piece, s string) int {
	if strings.IndexByte(piece, '?') < 0 {
		i := strings.Index(s, piece)
		m.compared += len(s)
		if i >= 0 {
			m.compared += i + len(piece) - len(s)
		}
		return i
	}
	for i := 0; i+len(piece) <= len(s); i++ {
		if m.same(piece, s[i:i+len(piece)]) {
			return i
		}
	}
	return -1
}

// same compares two strings of one length; "?" in piece equals any byte.
func (m *matcher) same(piece, s string) bool {
	if piece == s { // as in all policies of ours
		m.compared += len(piece)
		return true
	}
	for i := range len(piece) {
		m.compared++
		if piece[i] != s[i] && piece[i] != '?' {
			return false
		}
	}
	return true
}
