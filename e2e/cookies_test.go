package e2e

import (
	"strings"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// cookies are all that the browser keeps.
func (b *tab) cookies() []*network.Cookie {
	b.t.Helper()
	got, err := chromedp.Call(b.ctx, storage.GetCookies, storage.GetCookiesParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	return got.Cookies
}

// signed are the cookies that one reads data with.
func (b *tab) signed() []*network.Cookie {
	b.t.Helper()
	var found []*network.Cookie
	for _, c := range b.cookies() {
		if strings.HasPrefix(c.Name, "CloudFront-") {
			found = append(found, c)
		}
	}
	return found
}

// cookie is the value of the one cookie of this name.
func (b *tab) cookie(name string) string {
	b.t.Helper()
	var values []string
	for _, c := range b.cookies() {
		if c.Name == name {
			values = append(values, c.Value)
		}
	}
	if len(values) != 1 {
		b.t.Fatalf("%d cookies %s, want one", len(values), name)
	}
	return values[0]
}

// expire removes the cookies that one reads data with, as the browser does when their time has come.
func (b *tab) expire() {
	b.t.Helper()
	for _, c := range b.signed() {
		params := network.DeleteCookiesParams{Name: c.Name, Domain: c.Domain, Path: c.Path}
		if _, err := chromedp.Call(b.ctx, network.DeleteCookies, params); err != nil {
			b.t.Fatal(err)
		}
	}
	if left := b.signed(); len(left) > 0 {
		b.t.Fatalf("%d cookies are left", len(left))
	}
}

// setCookies changes cookies of the browser.
func (b *tab) setCookies(cookies ...*network.CookieParam) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, storage.SetCookies, storage.SetCookiesParams{Cookies: cookies}); err != nil {
		b.t.Fatal(err)
	}
}
