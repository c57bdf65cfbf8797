package mail

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineWidth is in characters; long ago, terminals were 80 wide, and a few answers add "> ".
const lineWidth = 72

// letter puts the parts of a notice together, those that are not empty, with greeting and signature.
func letter(p Portal, parts ...string) string {
	var b strings.Builder
	b.WriteString("Hello,\n\n")
	for _, part := range parts {
		if part != "" {
			b.WriteString(part + "\n\n")
		}
	}
	// "-- " is how a signature is recognized
	b.WriteString("-- \n" + line(p.Name, maxName) + "\n" + line(p.URL, maxLink) + "\n")
	return b.String()
}

// subject returns s as a subject that [Message] takes.
func subject(s string) string {
	return line(strings.ReplaceAll(s, "=?", "= ?"), maxSubject)
}

// line returns s as one line of at most so many characters: white space becomes single spaces, and what could
// turn the text around it (but not the marks that right-to-left names need) is left out. What is not UTF-8
// becomes U+FFFD, by strings.Map.
func line(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // embeddings, overrides, isolates
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
}

// wrap breaks s at spaces into lines that begin with prefix. A long word, such as an address, stays whole.
func wrap(s, prefix string) string {
	var b strings.Builder
	width := 0
	for word := range strings.FieldsSeq(s) {
		n := utf8.RuneCountInString(word)
		switch {
		case width == 0:
			b.WriteString(prefix)
			width = utf8.RuneCountInString(prefix)
		case width+1+n > lineWidth:
			b.WriteString("\n" + prefix)
			width = utf8.RuneCountInString(prefix)
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += n
	}
	return b.String()
}
