package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"ngportal/assets"
)

// sessionRoute asks for a renewal as the viewer's page would, without a session: only the portal knows to answer 401.
func sessionRoute(ctx context.Context, p *patient) finding {
	const mend = "send /_session/* and /t/* of the viewer host to the portal: all methods, cookies, query strings and headers, nothing kept"
	viewer := p.parts.viewerURL
	a, err := p.ask(ctx, question{
		method: http.MethodPost, url: viewer + "/_session/refresh",
		header: []string{"Origin", viewer, "Sec-Fetch-Site", "same-origin"},
	})
	switch {
	case err != nil:
		return silent(viewer, err)
	case a.status == http.StatusUnauthorized && !a.isHTML() && a.header.Get("Www-Authenticate") == "":
		return fine("a renewal without a session is refused with 401")
	case a.status == http.StatusMethodNotAllowed || a.status == http.StatusForbidden:
		return bad(mend, "POST is refused on the way: %s", a)
	case a.status == http.StatusNotFound || a.isHTML():
		return bad(mend, "somebody else answers there: %s", a)
	case a.status == http.StatusBadRequest:
		return bad("pass Origin and Sec-Fetch-Site unchanged, and restart ngportal if viewer.url was changed",
			"the portal takes the viewer's own page for another site: %s", a)
	case a.status >= http.StatusInternalServerError:
		return bad("is `ngportal serve` running, and does the viewer host reach it?", "the portal does not answer there: %s", a)
	}
	return bad(mend, "a renewal without a session is answered with %s, not 401", a)
}

var scriptForm = regexp.MustCompile(`["'/]([0-9a-f]{8,64})/main\.js["']`)

// viewerPage compares the page at / with the one in this program.
func viewerPage(ctx context.Context, p *patient) finding {
	const mend = "serve assets/dist/viewer of this version there, or restart ngportal if it is the viewer host"
	viewer := p.parts.viewerURL
	a, err := p.ask(ctx, question{url: viewer + "/"})
	if err != nil {
		return silent(viewer, err)
	}
	found := scriptForm.FindSubmatch(a.body)
	if !a.ok() || found == nil {
		return bad(mend, "%s answers %s, and that is not ngportal's viewer", viewer, a)
	}
	hash := string(found[1])
	ours, script := embeddedViewer()
	if ours == "" {
		return note("build ngportal with the viewer", "this program has no viewer to compare %s with", hash)
	}
	if hash != ours {
		return bad(mend, "the viewer there is %s, and the one of this program %s (Neuroglancer %s)", hash, ours, assets.ViewerVersion())
	}
	a, err = p.ask(ctx, question{url: viewer + "/" + hash + "/main.js"})
	switch {
	case err != nil:
		return silent(viewer, err)
	case !a.ok():
		return bad(mend, "its script, /%s/main.js, is answered with %s", hash, a)
	case len(a.body) == 0 || !bytes.HasPrefix(script, a.body):
		return bad(mend, "its script, /%s/main.js, is another than this program's", hash)
	}
	return fine("%s, Neuroglancer %s", hash, assets.ViewerVersion())
}

// embeddedViewer returns the hash of the viewer in this program, and its script; "" if it was built without.
func embeddedViewer() (hash string, script []byte) {
	files, err := assets.Viewer()
	if err != nil {
		return "", nil
	}
	index, err := fs.ReadFile(files, "index.html")
	found := scriptForm.FindSubmatch(index)
	if err != nil || found == nil {
		return "", nil
	}
	script, err = fs.ReadFile(files, string(found[1])+"/main.js")
	if err != nil {
		return "", nil
	}
	return string(found[1]), script
}

// viewerSettings reads what the viewer's page reads.
func viewerSettings(ctx context.Context, p *patient) finding {
	viewer := p.parts.viewerURL
	a, err := p.ask(ctx, question{url: viewer + "/viewer-config.json"})
	if err != nil {
		return silent(viewer, err)
	}
	var c pageConfig
	if !a.ok() || json.Unmarshal(a.body, &c) != nil {
		return bad("put the file there that docs/operate.md shows", "/viewer-config.json is answered with %s, and is not JSON", a)
	}
	var faults []string
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	fault(c.Portal != p.parts.portalURL+"/", "portal is %q, not %q", c.Portal, p.parts.portalURL+"/")
	fault(c.Refresh != "/_session/refresh", `refresh is %q, not "/_session/refresh"`, c.Refresh)
	fault(!slices.Contains(c.CredentialedOrigins, p.dataURL()), "credentialedOrigins %q lacks %s", c.CredentialedOrigins, p.dataURL())
	half := int(p.parts.lifetime.Seconds() / 2)
	fault(c.RefreshSeconds < 1 || c.RefreshSeconds > half,
		"refreshSeconds is %d, which is not from 1 to half of signing.lifetime, %d", c.RefreshSeconds, half)
	if len(faults) > 0 {
		return bad("put the file there that docs/operate.md shows, or restart ngportal with this configuration",
			"in /viewer-config.json %s", strings.Join(faults, ", "))
	}
	return fine("%s", c.Portal)
}

const mostKept = 300 // seconds that a page may be kept which tells what else to load

// viewerCaching looks at how long browsers keep the two files that change.
func viewerCaching(ctx context.Context, p *patient) finding {
	var kept []string
	for _, path := range []string{"/", "/viewer-config.json"} {
		a, err := p.ask(ctx, question{url: p.parts.viewerURL + path})
		if err != nil {
			return silent(p.parts.viewerURL, err)
		}
		cache := cacheControl(a.header)
		if _, never := cache["immutable"]; never || cache.seconds() > mostKept {
			kept = append(kept, fmt.Sprintf("%s (%s)", path, a.header.Get("Cache-Control")))
		}
	}
	if len(kept) > 0 {
		return bad("send them with Cache-Control: no-cache; only the folder named by a hash may be kept for ever",
			"browsers keep %s after the viewer has changed", strings.Join(kept, " and "))
	}
	return fine("the page and its configuration are asked for anew")
}

// directives are those of a Cache-Control header, in lower case.
type directives map[string]string

func cacheControl(h http.Header) directives {
	d := directives{}
	for part := range strings.SplitSeq(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		d[name] = strings.Trim(value, `"`)
	}
	return d
}

// seconds is for how long an answer may be used without asking.
func (d directives) seconds() int {
	if d.has("no-store") || d.has("no-cache") {
		return 0
	}
	n, _ := strconv.Atoi(d["max-age"]) // 0 if there is none
	return n
}

func (d directives) has(name string) bool {
	_, there := d[name]
	return there
}

// publicData reads an object of each public location without any cookie.
func publicData(ctx context.Context, p *patient) finding {
	tried := p.some(func(s sample) bool { return p.isPublic(s.location.Bucket) })
	if len(tried) == 0 {
		return fine("there are none to try")
	}
	failed := eachSample(tried, func(s sample) (string, error) {
		a, err := p.get(ctx, s, "", "Range", "bytes=0-0")
		if err != nil || a.ok() {
			return "", err
		}
		return "it answers " + a.String(), nil
	})
	return failed.or(fine("%d locations", len(tried)),
		"say access: public for its bucket where the viewer host is configured, too; on CloudFront, leave the trusted key group away")
}

// some returns objects of locations, at most as many as may be tried at the viewer host.
func (p *patient) some(wanted func(sample) bool) []sample {
	var out []sample
	for _, s := range p.samples {
		if s.size > 0 && wanted(s) && len(out) < mostOpened {
			out = append(out, s)
		}
	}
	return out
}

// eachSample asks the same of several objects, all at a time: so a host that does not answer costs one timeout.
// ask tells what is wrong, or why nothing is known.
func eachSample(tried []sample, ask func(sample) (string, error)) problems {
	failed := make(problems, len(tried))
	var all sync.WaitGroup
	for i, s := range tried {
		all.Go(func() {
			failed[i].what = "location " + s.location.ID
			wrong, err := ask(s)
			if failed[i].wrong = wrong; err != nil {
				failed[i].silent = reason(err)
			}
		})
	}
	all.Wait()
	return failed
}
