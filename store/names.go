package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxLetters is how many characters a name may have, and maxText how many a description may have.
const (
	maxLetters = 120
	maxText    = 10_000
)

// folded is the form of a name in which names that people take for each other are the same: the case, the way
// in which letters are composed, and marks that are not seen make no difference.
func folded(name string) string {
	seen := func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}
	return strings.TrimSpace(strings.ToLower(norm.NFKC.String(strings.Map(seen, name))))
}

// nameOf returns a name as it is kept: one line of text with 1 to 120 characters, without spaces around it.
// The error is a [*Fault] of the field.
func nameOf(field, name string) (string, error) {
	name = strings.TrimSpace(name)
	switch {
	case !utf8.ValidString(name):
		return "", faulty(field, "This is not UTF-8 text.")
	case folded(name) == "":
		return "", faulty(field, "Give it a name.")
	case utf8.RuneCountInString(name) > maxLetters:
		return "", faulty(field, "A name has at most %d characters.", maxLetters)
	case strings.ContainsFunc(name, unprintable):
		return "", faulty(field, "A name has no control characters, line breaks or changes of the direction of writing.")
	}
	return name, nil
}

// textOf returns a text of several lines as it is kept: without spaces around it, with at most most characters.
// The error is a [*Fault] of the field.
func textOf(field, text string, most int) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch {
	case !utf8.ValidString(text):
		return "", faulty(field, "This is not UTF-8 text.")
	case utf8.RuneCountInString(text) > most:
		return "", faulty(field, "This has more than %d characters.", most)
	case strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && unprintable(r) }):
		return "", faulty(field, "This has control characters or changes of the direction of writing.")
	}
	return text, nil
}

// unprintable reports whether a character controls how others are shown: control characters, the separators of
// lines and paragraphs, and what overrides the direction of writing.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || r >= 0x2028 && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// pattern is what finds text anywhere in a column that is in small letters, by LIKE ? ESCAPE '\'.
func pattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(text)) + "%"
}
