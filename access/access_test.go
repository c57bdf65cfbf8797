package access_test

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ngportal/access"
)

var (
	ada    = access.Person{Issuer: "i", Subject: "1", Email: "ada@example.org"}
	ben    = access.Person{Issuer: "i", Subject: "2", Email: "ben@example.org"}
	eve    = access.Person{Issuer: "i", Subject: "3", Email: "eve@example.org"}
	nomail = access.Person{Issuer: "i", Subject: "4"} // the provider has not verified an address
	nobody access.Person
)

func policy(t *testing.T) *access.Policy {
	t.Helper()
	p, err := access.New([]access.Dataset{
		{Name: "open", Locations: []access.Location{{ID: "loc-open", Bucket: "b", Prefix: "open/"}}, Viewers: []string{"*"}},
		{Name: "bens", Locations: []access.Location{{ID: "loc-bens", Bucket: "b", Prefix: "bens/"}}, Viewers: []string{"Ben@Example.org"}},
		{Name: "closed", Locations: []access.Location{{ID: "loc-closed", Bucket: "c"}}},
	}, []string{"ADA@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestVisible(t *testing.T) {
	tests := map[string]struct {
		who  access.Person
		want []string
	}{
		"an administrator sees all":             {ada, []string{"open", "bens", "closed"}},
		"a viewer, in other letters":            {ben, []string{"open", "bens"}},
		"everyone who is signed in":             {eve, []string{"open"}},
		"somebody without an address":           {nomail, []string{"open"}},
		"nobody sees what everyone sees":        {nobody, nil},
		"an address alone does not make anyone": {access.Person{Email: "ada@example.org"}, nil},
	}
	p := policy(t)
	for name, tt := range tests {
		var got []string
		for _, d := range p.Visible(tt.who) {
			got = append(got, d.Name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestResolve(t *testing.T) {
	tests := map[string]struct {
		who  access.Person
		ref  access.Ref
		want error
	}{
		"own":                        {ben, access.Ref{Dataset: "bens", Location: "loc-bens"}, nil},
		"foreign":                    {eve, access.Ref{Dataset: "bens", Location: "loc-bens"}, fs.ErrPermission},
		"unknown":                    {ada, access.Ref{Dataset: "none", Location: "loc-bens"}, fs.ErrNotExist},
		"foreign location, own name": {eve, access.Ref{Dataset: "open", Location: "loc-bens"}, fs.ErrNotExist},
		"signed out":                 {nobody, access.Ref{Dataset: "open", Location: "loc-open"}, fs.ErrPermission},
	}
	p := policy(t)
	for name, tt := range tests {
		if _, err := p.Resolve(tt.who, tt.ref); !errors.Is(err, tt.want) {
			t.Errorf("%s: error = %v, want %v", name, err, tt.want)
		}
	}
	if _, _, err := p.Location(eve, "loc-closed"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Location of a foreign dataset: error = %v, want ErrPermission", err)
	}
	if _, ok := p.Route("loc-none"); ok {
		t.Error("Route of an unknown id leads somewhere")
	}
}

// TestNewNamesEveryFault builds one policy with many faults, and one of each kind that overlaps.
func TestNewNamesEveryFault(t *testing.T) {
	at := func(id, bucket, prefix string) []access.Location {
		return []access.Location{{ID: id, Bucket: bucket, Prefix: prefix}}
	}
	_, err := access.New([]access.Dataset{
		{Name: "a b", Locations: at("loc-1", "x", "p/")},
		{Name: "twice", Locations: at("loc-2", "y", "")},
		{Name: "twice", Locations: at("loc-2", "z", "")},
		{Name: "none"},
		{Name: "short", Locations: at("abc", "v", "")},
		{Name: "slash", Locations: at("loc-3", "w", "p")},
		{Name: "inside", Locations: at("loc-4", "x", "p/q/")},
	}, nil)
	if !errors.Is(err, access.ErrInvalid) {
		t.Fatalf("error = %v, want ErrInvalid", err)
	}
	for _, want := range []string{`"a b"`, `"twice": the name is used twice`, `"loc-2" is used twice`, `"none": it has no location`, `"abc"`, `must end in`, `"loc-1" (x/p/) and location "loc-4" (x/p/q/) overlap`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %s:\n%v", want, err)
		}
	}
	if _, err := access.New([]access.Dataset{
		{Name: "a", Locations: at("loc-1", "x", "sub-1/")}, {Name: "b", Locations: at("loc-2", "x", "sub-10/")},
	}, nil); err != nil {
		t.Errorf("sub-1/ and sub-10/ do not overlap: %v", err)
	}
}

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
