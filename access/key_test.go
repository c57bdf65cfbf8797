package access_test

import (
	"errors"
	"path"
	"regexp"
	"strings"
	"testing"

	"ngportal/access"
)

func TestEscape(t *testing.T) {
	tests := map[string]struct{ key, path string }{ // by key
		"a/b.txt":      {"a/b.txt", "a/b.txt"},
		"a b+c&d=e;,:": {"a%20b+c&d=e;,:", "a%20b+c&d=e;,:"},
		"(1)!*'~$":     {"(1)!*'~$", "(1)!*'~$"},
		"ü?#@%|\"<>":   {"%C3%BC%3F%23%40%25%7C%22%3C%3E", "%C3%BC%3F%23%40%25%7C%22%3C%3E"},
		"a//b///c":     {"a//b///c", "a/%2Fb/%2F/c"},
		"/a":           {"/a", "%2Fa"},
	}
	for key, want := range tests {
		if got := access.EscapeKey(key); got != want.key {
			t.Errorf("EscapeKey(%q) = %q, want %q", key, got, want.key)
		}
		if got := access.EscapePath(key); got != want.path {
			t.Errorf("EscapePath(%q) = %q, want %q", key, got, want.path)
		}
	}
}

func TestParseTargetRefuses(t *testing.T) {
	for _, raw := range []string{
		"a/../b", "a/%2e%2e/b", "a/.%2E/b", "./a", "a/..", "a%2Fb", "a%2fb", "a%00b", "a%zz", "%", "%C3", strings.Repeat("a", 1025),
		`a\b`, `..\b`, "..%5Cb", "..%5c..%5cb", "%5c..%5c", "a/b%5C..", "a%5C%2e%2E/b", "%2e%5Cb", "a%5C.", "a%5C./b",
	} {
		if key, err := access.ParseTarget(raw); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("ParseTarget(%.40q) = %q, %v, want ErrInvalid", raw, key, err)
		}
	}
}

// A backslash is a character of a name like others as long as nobody can take a part of the name for a dot segment.
func TestParseTargetTakesBackslashes(t *testing.T) {
	tests := map[string]string{ // keys by what is sent
		"back%5Cx": `back\x`, "%5c": `\`, "a%5C%5Cb/": `a\\b/`, "a%5C...%5C.b%5Cc.": `a\...\.b\c.`, "..a%5Cb..": `..a\b..`, "a%255Cb": "a%5Cb",
	}
	for raw, want := range tests {
		if key, err := access.ParseTarget(raw); err != nil || key != want {
			t.Errorf("ParseTarget(%q) = %q, %v, want %q", raw, key, err, want)
		}
	}
}

// cleaned is path as a server makes it that takes backslashes for slashes and cleans paths.
func cleaned(key string) string { return path.Clean("/" + strings.ReplaceAll(key, `\`, "/")) }

var doubled = regexp.MustCompile(`[/\\]+`)

// FuzzKey writes any key into an address and reads it back. A server that cleans paths finds it where it is.
func FuzzKey(f *testing.F) {
	for _, s := range []string{"a/b", "a b+c&d%2F", "ü", "a//b", "", "#?@|", "..", "\x00", "\xff", `a\b`, `a\..\b`, `\..`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, key string) {
		escaped := access.EscapeKey(key)
		got, err := access.ParseTarget(escaped)
		if wantErr := access.CheckPath(key); (err != nil) != (wantErr != nil) {
			t.Fatalf("ParseTarget(%q) error = %v, CheckPath(%q) = %v", escaped, err, key, wantErr)
		}
		if err == nil && got != key {
			t.Errorf("%q is written %q and read %q", key, escaped, got)
		}
		if plain := "/" + strings.Trim(doubled.ReplaceAllString(key, "/"), "/"); err == nil && cleaned(key) != plain {
			t.Errorf("%q leads to %q where paths are cleaned, want %q", key, cleaned(key), plain)
		}
		if path := access.EscapePath(key); strings.Contains("/"+path, "//") {
			t.Errorf("EscapePath(%q) = %q has an empty segment", key, path)
		}
	})
}
