package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// missingObject asks for a key that there is not.
func missingObject(ctx context.Context, p *patient, cookie string) finding {
	absent := sample{location: p.probe.location, path: "ngportal-doctor/" + rand.Text() + "/0.0.0"}
	a, err := p.get(ctx, absent, cookie)
	const list = "grant s3:ListBucket on the bucket to the viewer host as well (on CloudFront, to the distribution); without it S3 hides what is missing"
	switch {
	case err != nil:
		return silent(p.dataURL(), err)
	case a.status == http.StatusNotFound:
		return fine("")
	case a.status == http.StatusForbidden:
		return bad(list, "it is %s, which zarr cannot tell from a refusal", a)
	case a.ok() && a.isHTML():
		return bad("take try_files, or the error page, of the viewer away from /d/*", "it is %s: the viewer host falls back to a page", a)
	case a.ok():
		return bad("look at what answers for /d/*", "it is %s, as if it were there", a)
	case a.status == http.StatusServiceUnavailable:
		return bad(list, "it is %s: storage refuses it, or is unwell, and the viewer asks again for minutes", a)
	}
	return bad("pass the status of storage on", "it is %s", a)
}

// headWorks asks for the length of the probe.
func headWorks(ctx context.Context, p *patient, cookie string) finding {
	a, err := p.ask(ctx, question{
		method: http.MethodHead, url: p.dataURL() + p.probe.location.DataPath(p.probe.path), header: withCookie(cookie),
	})
	const mend = "allow GET and HEAD on /d/*, and pass Content-Length on"
	switch {
	case err != nil:
		return silent(p.dataURL(), err)
	case !a.ok():
		return bad(mend, "HEAD is answered with %s", a)
	case a.header.Get("Content-Length") != strconv.FormatInt(p.probe.size, 10):
		return bad(mend, "HEAD says that an object of %d bytes has %q", p.probe.size, a.header.Get("Content-Length"))
	}
	return fine("")
}

// rangesWork reads parts of the probe: Neuroglancer reads shards so, and takes what comes for what it asked for.
func rangesWork(ctx context.Context, p *patient, cookie string) finding {
	size, head := p.probe.size, p.probe.head
	first, last := int64(len(head))/4, int64(len(head))/2
	last = min(last, int64(len(head))-1)
	end := min(16, int64(len(p.probe.tail)))
	const mend = "pass Range on to storage, and its answer back unchanged"
	for _, r := range []struct {
		asked, answered string
		want            []byte
	}{
		{fmt.Sprintf("bytes=%d-%d", first, last), fmt.Sprintf("bytes %d-%d/%d", first, last, size), head[first : last+1]},
		{fmt.Sprintf("bytes=-%d", end), fmt.Sprintf("bytes %d-%d/%d", size-end, size-1, size), p.probe.tail[int64(len(p.probe.tail))-end:]},
	} {
		if why := p.rangeFault(ctx, cookie, r.asked, r.answered, r.want); why != "" {
			return bad(mend, "the range %s of an object of %d bytes: %s", r.asked, size, why)
		}
	}
	a, err := p.get(ctx, p.probe, cookie, "Range", fmt.Sprintf("bytes=%d-", size))
	switch {
	case err != nil:
		return silent(p.dataURL(), err)
	case a.status != http.StatusRequestedRangeNotSatisfiable:
		return bad(mend, "a range beyond the end is answered with %s, not 416", a)
	}
	return fine("from the front, from the end, and beyond it")
}

// rangeFault tells what is wrong with the answer to a range, or "".
func (p *patient) rangeFault(ctx context.Context, cookie, asked, contentRange string, want []byte) string {
	a, err := p.get(ctx, p.probe, cookie, "Range", asked)
	switch {
	case err != nil:
		return reason(err)
	case a.status == http.StatusOK:
		return "Range is ignored, the whole object comes"
	case a.status != http.StatusPartialContent:
		return "it is answered with " + a.String()
	case a.header.Get("Content-Range") != contentRange:
		return fmt.Sprintf("Content-Range is %q, not %q", a.header.Get("Content-Range"), contentRange)
	case !bytes.Equal(a.body, want):
		return "other bytes come than storage has there"
	}
	return ""
}

// corsExact asks as pages of other sites would. In single mode no page but the viewer's own may read data, and that
// needs no permission; in sibling mode the viewer's pages alone have it, with their cookies.
func corsExact(ctx context.Context, p *patient, cookie string) finding {
	const mend = "take the CORS headers of /d/* away, those of the bucket's CORS configuration, too"
	for _, origin := range []string{"https://stranger.example", p.parts.viewerURL + ".stranger.example", "null"} {
		for _, with := range []string{cookie, ""} { // refusals, too
			a, err := p.get(ctx, p.probe, with, "Origin", origin)
			if err != nil {
				return silent(p.dataURL(), err)
			}
			allowed := a.header.Get("Access-Control-Allow-Origin")
			if allowed != "" && (allowed != p.parts.viewerURL || !p.isSibling()) {
				return bad(mend, "a page of %s is told Access-Control-Allow-Origin: %s", origin, allowed)
			}
		}
	}
	if !p.isSibling() {
		return fine("there is no Access-Control-Allow-Origin")
	}
	return p.corsForViewer(ctx, cookie)
}

func (p *patient) isSibling() bool { return p.dataURL() != p.parts.viewerURL }

// corsForViewer asks as the viewer's page at the sibling host does.
func (p *patient) corsForViewer(ctx context.Context, cookie string) finding {
	const mend = "on the data host allow exactly the viewer's origin, with credentials, on every answer: docs/operate.md lists the headers"
	viewer := p.parts.viewerURL
	for _, with := range []string{cookie, ""} {
		a, err := p.get(ctx, p.probe, with, "Origin", viewer)
		if err != nil {
			return silent(p.dataURL(), err)
		}
		h := a.header
		switch exposed := strings.ToLower(strings.Join(h.Values("Access-Control-Expose-Headers"), ",")); {
		case h.Get("Access-Control-Allow-Origin") != viewer:
			return bad(mend, "the viewer's page is told Access-Control-Allow-Origin: %q with %s", h.Get("Access-Control-Allow-Origin"), a)
		case h.Get("Access-Control-Allow-Credentials") != "true":
			return bad(mend, "the viewer's page may not send cookies: Access-Control-Allow-Credentials is %q", h.Get("Access-Control-Allow-Credentials"))
		case !strings.Contains(exposed, "x-edge-deny") || !strings.Contains(exposed, "content-range"):
			return bad(mend, "the viewer's page may not read X-Edge-Deny and Content-Range: Access-Control-Expose-Headers is %q", exposed)
		}
	}
	a, err := p.ask(ctx, question{
		method: http.MethodOptions, url: p.dataURL() + p.probe.location.DataPath(p.probe.path),
		header: []string{"Origin", viewer, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "range"},
	})
	if err != nil {
		return silent(p.dataURL(), err)
	}
	if !a.ok() || !strings.Contains(strings.ToLower(a.header.Get("Access-Control-Allow-Headers")), "range") {
		return note("answer OPTIONS on /d/* without asking for cookies", "a preflight is answered with %s: ranges from the end of an object will not work", a)
	}
	return fine("the viewer's pages can, and they alone")
}

// dataCaching reads the same object without a cookie, with one, and without again: nothing between may have kept
// what is for another.
func dataCaching(ctx context.Context, p *patient, cookie string) finding {
	var answers []reply
	for _, with := range []string{"", cookie, ""} {
		a, err := p.get(ctx, p.probe, with)
		if err != nil {
			return silent(p.dataURL(), err)
		}
		answers = append(answers, a)
	}
	denied, data, again := answers[0], answers[1], answers[2]
	kept := cacheControl(data.header)
	switch {
	case again.ok():
		return bad("take the cache in front of /d/* away: it gives to everybody what one person may read", "after somebody has read it, an object comes without a cookie")
	case !data.ok():
		return bad("send refusals with Cache-Control: no-store (on CloudFront, an error caching time of 0)",
			"after somebody was refused, a good cookie is refused, too: %s", data)
	case kept.has("public") || kept.has("s-maxage") || !kept.has("private") && !kept.has("no-store"):
		return bad("send data with Cache-Control: private, max-age=3600 (on CloudFront, by a response headers policy)",
			"shared caches may keep data: Cache-Control is %q", data.header.Get("Cache-Control"))
	case cacheControl(denied.header).seconds() > 0:
		return bad("send refusals with Cache-Control: no-store", "browsers may keep refusals: Cache-Control is %q", denied.header.Get("Cache-Control"))
	}
	return fine("Cache-Control: %s", data.header.Get("Cache-Control"))
}

// dataHeaders looks at what browsers are told about a file that anybody may have put into a bucket.
func dataHeaders(ctx context.Context, p *patient, cookie string) finding {
	a, err := p.get(ctx, p.probe, cookie)
	switch {
	case err != nil:
		return silent(p.dataURL(), err)
	case a.header.Get("Set-Cookie") != "":
		return bad("take Set-Cookie away from /d/*: caches and the jar of the browser have room for our own only", "they come with a cookie")
	case !strings.EqualFold(a.header.Get("X-Content-Type-Options"), "nosniff"):
		return bad("send X-Content-Type-Options: nosniff with /d/*", "browsers may guess what they are: nosniff is missing")
	case !strings.Contains(a.header.Get("Content-Security-Policy"), "sandbox"):
		return note("send Content-Security-Policy: default-src 'none'; sandbox with /d/*", "an HTML file in a bucket could run scripts as the viewer")
	}
	return fine("nosniff, sandbox, no cookie")
}
