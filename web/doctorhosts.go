package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"ngportal/assets"
)

// inOrder is what check-config says, and whether the portal could be built.
func inOrder(ctx context.Context, p *patient) finding {
	if p.faults != nil {
		return bad("change what is named; `ngportal check-config --config "+p.file+"` tells when all is mended", "%v", p.faults)
	}
	if err := p.connect(ctx); err != nil {
		return bad("", "%v", err)
	}
	return fine("%s", p.file)
}

// sameSite holds the addresses against each other also where the configuration has other faults.
func sameSite(_ context.Context, p *patient) finding {
	urls := []string{p.cfg.Portal.URL, p.cfg.Viewer.URL}
	if p.cfg.Viewer.DataURL != "" {
		urls = append(urls, p.cfg.Viewer.DataURL)
	}
	var sites []string
	for _, u := range urls {
		origin, ok := originOf(u)
		if !ok {
			return skip("%q is not the address of a host", u)
		}
		sites = append(sites, site(origin))
	}
	for i, s := range sites {
		if s != sites[0] {
			return bad("use sibling names such as portal.example.org and ng.example.org",
				"%s and %s are not the same site, so browsers will not send the cookies", urls[0], urls[i])
		}
	}
	return fine("%s", sites[0])
}

// portalAnswers looks for our first page, and for the viewer host that it names.
func portalAnswers(ctx context.Context, p *patient) finding {
	portal := p.parts.portalURL
	a, err := p.ask(ctx, question{url: portal + "/"})
	switch {
	case err != nil:
		return silent(portal, err)
	case a.status/100 == 3:
		return bad("portal.url must be the address that people see", "%s answers %s", portal, a)
	case !a.ok() || !strings.Contains(string(a.body), "· ngportal</title>"):
		return bad("send all requests for this host to portal.listen, with Host unchanged",
			"%s answers %s, and that is not the portal's first page", portal, a)
	case !slices.Contains(strings.FieldsFunc(a.header.Get("Content-Security-Policy"), isBetween), p.parts.viewerURL):
		return bad("restart it with this configuration", "the portal that runs at %s knows another viewer host than %s", portal, p.parts.viewerURL)
	case !strings.Contains(string(a.body), assets.URL("base.css")):
		return note("run doctor of the same version", "another version of ngportal runs at %s", portal)
	}
	return fine("%s", portal)
}

// isBetween tells what stands between the sources of a policy.
func isBetween(c rune) bool { return c == ' ' || c == ';' }

// viewerAnswers is about connections only; what the host serves is looked at elsewhere.
func viewerAnswers(ctx context.Context, p *patient) finding {
	for _, origin := range p.viewerOrigins() {
		a, err := p.ask(ctx, question{url: origin + "/"})
		switch {
		case err != nil:
			return silent(origin, err)
		case a.status == http.StatusMisdirectedRequest:
			return bad("pass Host unchanged, and restart ngportal if viewer.url was changed",
				"ngportal answers at %s, but takes itself for another host: it answers %s", origin, a)
		case a.status == http.StatusBadGateway || a.status == http.StatusGatewayTimeout:
			return bad("is `ngportal serve` running, and does the proxy reach it?", "%s answers %s", origin, a)
		}
	}
	return fine("%s", strings.Join(p.viewerOrigins(), ", "))
}

// viewerOrigins are those of the viewer and, in sibling mode, of the data.
func (p *patient) viewerOrigins() []string {
	if p.dataURL() == p.parts.viewerURL {
		return []string{p.parts.viewerURL}
	}
	return []string{p.parts.viewerURL, p.dataURL()}
}

const (
	certificateTime = 14 * 24 * time.Hour // that certificates should be good for
	mendCertificate = "renew it, for this name, with all certificates between it and its issuer; see why that did not happen by itself"
)

// certificates looks at those of the hosts that browsers see.
func certificates(ctx context.Context, p *patient) finding {
	ends := map[string]time.Time{}
	var soon []string
	for _, origin := range append([]string{p.parts.portalURL}, p.viewerOrigins()...) {
		if !strings.HasPrefix(origin, "https:") {
			continue
		}
		end, err := p.certificateEnd(ctx, origin)
		if _, no := errors.AsType[*tls.CertificateVerificationError](err); no {
			return silent(origin, err)
		}
		if err != nil {
			return skip("nobody answers at %s: %s", origin, reason(err))
		}
		ends[origin] = end
		if left := time.Until(end); left < certificateTime {
			soon = append(soon, fmt.Sprintf("%s until %s", origin, end.Format(time.DateOnly)))
		}
	}
	switch {
	case len(ends) == 0:
		return fine("there are none: all hosts are on this computer")
	case len(soon) > 0:
		return note(mendCertificate, "one ends soon: %s", strings.Join(soon, ", "))
	}
	return fine("%d of %d", len(ends), len(ends))
}

// certificateEnd is when the certificate of a host ends.
func (p *patient) certificateEnd(ctx context.Context, origin string) (time.Time, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, origin+"/", http.NoBody)
	if err != nil {
		return time.Time{}, err
	}
	res, err := p.client.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	return res.TLS.PeerCertificates[0].NotAfter, res.Body.Close()
}

const (
	skewWrong = 30 * time.Second
	skewNoted = 5 * time.Second
)

// A clock is whose time was asked, and by how much it is ahead of ours.
type clock struct {
	owner string
	ahead time.Duration
	known bool
}

// clocks compares those of everybody who decides about times with ours. What is asked for lies in no cache.
func clocks(ctx context.Context, p *patient) finding {
	asked := []func() clock{
		func() clock { return p.clockAt(ctx, "the portal", p.parts.portalURL+"/healthz") },
		func() clock { return p.clockAt(ctx, "the viewer host", p.dataURL()+"/d/ngportal-doctor/clock") },
	}
	for _, b := range p.oneOfEachStorage() {
		asked = append(asked, func() clock { return p.clockAt(ctx, "the storage of bucket "+b.Name, bucketURL(b)) })
	}
	found := make([]clock, len(asked))
	var all sync.WaitGroup
	for i, ask := range asked {
		all.Go(func() { found[i] = ask() })
	}
	all.Wait()
	return judgeClocks(found)
}

func (p *patient) clockAt(ctx context.Context, owner, address string) clock {
	a, err := p.ask(ctx, question{url: address})
	return clock{owner, a.ahead, err == nil && a.dated}
}

func judgeClocks(found []clock) finding {
	found = slices.DeleteFunc(found, func(c clock) bool { return !c.known })
	var off []string
	worst := time.Duration(0)
	for _, c := range found {
		if c.ahead.Abs() > skewNoted {
			off = append(off, fmt.Sprintf("that of %s is %s", c.owner, aheadBy(c.ahead)))
		}
		worst = max(worst, c.ahead.Abs())
	}
	mend := "let it follow a time server (chrony, systemd-timesyncd)"
	if len(off) == len(found) && len(off) > 1 {
		mend = "the clock of this computer may be the one that is wrong: " + mend
	}
	switch {
	case worst > skewWrong:
		return bad(mend, "%s", strings.Join(off, ", "))
	case len(off) > 0:
		return note(mend, "%s", strings.Join(off, ", "))
	case len(found) == 0:
		return skip("nobody tells the time")
	}
	return fine("%d others, to the second or so", len(found))
}

func aheadBy(ahead time.Duration) string {
	if ahead < 0 {
		return fmt.Sprintf("%v behind ours", -ahead.Round(time.Second))
	}
	return fmt.Sprintf("%v ahead of ours", ahead.Round(time.Second))
}
