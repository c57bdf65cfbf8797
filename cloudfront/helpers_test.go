package cloudfront_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ngportal/cloudfront"
)

// A vectors is data/cloudfront-vectors.json.
type vectors struct {
	Now  int64 `json:"clock_now_for_checks"`
	Keys map[string]struct {
		PEM string `json:"public_pem"`
	}
	Positive, Negative []vector
	Match              []struct {
		Resource, URL string
		Match         bool
	} `json:"resource_match"`
}

type vector struct {
	Name    string
	Cookies map[string]any
	URL     string
	Policy  string
	Expect  string
	Now     int64
}

// set turns the vector's cookies into ours. The one number among them is an end in seconds.
func (v vector) set() cloudfront.Cookies {
	text := func(name string) string {
		switch value := v.Cookies[name].(type) {
		case string:
			return value
		case json.Number:
			return value.String()
		}
		return ""
	}
	return cloudfront.Cookies{
		Policy:        text("CloudFront-Policy"),
		Signature:     text("CloudFront-Signature"),
		KeyPairID:     text("CloudFront-Key-Pair-Id"),
		HashAlgorithm: text("CloudFront-Hash-Algorithm"),
		Expires:       text("CloudFront-Expires"),
	}
}

func loadVectors(t testing.TB) vectors {
	t.Helper()
	dir := os.Getenv("NGPORTAL_TEST_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	text, err := os.ReadFile(filepath.Join(dir, "cloudfront-vectors.json"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("no vectors: %v (set NGPORTAL_TEST_DATA)", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v vectors
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	for _, row := range append(slices.Clone(v.Positive), v.Negative...) {
		if len(row.set().Pairs()) != len(row.Cookies) {
			t.Fatalf("%s has cookies that the tests do not read: %v", row.Name, row.Cookies)
		}
	}
	return v
}

func (v vectors) verifier(t testing.TB) *cloudfront.Verifier {
	t.Helper()
	keys := map[string]crypto.PublicKey{}
	for id, k := range v.Keys {
		key, err := cloudfront.ParsePublicKey([]byte(k.PEM))
		if err != nil {
			t.Fatalf("key %s: %v", id, err)
		}
		keys[id] = key
	}
	return newVerifier(t, keys)
}

func newVerifier(t testing.TB, keys map[string]crypto.PublicKey) *cloudfront.Verifier {
	t.Helper()
	v, err := cloudfront.NewVerifier(keys)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// An RSA key takes a second to make under the race detector: one does for all tests.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func ecKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A steadyKey is the same each time and signs the same each time. It is for tests only.
type steadyKey struct{ *ecdsa.PrivateKey }

func (k steadyKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.PrivateKey.Sign(nil, digest, opts) // RFC 6979
}

func newSteadyKey(t testing.TB) steadyKey {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return steadyKey{key}
}

// sign returns cookies of key "K1" for one location, that end at 2030-01-01.
func sign(t testing.TB, key crypto.Signer, h cloudfront.Hash, origin, id string) cloudfront.Cookies {
	t.Helper()
	s, err := cloudfront.NewSigner("K1", key, h)
	if err != nil {
		t.Fatal(err)
	}
	p, err := cloudfront.LocationPolicy(origin, id, time.Unix(1893456000, 0))
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Sign(p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// signText signs a policy that LocationPolicy would not make, as CloudFront's documents say: with SHA-256.
func signText(t testing.TB, key crypto.Signer, policy string) cloudfront.Cookies {
	t.Helper()
	d := crypto.SHA256.New()
	d.Write([]byte(policy))
	sig, err := key.Sign(rand.Reader, d.Sum(nil), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return cloudfront.Cookies{Policy: encode([]byte(policy)), Signature: encode(sig), KeyPairID: "K1", HashAlgorithm: "SHA256"}
}

// cannedCookies are those of a canned policy, signed likewise.
func cannedCookies(t testing.TB, key crypto.Signer, url string, end int) cloudfront.Cookies {
	t.Helper()
	c := signText(t, key, fmt.Sprintf(`{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":%d}}}]}`, url, end))
	c.Policy, c.Expires = "", strconv.Itoa(end)
	return c
}

// leadsInto tells whether every server finds what is at url in the location: one that takes it literally, and one that
// unescapes it, takes backslashes for slashes and removes dot segments.
func leadsInto(origin, id, url string) bool {
	within := origin + "/d/" + id + "/"
	if !strings.HasPrefix(url, within) {
		return false
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(url, origin), "?")
	for _, escape := range []string{"%2e.", "%2E.", "%2f/", "%2F/", `%5c\`, `%5C\`} {
		path = strings.ReplaceAll(path, escape[:3], escape[3:])
	}
	path = strings.ReplaceAll(path, `\`, "/")
	return !slices.ContainsFunc(strings.Split(path, "/"), func(segment string) bool { return segment == "." || segment == ".." })
}

func privatePEM(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func publicPEM(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// wantDenial fails unless err is a denial with the code, or nil for "OK".
func wantDenial(t *testing.T, err error, code string) {
	t.Helper()
	var denial *cloudfront.Denial
	switch {
	case err == nil && code != "OK":
		t.Errorf("Verify = nil, want %s", code)
	case err != nil && !errors.As(err, &denial):
		t.Errorf("Verify = %v, a %T, want a *Denial", err, err)
	case err != nil && string(denial.Code) != code:
		t.Errorf("Verify = %v, want %s", err, code)
	}
}
