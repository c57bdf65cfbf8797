package edge

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
)

// Answers below /_session/ are never 403: a distribution may be told to turn every 403 into a 503.

// session serves /_session/<what>.
func (e *edge) session(a *answer, r *http.Request, what string) error {
	switch what {
	case "open":
		if err := methods(a, r, http.MethodGet); err != nil { // HEAD must not use a ticket up
			return err
		}
		return e.open(a, r)
	case "refresh":
		return e.post(a, r, e.refresh)
	case "end":
		return e.post(a, r, e.end)
	case "leave":
		if err := methods(a, r, http.MethodGet); err != nil {
			return err
		}
		return e.leave(a, r)
	}
	if slug, ok := strings.CutPrefix(what, "state/"); ok {
		if err := readOnly(a, r); err != nil {
			return err
		}
		return e.state(a, r, slug)
	}
	return errNoPage
}

// post calls next for a POST that a page of ours has made.
func (e *edge) post(a *answer, r *http.Request, next func(*answer, *http.Request) error) error {
	if err := methods(a, r, http.MethodPost); err != nil {
		return err
	}
	if err := e.guard.Check(r); err != nil {
		return &fault{status: http.StatusBadRequest, message: "This request came from another site, and is refused."}
	}
	return next(a, r)
}

// open trades a ticket for the cookies and goes on to the viewer.
func (e *edge) open(a *answer, r *http.Request) error {
	var opened Opened
	err := fs.ErrNotExist
	if ticket := r.URL.Query().Get("t"); ticketForm.MatchString(ticket) {
		opened, err = e.Sessions.Redeem(r.Context(), ticket)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return e.page(a, http.StatusBadRequest, "This way into the viewer has been used already, or is more than a minute old.")
	case err != nil:
		a.err = fmt.Errorf("redeem a ticket: %w", err)
		return e.page(a, http.StatusServiceUnavailable, "The portal cannot open the viewer just now.")
	case !fragmentForm.MatchString(opened.Fragment):
		return internal(errors.New("redeem a ticket: the fragment is not visible ASCII after \"!\""))
	}
	set, err := e.grantCookies(opened.Grant)
	if err != nil {
		return internal(err)
	}
	setCookies(a, set)
	// Not http.Redirect: it would clean the "//" of addresses in the fragment.
	a.Header().Set("Location", "/#"+opened.Fragment)
	a.WriteHeader(http.StatusSeeOther)
	return nil
}

var (
	fragmentForm = regexp.MustCompile(`^![!-~]*$`)
	ticketForm   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	leftForm     = regexp.MustCompile(`^[a-z0-9-]{4,64}$`)
	slugForm     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// refresh renews the cookies, if the session still may read.
func (e *edge) refresh(a *answer, r *http.Request) error {
	var g Grant
	err := fs.ErrPermission
	if token := e.token(r); token != "" {
		g, err = e.Sessions.Renew(r.Context(), token)
	}
	switch {
	case ended(err) || err == nil && !g.Expires.After(e.Now()):
		setCookies(a, append(e.removal(append(g.Gone, g.Locations...)), e.cookie(e.sessionName(), "", "/", -1)))
		return &fault{status: http.StatusUnauthorized, message: "Your access has ended. Sign in again."}
	case err != nil:
		return unwell(fmt.Errorf("renew a session: %w", err))
	}
	set, err := e.grantCookies(g)
	if err != nil {
		return internal(err)
	}
	setCookies(a, set)
	a.WriteHeader(http.StatusNoContent)
	return nil
}

// end ends the session and removes its cookies.
func (e *edge) end(a *answer, r *http.Request) error {
	var gone []string
	if token := e.token(r); token != "" {
		var err error
		if gone, err = e.Sessions.End(r.Context(), token); err != nil && !ended(err) {
			return unwell(fmt.Errorf("end a session: %w", err))
		}
	}
	setCookies(a, append(e.removal(gone), e.cookie(e.sessionName(), "", "/", -1)))
	a.WriteHeader(http.StatusNoContent)
	return nil
}

// maxLeft is how many locations an address of leave may name: as many as a browser holds cookies for.
const maxLeft = 64

// leave is where signing out at the portal leads through: it removes the cookies of the locations that the
// address names, which only this host can, and what the browser has kept of them. It ends no session; the portal
// has done so. Pages of other sites may not send anybody here.
func (e *edge) leave(a *answer, r *http.Request) error {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" {
		return &fault{status: http.StatusBadRequest, message: "This request came from another site, and is refused."}
	}
	var left []string
	for _, id := range r.URL.Query()["l"] {
		if leftForm.MatchString(id) && len(left) < maxLeft {
			left = append(left, id)
		}
	}
	setCookies(a, append(e.removal(left), e.cookie(e.sessionName(), "", "/", -1)))
	a.Header().Set("Clear-Site-Data", `"cache"`)
	a.Header().Set("Location", e.PortalURL)
	a.WriteHeader(http.StatusSeeOther)
	return nil
}

// state sends a stored state to the viewer.
func (e *edge) state(a *answer, r *http.Request, slug string) error {
	if !slugForm.MatchString(slug) {
		return errNoPage
	}
	err := fs.ErrPermission
	var state []byte
	if token := e.token(r); token != "" {
		state, err = e.Guard.State(r.Context(), token, slug)
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return &fault{status: http.StatusUnauthorized, message: "Your access has ended, or this view is not for you. Sign in again."}
	case errors.Is(err, fs.ErrNotExist):
		return errNoPage
	case err != nil:
		return unwell(fmt.Errorf("state of a link: %w", err))
	}
	a.Header().Set("Content-Type", "application/json")
	a.WriteHeader(http.StatusOK)
	_, _ = a.Write(state) // the reader may have left
	return nil
}

func ended(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist)
}

func unwell(cause error) error {
	return &fault{http.StatusServiceUnavailable, "The portal does not answer as it should. Try again in a moment.", cause, true}
}

func internal(cause error) error {
	return &fault{http.StatusInternalServerError, "Something went wrong on the server.", cause, false}
}

//nolint:gochecknoglobals // never changes
var ticketPage = template.Must(template.New("ticket").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Viewer not opened</title></head>
<body><main><h1>Viewer not opened</h1>
<p>{{.Sentence}} Go back to the portal and open the view again.</p>
{{with .Portal}}<p><a href="{{.}}">To the portal</a></p>
{{end}}</main></body></html>
`))

// page tells a person why the viewer did not open.
func (e *edge) page(a *answer, status int, sentence string) error {
	var b strings.Builder
	if err := ticketPage.Execute(&b, struct{ Sentence, Portal string }{sentence, e.PortalURL}); err != nil {
		return internal(fmt.Errorf("ticket page: %w", err))
	}
	a.Header().Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	send(a, status, "text/html; charset=utf-8", b.String())
	return nil
}
