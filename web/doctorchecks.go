package main

import (
	"slices"

	"ngportal/access"
)

// checks lists what is looked at, in the order in which it is told. Names are for programs and stay.
func (p *patient) checks() []check {
	all := append(hostChecks(), storageChecks()...)
	all = append(all, viewerChecks()...)
	if p.faults == nil && !p.hasPrivate() {
		return all // nothing is guarded by cookies
	}
	return append(all, cookieChecks()...)
}

func hostChecks() []check {
	configured := []string{"configuration"}
	return []check{
		{name: "configuration", title: "the configuration is in order", run: inOrder},
		{name: "same-site", title: "portal, viewer and data are one site", run: sameSite},
		{name: "portal", title: "the portal answers at its address", needs: configured, run: portalAnswers},
		{name: "viewer", title: "the viewer host answers at its address", needs: configured, run: viewerAnswers},
		{name: "certificates", title: "certificates are valid, and will be for two weeks", needs: configured, run: certificates},
		{name: "clocks", title: "clocks agree", needs: configured, run: clocks},
		{name: "store", title: "the database can be used", needs: configured, run: storeReady},
		{name: "sign-in", title: "every sign-in service tells about itself", needs: configured, run: issuers},
	}
}

func storageChecks() []check {
	return []check{
		{
			name: "storage", title: "the portal's credentials list and read every location",
			needs: []string{"configuration"}, run: storageReadable,
		},
		{
			name: "storage-anonymous", title: "storage gives strangers what is public, and nothing else",
			needs: []string{"configuration"}, after: []string{"storage"}, run: storageGuarded,
		},
	}
}

func viewerChecks() []check {
	there := []string{"viewer"}
	return []check{
		{name: "session-route", title: "/_session/ of the viewer host leads to the portal", needs: there, run: sessionRoute},
		{name: "viewer-page", title: "the viewer lies at / and is of this version", needs: there, run: viewerPage},
		{name: "viewer-config", title: "the viewer is configured for this portal", needs: there, run: viewerSettings},
		{name: "viewer-caching", title: "browsers will notice a new viewer", needs: []string{"viewer-page"}, run: viewerCaching},
		{
			name: "public-data", title: "public data need no cookie",
			needs: there, after: []string{"storage"}, run: publicData,
		},
	}
}

func cookieChecks() []check {
	taken, closed := []string{"key-pair"}, []string{"no-cookie"}
	return []check{
		{
			name: "sample", title: "there is a private object to try with",
			needs: []string{"configuration"}, after: []string{"storage"}, run: pickSample,
		},
		{
			name: "key-pair", title: "the viewer host takes cookies of our key",
			needs: []string{"viewer", "sample"}, run: withGood(keyPair),
		},
		{name: "locations", title: "every private location opens with its cookie", needs: taken, run: locationsOpen},
		{
			name: "no-cookie", title: "private data are refused without a cookie",
			needs: []string{"viewer", "sample"}, after: taken, run: noCookie,
		},
		{name: "forged-cookie", title: "a forged cookie is refused", needs: taken, run: forged},
		{name: "expired-cookie", title: "an expired cookie is refused", needs: taken, run: expired},
		{name: "other-cookie", title: "a cookie opens its own location only", needs: taken, run: otherLocation},
		{name: "refusal", title: "the viewer understands refusals", needs: closed, run: refusalForm},
		{name: "missing-object", title: "a missing object is 404", needs: taken, run: withGood(missingObject)},
		{name: "head", title: "HEAD works", needs: taken, run: withGood(headWorks)},
		{name: "ranges", title: "ranges work", needs: taken, run: withGood(rangesWork)},
		{name: "cors", title: "no other site can read the data", needs: taken, run: withGood(corsExact)},
		{name: "data-caching", title: "nobody keeps data for others", needs: []string{"key-pair", "no-cookie"}, run: withGood(dataCaching)},
		{name: "data-headers", title: "data are sent as data", needs: taken, run: withGood(dataHeaders)},
	}
}

// hasPrivate reports whether any location lies in a bucket that is not public.
func (p *patient) hasPrivate() bool {
	return slices.ContainsFunc(p.locations(), func(l access.Location) bool { return !p.isPublic(l.Bucket) })
}

func (p *patient) isPublic(bucket string) bool {
	for _, b := range p.cfg.Buckets {
		if b.Name == bucket {
			return b.Access == "public"
		}
	}
	return false
}
