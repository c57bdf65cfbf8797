package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"ngportal/cloudfront"
)

// pickSample takes the first private object that was found.
func pickSample(_ context.Context, p *patient) finding {
	tried := p.private()
	if len(tried) == 0 {
		return skip("no private location has an object that could be read")
	}
	p.probe = tried[0]
	return fine("of %d bytes, in location %s", p.probe.size, p.probe.location.ID)
}

// get reads an object at the viewer host, or the data host. cookie may be "".
func (p *patient) get(ctx context.Context, s sample, cookie string, header ...string) (reply, error) {
	return p.ask(ctx, question{url: p.dataURL() + s.location.DataPath(s.path), header: withCookie(cookie, header...)})
}

func withCookie(cookie string, header ...string) []string {
	if cookie == "" {
		return header
	}
	return append(header, "Cookie", cookie)
}

// withGood makes a check of one that needs a cookie that opens the probe.
func withGood(check func(ctx context.Context, p *patient, cookie string) finding) func(context.Context, *patient) finding {
	return func(ctx context.Context, p *patient) finding {
		cookie, err := p.cookies(p.parts.signer, p.probe.location.ID, time.Now().Add(p.parts.lifetime))
		if err != nil {
			return bad("", "no cookie could be signed: %v", err)
		}
		return check(ctx, p, cookie)
	}
}

// keyPair reads a private object with a cookie of ours, and compares what comes with what storage has.
func keyPair(ctx context.Context, p *patient, cookie string) finding {
	a, err := p.get(ctx, p.probe, cookie)
	switch {
	case err != nil:
		return silent(p.dataURL(), err)
	case !a.ok():
		return p.refused(ctx, a)
	}
	n := min(len(a.body), len(p.probe.head))
	if n == 0 || !bytes.Equal(a.body[:n], p.probe.head[:n]) {
		return bad("look at where the viewer host takes location "+p.probe.location.ID+" from: bucket and prefix must be the configured ones",
			"the object that it answers with is not the one in storage: %s", a)
	}
	return fine("key id %s, hash %s", p.parts.signer.KeyID(), p.cfg.Signing.Hash)
}

// refused explains why a good cookie did not open the probe.
func (p *patient) refused(ctx context.Context, a reply) finding {
	id, key := p.parts.signer.KeyID(), p.cfg.Signing.PrivateKeyFile
	switch code := a.code(); {
	case a.fromStorage():
		return bad("let the viewer host read the bucket: on CloudFront, a bucket policy with s3:GetObject and s3:ListBucket for the distribution",
			"the cookie is taken, but storage refuses the object to the viewer host: %s", a)
	case code == string(cloudfront.MissingKey):
		return bad("pass the Cookie header on to whoever checks it", "the viewer host sees no cookies: %s", a)
	case code == string(cloudfront.InvalidKey):
		return bad(fmt.Sprintf("write the id under which the viewer host knows the public half of %s, or give that host the key", key),
			"the viewer host does not know the key id %q: %s", id, a)
	case code == string(cloudfront.MalformedPolicy):
		return bad("pass the Cookie header on unchanged", "the viewer host cannot read the policy: %s", a)
	case code == string(cloudfront.MalformedSignature), code == string(cloudfront.AccessDenied):
		return p.denied(ctx, a)
	case a.status == http.StatusForbidden, a.status == http.StatusUnauthorized:
		return bad("look at the viewer host's own log", "the viewer host refuses the cookie without saying why: %s", a)
	case a.status == http.StatusNotFound:
		return bad(fmt.Sprintf("the viewer host must map /d/%s/ to the configured bucket and prefix", p.probe.location.ID),
			"the cookie may be good, but the object is not there: %s", a)
	}
	return bad("look at the viewer host's own log; a distribution that turns 403 into 503 hides the reason",
		"an object that is in storage is answered with %s", a)
}

// denied finds out which of the reasons that are all called AccessDenied it is: it tries the other hash.
func (p *patient) denied(ctx context.Context, a reply) finding {
	if a.dated && a.ahead > p.parts.lifetime {
		return bad("let its clock and ours follow a time server", "the clock of the viewer host is %s: cookies have ended before they begin", aheadBy(a.ahead))
	}
	other, name := cloudfront.SHA1, "sha1"
	if p.cfg.Signing.Hash == name {
		other, name = cloudfront.SHA256, "sha256"
	}
	if p.takes(ctx, other) {
		return bad("write signing.hash: "+name, "the viewer host does not support the hash %s: it takes the same key with %s", p.cfg.Signing.Hash, name)
	}
	return bad(fmt.Sprintf("give the viewer host the public half (openssl pkey -in %s -pubout); if it has that, it takes itself for another host than %s",
		p.cfg.Signing.PrivateKeyFile, p.dataURL()),
		"the viewer host knows the key id %q, but with another key than signing.private_key_file: %s", p.parts.signer.KeyID(), a)
}

// takes reports whether the viewer host takes our key with another hash.
func (p *patient) takes(ctx context.Context, hash cloudfront.Hash) bool {
	text, err := os.ReadFile(p.cfg.Signing.PrivateKeyFile)
	if err != nil {
		return false
	}
	key, err := cloudfront.ParsePrivateKey(text)
	if err != nil {
		return false
	}
	signer, err := cloudfront.NewSigner(p.parts.signer.KeyID(), key, hash)
	if err != nil {
		return false
	}
	cookie, err := p.cookies(signer, p.probe.location.ID, time.Now().Add(p.parts.lifetime))
	if err != nil {
		return false
	}
	a, err := p.get(ctx, p.probe, cookie)
	return err == nil && a.ok()
}

// locationsOpen reads a byte of each private location.
func locationsOpen(ctx context.Context, p *patient) finding {
	tried := p.private()
	failed := eachSample(tried, func(s sample) (string, error) {
		cookie, err := p.cookies(p.parts.signer, s.location.ID, time.Now().Add(p.parts.lifetime))
		if err != nil {
			return "no cookie could be signed", err
		}
		a, err := p.get(ctx, s, cookie, "Range", "bytes=0-0")
		switch {
		case err != nil:
			return "", err
		case !a.ok():
			return "an object of it is answered with " + a.String(), nil
		case len(a.body) == 0 || a.body[0] != s.head[0]:
			return "another object is served than storage has", nil
		}
		return "", nil
	})
	return failed.or(fine("%d of %d tried", len(tried), p.countPrivate()),
		"the viewer host must map /d/<id>/ to the configured bucket and prefix, and may need to be told of a new location")
}

// private are objects that need a cookie, one of each location.
func (p *patient) private() []sample {
	return p.some(func(s sample) bool { return !p.isPublic(s.location.Bucket) })
}

func (p *patient) countPrivate() int {
	n := 0
	for _, l := range p.locations() {
		if !p.isPublic(l.Bucket) {
			n++
		}
	}
	return n
}

// noCookie tries the object of each private location.
func noCookie(ctx context.Context, p *patient) finding {
	tried := p.private()
	failed := eachSample(tried, func(s sample) (string, error) {
		a, err := p.get(ctx, s, "", "Range", "bytes=0-0")
		if err != nil || !a.ok() {
			return "", err
		}
		return fmt.Sprintf("anybody may read it without a cookie: %s", a), nil
	})
	return failed.or(fine("%d locations tried", len(tried)),
		"let the viewer host check cookies for /d/*: on CloudFront, a trusted key group on that behavior; and let no cache stand in front")
}

// forged tries a signature with one character changed, and a good signature of another policy.
func forged(ctx context.Context, p *patient) finding {
	end := time.Now().Add(p.parts.lifetime)
	mine, err := p.sign(p.parts.signer, p.probe.location.ID, end)
	if err != nil {
		return bad("", "no cookie could be signed: %v", err)
	}
	longer, err := p.sign(p.parts.signer, p.probe.location.ID, end.Add(time.Hour))
	if err != nil {
		return bad("", "no cookie could be signed: %v", err)
	}
	altered, swapped := mine, mine
	altered.Signature = alter(mine.Signature)
	swapped.Policy = longer.Policy
	return p.mustRefuse(ctx, "the host does not verify signatures", cookieHeader(altered), cookieHeader(swapped))
}

// alter changes a character in the middle.
func alter(signature string) string {
	i := len(signature) / 2
	other := "A"
	if signature[i] == 'A' {
		other = "B"
	}
	return signature[:i] + other + signature[i+1:]
}

// expired tries a cookie that was good until an hour ago.
func expired(ctx context.Context, p *patient) finding {
	cookie, err := p.cookies(p.parts.signer, p.probe.location.ID, time.Now().Add(-time.Hour))
	if err != nil {
		return bad("", "no cookie could be signed: %v", err)
	}
	return p.mustRefuse(ctx, "the host does not look at the end of policies", cookie)
}

// otherLocation tries the cookie of another location, or of one that there is not.
func otherLocation(ctx context.Context, p *patient) finding {
	other := "ngportal-doctor"
	for _, l := range p.locations() {
		if l.ID != p.probe.location.ID {
			other = l.ID
		}
	}
	cookie, err := p.cookies(p.parts.signer, other, time.Now().Add(p.parts.lifetime))
	if err != nil {
		return bad("", "no cookie could be signed: %v", err)
	}
	return p.mustRefuse(ctx, "the host does not look at what a policy is for", cookie)
}

// mustRefuse tries cookies that are no good on the probe.
func (p *patient) mustRefuse(ctx context.Context, meaning string, cookies ...string) finding {
	var how []string
	for _, c := range cookies {
		a, err := p.get(ctx, p.probe, c)
		switch {
		case err != nil:
			return silent(p.dataURL(), err)
		case a.ok():
			return bad("only CloudFront, or ngportal itself, may decide about /d/*: see which proxy or cache answers instead",
				"it opens private data, %s: %s", a, meaning)
		}
		how = append(how, a.String())
	}
	return fine("%s", strings.Join(how, ", "))
}

// refusalForm looks at how a read without a cookie is refused: Neuroglancer itself draws 403 and 404 as zeros.
func refusalForm(ctx context.Context, p *patient) finding {
	a, err := p.get(ctx, p.probe, "")
	switch {
	case err != nil:
		return silent(p.dataURL(), err)
	case a.status == http.StatusServiceUnavailable && a.header.Get("X-Edge-Deny") != "":
		return fine("%s", a)
	case a.status == http.StatusForbidden || a.status == http.StatusUnauthorized:
		return note("", "%s: the viewer of ngportal takes that for a refusal; any other would draw black, and needs 503", a)
	case a.status == http.StatusServiceUnavailable:
		return note("send X-Edge-Deny with it, or leave it at 403", "%s: the viewer takes that for storage that is unwell, and asks again for minutes", a)
	}
	return bad("refuse with 503 and X-Edge-Deny, or with 403", "%s: the viewer does not know this for a refusal, and may draw what comes, or black", a)
}
