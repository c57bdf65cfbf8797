package edge

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"strings"

	"ngportal/access"
	"ngportal/cloudfront"
)

// tract serves /t/<id>/<path>/skel/…, /t/<id>/<path>/ann/… and /t/<id>/<path>/names/info, for the viewer session's cookie.
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
	if what, err = access.ParseTarget(what); err != nil { // its options may be escaped
		return badPath(err)
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

// Files that are made, behind the address of the data that they are made of. Between source and file there may be a
// segment of options.
var (
	namesFile      = regexp.MustCompile(`^names/info$`)
	skeletonFile   = regexp.MustCompile(`^skel/([^/]+/)?(info|prop/info|[0-9]{1,20})$`)
	annotationFile = regexp.MustCompile(`^ann/([^/]+/)?(info|list/info|spatial[0-9]{1,2}/[0-9]{1,9}_[0-9]{1,9}_[0-9]{1,9}|(by_id|bundle)/[0-9]{1,20})$`)
)

// cutMade cuts the raw path of a file that is made here after that of the data it is made of, at the last place where
// that can be; what is "" for others.
func cutMade(path string) (file, what string) {
	for end := len(path); ; {
		end = strings.LastIndexByte(path[:end], '/')
		if end < 0 || strings.Count(path[end:], "/") > madeDepth {
			return path, ""
		}
		for _, form := range []*regexp.Regexp{namesFile, skeletonFile, annotationFile} {
			if form.MatchString(path[end+1:]) {
				return path[:end], path[end+1:]
			}
		}
	}
}

// madeDepth is how many slashes are in the longest address of a file that is made: /ann/options/by_id/1.
const madeDepth = 4

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
