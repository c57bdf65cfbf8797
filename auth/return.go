package auth

import (
	"net/url"
	"slices"
	"strings"
)

// maxReturn bounds a return address: an S3 key has 1024 bytes, and escaping makes each three.
const maxReturn = 4096

// SafeReturn returns path if it is an address on this site, relative to its root, to which a
// browser may be sent after signing in; else "/". It refuses whatever a browser might read as
// another host, and the addresses of signing in itself, which would lead round in a circle.
func SafeReturn(path string) string {
	const home = "/"
	if len(path) > maxReturn || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || !plain(path) {
		return home
	}
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return home
	}
	// Browsers take "/./%2e%2e//host" apart in ways of their own. No page of ours has an empty
	// or a dot segment, so none is needed.
	if strings.Contains(u.EscapedPath(), "//") {
		return home
	}
	segments := strings.Split(u.Path, "/")
	if slices.Contains(segments, ".") || slices.Contains(segments, "..") {
		return home
	}
	if slices.Contains([]string{"login", "logout", "auth"}, segments[1]) {
		return home
	}
	return path
}

// plain reports whether text is printable ASCII without space or backslash. Browsers drop tabs
// and line breaks from addresses and read "\" as "/"; whatever else a path holds is escaped.
func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}
