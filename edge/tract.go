package edge

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"ngportal/cloudfront"
)

// tract serves /t/<id>/<path>/skel/<what> and /t/<id>/<path>/names/info, for the viewer session's cookie.
func (e *edge) tract(a *answer, r *http.Request, path string) error {
	if err := readOnly(a, r); err != nil {
		return err
	}
	file, what := cutMade(path)
	id, key, err := parsePath(file)
	if err != nil {
		return err
	}
	loc, known := e.Router.Route(id)
	if known {
		a.location = id
	}
	who := stranger(r)
	if !known || !e.IsPublic(loc.Bucket) {
		if err = e.mayRead(r, id); err != nil {
			return err
		}
		who = e.person(r, e.token(r), who)
	}
	if !known || key == "" || what == "" {
		return errNoPage
	}
	release, err := e.limits.acquire(r.Context(), who)
	if err != nil {
		return err
	}
	defer release()
	a.Header().Set("Cache-Control", "private, max-age=3600")
	w := &patientAnswer{a, patient{a, http.NewResponseController(a), e.Patience}}
	if err := e.Tracts.ServeTract(w, r, loc, key, what); err != nil {
		return fmt.Errorf("tract %s, %s: %w", loc.URI(key), what, err)
	}
	return nil
}

// cutMade cuts the raw path of a file that is made here after that of the data it is made of; what is "" for others.
func cutMade(path string) (file, what string) {
	if f, ok := strings.CutSuffix(path, "/names/info"); ok {
		return f, "names/info"
	}
	for _, w := range []string{"prop/info", "info", "1"} {
		if f, ok := strings.CutSuffix(path, "/skel/"+w); ok {
			return f, w
		}
	}
	return path, ""
}

func (e *edge) mayRead(r *http.Request, id string) error {
	token := e.token(r)
	if token == "" {
		return &cloudfront.Denial{Code: cloudfront.AccessDenied, Reason: "there is no session"}
	}
	err := e.Guard.MayRead(r.Context(), token, id)
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist):
		return &cloudfront.Denial{Code: cloudfront.AccessDenied, Reason: "the session may not read the location"}
	case err != nil:
		return unwell(fmt.Errorf("session and location %s: %w", id, err))
	}
	return nil
}
