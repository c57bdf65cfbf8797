package access

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxKey is the longest key S3 stores, in bytes.
const maxKey = 1024

// CheckPath tells why a path inside a location cannot be addressed by a browser, or nil if it can.
//
// Browsers and proxies remove the segments "." and ".." from an address, however they are spelt, so a key that
// holds one would lead somewhere else. A backslash is a character of a name, but some take it for a slash: what
// lies between two of them must be no such segment either. The error wraps [ErrInvalid].
func CheckPath(path string) error {
	switch {
	case len(path) > maxKey:
		return fmt.Errorf("%w: the path has %d bytes, more than the %d a key may have", ErrInvalid, len(path), maxKey)
	case !utf8.ValidString(path):
		return fmt.Errorf("%w: the path is not UTF-8 text", ErrInvalid)
	case strings.IndexByte(path, 0) >= 0:
		return fmt.Errorf("%w: the path holds a zero byte", ErrInvalid)
	}
	for segment := range strings.FieldsFuncSeq(path, isSlash) {
		if segment == "." || segment == ".." {
			return fmt.Errorf("%w: the path holds the segment %q", ErrInvalid, segment)
		}
	}
	return nil
}

func isSlash(c rune) bool { return c == '/' || c == '\\' }

// EscapeKey writes a key as Neuroglancer writes it in a URL: JavaScript's encodeURI, and "?", "#" and "@" besides.
// The slashes stay. [ParseTarget] is its inverse.
func EscapeKey(key string) string {
	const raw = ";,/:&=+$-_.!~*'()"
	var b strings.Builder
	b.Grow(len(key))
	for i := range len(key) {
		c := key[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(raw, c) >= 0:
			b.WriteByte(c)
		default:
			const hex = "0123456789ABCDEF"
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// EscapePath writes a path for an address of the portal. It differs from [EscapeKey] in empty
// segments: Go's router would fold "//" into "/", which is another key, so the second is escaped.
func EscapePath(path string) string {
	escaped := strings.ReplaceAll("/"+EscapeKey(path), "//", "/%2F")
	return escaped[1:]
}

// ParseTarget reads a key from the raw, still escaped part of a request target.
//
// It refuses what a normalizing server might take for another key: dot segments, escaped slashes, zero
// bytes, and backslashes that are not escaped, which no browser sends. The error wraps [ErrInvalid].
func ParseTarget(raw string) (string, error) {
	switch {
	case strings.Contains(strings.ToLower(raw), "%2f"):
		return "", fmt.Errorf("%w: the path holds an escaped slash", ErrInvalid)
	case strings.IndexByte(raw, '\\') >= 0:
		return "", fmt.Errorf("%w: the path holds a backslash that is not escaped", ErrInvalid)
	}
	key, err := url.PathUnescape(raw)
	if err != nil {
		return "", fmt.Errorf("%w: the path holds a broken escape", ErrInvalid)
	}
	return key, CheckPath(key)
}

// DataPath is the path on the viewer host at which the object or folder lies.
func (l Location) DataPath(path string) string { return "/d/" + l.ID + "/" + EscapeKey(path) }

// URI is the address of the object or folder in S3's own form, as the command line takes it.
func (l Location) URI(path string) string { return "s3://" + l.Bucket + "/" + l.Prefix + path }
