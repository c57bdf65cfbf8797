package cloudfront

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
	"maps"
	"net/netip"
	"strings"
	"time"
)

const (
	maxValue = 4096 // browsers drop a cookie whose name and value are longer
	maxURL   = 8192 // CloudFront's limit
)

// A Code is CloudFront's word for a refusal.
type Code string

// The codes of the XML body of CloudFront's 403 answers, in the order in which it decides.
const (
	MissingKey         Code = "MissingKey"
	InvalidKey         Code = "InvalidKey"
	MalformedPolicy    Code = "MalformedPolicy"
	MalformedSignature Code = "MalformedSignature"
	AccessDenied       Code = "AccessDenied"
)

// A Denial is the error of [Verifier.Verify].
type Denial struct {
	Code   Code
	Reason string // for the log; holds nothing of the cookies
}

func (d *Denial) Error() string { return string(d.Code) + ": " + d.Reason }

// Body is the answer that CloudFront gives, of type text/xml.
func (d *Denial) Body() string {
	message := map[Code]string{
		MissingKey:         "Missing Key-Pair-Id query parameter or cookie value",
		InvalidKey:         "Unknown Key",
		MalformedPolicy:    "Malformed Policy",
		MalformedSignature: "Could not unencode Signature",
		AccessDenied:       "Access denied",
	}[d.Code]
	return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + string(d.Code) + `</Code><Message>` + message + `</Message></Error>`
}

// A Request is what a policy is held against.
type Request struct {
	URL string // scheme and host as the public knows them, and the request target as it was sent
	Now time.Time
	IP  netip.Addr // of the reader; the zero Addr is in no policy's network
}

// A Verifier decides about cookies as CloudFront does, and remembers the sets that were good. It is safe for
// concurrent use.
type Verifier struct {
	keys map[string]crypto.PublicKey
	good memo
}

// NewVerifier returns a verifier that trusts keys, by their ids: several of them while one
// replaces another. The error wraps [ErrInvalid] for no key at all or one CloudFront does not take.
func NewVerifier(keys map[string]crypto.PublicKey) (*Verifier, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: a verifier without a key trusts nobody", ErrInvalid)
	}
	for id, key := range keys {
		if err := checkPublic(key); err != nil {
			return nil, fmt.Errorf("key %s: %w", id, err)
		}
	}
	return &Verifier{keys: maps.Clone(keys), good: memo{sets: map[Cookies]grant{}}}, nil
}

// Verify returns nil if c, made by a trusted key, grants r, and otherwise a [*Denial].
//
// The pattern is held against the bytes of the URL: nothing is decoded. URLs with dot segments are refused,
// however they are spelt, because it depends on the server behind where they lead. So are those with the parameters
// of a signed URL: CloudFront would go by them and pass over the cookies.
func (v *Verifier) Verify(c Cookies, r Request) error {
	says, err := v.signed(c, r.URL)
	if err != nil {
		return err
	}
	if reason := says.refuses(r); reason != "" {
		return &Denial{AccessDenied, reason}
	}
	return nil
}

// signed returns what c grants if one of our keys made it, and otherwise a [*Denial]. Only a canned policy
// depends on url, and is not remembered.
func (v *Verifier) signed(c Cookies, url string) (grant, error) {
	canned := c.Policy == ""
	if !canned {
		if says, ok := v.good.get(c); ok {
			return says, nil
		}
	}
	says, err := v.check(c, url)
	if err == nil && !canned {
		v.good.put(c, says)
	}
	return says, err
}

// check parses c and checks its signature.
func (v *Verifier) check(c Cookies, url string) (grant, error) {
	if c.KeyPairID == "" {
		return grant{}, &Denial{MissingKey, "there is no key id"}
	}
	key, ok := v.keys[c.KeyPairID]
	if !ok {
		return grant{}, &Denial{InvalidKey, "the key id is not one of ours"}
	}
	text, says, err := policyOf(c, url)
	if err != nil {
		return grant{}, &Denial{MalformedPolicy, err.Error()}
	}
	signature, err := decode(c.Signature)
	if err != nil {
		return grant{}, &Denial{MalformedSignature, err.Error()}
	}
	hash := SHA1
	switch c.HashAlgorithm {
	case "", "SHA1":
	case "SHA256":
		hash = SHA256
	default:
		return grant{}, &Denial{MalformedSignature, "the hash is neither SHA1 nor SHA256"}
	}
	// The signature comes before the pattern: only patterns that we signed are ever matched.
	if !holds(key, hash, text, signature) {
		return grant{}, &Denial{AccessDenied, "the signature is not that of the policy"}
	}
	return says, nil
}

// policyOf returns the text that was signed and what it says.
func policyOf(c Cookies, url string) (string, grant, error) {
	if c.Policy == "" && c.Expires != "" {
		return cannedPolicy(url, c.Expires)
	}
	text, err := decode(c.Policy)
	if err != nil {
		return "", grant{}, err
	}
	g, err := parsePolicy(text)
	return string(text), g, err
}

// cannedPolicy builds the policy that CloudFront supposes when there is only an end: it grants url alone.
func cannedPolicy(url, expires string) (string, grant, error) {
	end, err := parseEpoch(expires)
	if err != nil {
		return "", grant{}, err
	}
	if strings.ContainsAny(url, `"\`) { // could make the text of another policy
		return "", grant{}, fmt.Errorf("the address holds a quote or a backslash")
	}
	return statement(url, expires), grant{resource: url, literal: true, before: end}, nil
}

func decode(value string) ([]byte, error) {
	switch {
	case value == "":
		return nil, fmt.Errorf("the cookie is missing")
	case len(value) > maxValue:
		return nil, fmt.Errorf("the cookie has %d bytes, more than %d", len(value), maxValue)
	case strings.ContainsAny(value, "\r\n"): // which Go's decoder would skip
		return nil, fmt.Errorf("the cookie holds a line break")
	}
	b, err := encoding.DecodeString(value)
	if err != nil {
		return nil, fmt.Errorf("the cookie is not in CloudFront's base64")
	}
	return b, nil
}

// holds reports whether signature is the key's, of text.
func holds(key crypto.PublicKey, h Hash, text string, signature []byte) bool {
	digest, kind := h.of(text)
	switch k := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, kind, digest, signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, digest, signature)
	}
	return false
}
