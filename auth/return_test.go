package auth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"ngportal/auth"
)

func returns() map[string]string {
	same := map[string]string{}
	for _, p := range []string{
		"/", "/tray", "/browse/I58/a%20b/%2Fc%25/x(1)'!*", "/browse/I58/?after=a//b&sort=-size", "/s/k3vq-8d0x-m2ja-97wt",
		"/asset/I58/x%2e%2ezarr", "/search?q=http://evil.test/", "/loginx", "/authors", "/browse/I58/%5cx",
	} {
		same[p] = p
	}
	for _, p := range []string{
		"", "tray", "//", "//?", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "/\t/evil.test", "/\n/evil.test", "/\r\nSet-Cookie: a=b",
		"\t//evil.test", " /tray", "/tr ay", "/x\x00", "/x\x7f", "/ü", "http://evil.test/", "https:evil.test", "javascript:alert(1)",
		"/..//evil.test", "/./evil", "/%2e%2e/x", "/%2E/x", "/a//b", "/%zz", "/login", "/login?to=/", "/logout", "/auth/demo",
		"/%6cogin", "/" + strings.Repeat("x", 4096),
	} {
		same[p] = "/"
	}
	return same
}

func TestSafeReturn(t *testing.T) {
	for path, want := range returns() {
		if got := auth.SafeReturn(path); got != want {
			t.Errorf("SafeReturn(%q) = %q, want %q", path, got, want)
		}
	}
}

func FuzzSafeReturn(f *testing.F) {
	for path := range returns() {
		f.Add(path)
	}
	site, err := url.Parse("https://portal.example.org/auth/demo/callback")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := auth.SafeReturn(path)
		if got != path && got != "/" {
			t.Fatalf("SafeReturn(%q) = %q, neither the path nor /", path, got)
		}
		if again := auth.SafeReturn(got); again != got {
			t.Fatalf("SafeReturn(%q) = %q, but of that %q", path, got, again)
		}
		w := httptest.NewRecorder()
		http.Redirect(w, httptest.NewRequest("GET", site.String(), nil), got, http.StatusSeeOther)
		for _, location := range []string{got, w.Header().Get("Location")} {
			// What browsers do before they parse: https://url.spec.whatwg.org/#concept-basic-url-parser.
			location = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(strings.Trim(location, " \x00\x1f"))
			u, err := site.Parse(location)
			if err != nil || u.Host != site.Host || u.Scheme != "https" || strings.HasPrefix(location, "//") {
				t.Fatalf("SafeReturn(%q) leads to %q, %v", path, u, err)
			}
		}
	})
}
