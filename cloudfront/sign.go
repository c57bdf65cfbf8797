package cloudfront

import (
	"crypto"
	"crypto/rand"
	_ "crypto/sha1" // CloudFront's default
	_ "crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
)

// Names of the cookies. A browser compares them with their case.
const (
	PolicyName        = "CloudFront-Policy"
	SignatureName     = "CloudFront-Signature"
	KeyPairIDName     = "CloudFront-Key-Pair-Id"
	HashAlgorithmName = "CloudFront-Hash-Algorithm"
	ExpiresName       = "CloudFront-Expires"
)

// A Hash is the digest under a signature.
type Hash uint8

// The hashes that CloudFront knows. SHA256 is marked by a cookie of its own, since April 2026.
const (
	SHA1 Hash = iota + 1
	SHA256
)

// ParseHash reads "sha1" or "sha256". The error wraps [ErrInvalid].
func ParseHash(name string) (Hash, error) {
	switch name {
	case "sha1":
		return SHA1, nil
	case "sha256":
		return SHA256, nil
	}
	return 0, fmt.Errorf("%w: hash %q is neither sha1 nor sha256", ErrInvalid, name)
}

// of returns the digest of text and the hash as the crypto package names it.
func (h Hash) of(text string) ([]byte, crypto.Hash) {
	kind := crypto.SHA256
	if h == SHA1 {
		kind = crypto.SHA1
	}
	d := kind.New()
	d.Write([]byte(text)) // never fails
	return d.Sum(nil), kind
}

// Cookies are the values of one set of signed cookies; "" is a cookie that is not there.
type Cookies struct {
	Policy        string // base64 in CloudFront's alphabet
	Signature     string // likewise
	KeyPairID     string
	HashAlgorithm string // "SHA1", "SHA256", or "" for SHA-1
	Expires       string // of a canned policy, which stands in for Policy; a [Signer] makes none
}

// A Pair is the name and value of one cookie.
type Pair struct{ Name, Value string }

// Pairs lists the cookies that are there, always in the same order.
func (c Cookies) Pairs() []Pair {
	all := []Pair{
		{PolicyName, c.Policy},
		{ExpiresName, c.Expires},
		{SignatureName, c.Signature},
		{KeyPairIDName, c.KeyPairID},
		{HashAlgorithmName, c.HashAlgorithm},
	}
	there := all[:0]
	for _, p := range all {
		if p.Value != "" {
			there = append(there, p)
		}
	}
	return there
}

// encoding is standard base64 with + written as -, / as ~ and = as _.
//
//nolint:gochecknoglobals // never changes
var encoding = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~").WithPadding('_').Strict()

var keyIDForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// A Signer signs policies with one key. It is safe for concurrent use if its key is.
type Signer struct {
	id   string
	key  crypto.Signer
	hash Hash
}

// NewSigner returns a signer with the key that CloudFront knows as keyID. The private half may lie
// elsewhere, as in a key management service. The error wraps [ErrInvalid] for an id that does not fit
// into a cookie, a key that CloudFront does not take, an unknown hash.
func NewSigner(keyID string, key crypto.Signer, h Hash) (*Signer, error) {
	switch {
	case !keyIDForm.MatchString(keyID):
		return nil, fmt.Errorf("%w: key id %q is not [A-Za-z0-9_-]{1,128}", ErrInvalid, keyID)
	case key == nil:
		return nil, fmt.Errorf("%w: there is no key", ErrInvalid)
	case h != SHA1 && h != SHA256:
		return nil, fmt.Errorf("%w: unknown hash %d", ErrInvalid, h)
	}
	if err := checkPublic(key.Public()); err != nil {
		return nil, err
	}
	return &Signer{keyID, key, h}, nil
}

// KeyID is the name by which CloudFront knows the key.
func (s *Signer) KeyID() string { return s.id }

// Public is the public half of the key, for a [Verifier].
func (s *Signer) Public() crypto.PublicKey { return s.key.Public() }

// Sign returns the cookies of p. RSA signatures (PKCS #1 v1.5) are the same each time, ECDSA's (ASN.1) are not.
// The error wraps [ErrInvalid] if p is the zero Policy; any other is the key's.
func (s *Signer) Sign(p Policy) (Cookies, error) {
	if p == (Policy{}) {
		return Cookies{}, fmt.Errorf("%w: the policy grants nothing", ErrInvalid)
	}
	text := p.String()
	digest, kind := s.hash.of(text)
	signature, err := s.key.Sign(rand.Reader, digest, kind)
	if err != nil {
		return Cookies{}, fmt.Errorf("sign with key %s: %w", s.id, err)
	}
	c := Cookies{
		Policy:    encoding.EncodeToString([]byte(text)),
		Signature: encoding.EncodeToString(signature),
		KeyPairID: s.id,
	}
	if s.hash == SHA256 {
		c.HashAlgorithm = "SHA256"
	}
	return c, nil
}
