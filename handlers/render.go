package handlers

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"ngportal/assets"
	"ngportal/auth"
	"ngportal/views"
)

// render writes a page. It is drawn whole before the first byte goes out: half a page is never sent.
func (s *site) render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	b, _ := s.buffers.Get().(*bytes.Buffer)
	defer s.buffers.Put(b)
	b.Reset()
	if err := page.Render(r.Context(), b); err != nil {
		return fmt.Errorf("draw the page: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a reader who has gone away needs no answer
	return nil
}

// page begins the model of a page.
func (s *site) page(r *http.Request, title string) views.Page {
	p := views.Page{Title: title, SignInHref: loginURL(r.URL.RequestURI())}
	who := person(r)
	if !who.SignedIn() {
		return p
	}
	p.Person = &views.Person{Name: cmp.Or(who.Name, who.Email), Email: who.Email}
	p.SettingsHref = "/settings"
	if may := rights(r); may.Acting() {
		p.AdminHref = "/admin"
		p.Waiting, _ = s.Store.WaitingRequests(r.Context(), may) // beside the point of the page, as the count below
	}
	// The count is beside the point of any page: without it the page is still the page.
	if items, err := visitOf(r).tray(); err == nil {
		p.TrayCount = len(items)
	}
	p.Notice = s.notice(r)
	return p
}

// back leads to where the form says it came from, else to the tray.
func back(w http.ResponseWriter, r *http.Request) {
	to := "/tray"
	if from := r.FormValue("return"); from != "" {
		to = auth.SafeReturn(from)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// asset serves our own CSS, JavaScript and icons by the hash in their address. An unknown hash is not
// found: old bytes must not be kept under a new name.
func (s *site) asset(w http.ResponseWriter, r *http.Request) error {
	f, ok := assets.Lookup(r.URL.Path)
	if !ok {
		return &userError{
			code: http.StatusNotFound, heading: "Not found",
			what: "There is no such file; it may belong to another version of the portal.", do: "Load the page again.",
		}
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Type", f.ContentType)
	w.Header().Set("ETag", f.ETag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.Data))
	return nil
}

// size writes a number of bytes as people read it, in powers of a thousand.
func size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB", "PB", "EB"} {
		if f /= 1000; f < 999.5 {
			break
		}
	}
	if f < 9.95 {
		return fmt.Sprintf("%.1f %s", f, unit)
	}
	return fmt.Sprintf("%.0f %s", f, unit)
}

// plural writes a number and its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return views.Number(n) + " " + noun + "s"
}

// sentence begins with an upper-case letter and ends with a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	first, n := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[n:]
	if strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}
