package cloudfront_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"ngportal/cloudfront"
)

func TestSignedCookies(t *testing.T) {
	tests := map[string]struct {
		key   crypto.Signer
		hash  cloudfront.Hash
		names []string
	}{
		"RSA, SHA-1":     {rsaKey(), cloudfront.SHA1, []string{"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"}},
		"RSA, SHA-256":   {rsaKey(), cloudfront.SHA256, []string{"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id", "CloudFront-Hash-Algorithm"}},
		"ECDSA, SHA-1":   {ecKey(t), cloudfront.SHA1, []string{"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"}},
		"ECDSA, SHA-256": {ecKey(t), cloudfront.SHA256, []string{"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id", "CloudFront-Hash-Algorithm"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := sign(t, tt.key, tt.hash, origin, "abc123")
			var names []string
			for _, p := range c.Pairs() {
				names = append(names, p.Name)
				if strings.ContainsAny(p.Value, "+/= ;,\"") || p.Value == "" {
					t.Errorf("%s = %q is no cookie value in CloudFront's alphabet", p.Name, p.Value)
				}
			}
			if !reflect.DeepEqual(names, tt.names) {
				t.Errorf("cookies %q, want %q", names, tt.names)
			}
			if tt.hash == cloudfront.SHA256 && c.HashAlgorithm != "SHA256" {
				t.Errorf("hash marker %q, want SHA256", c.HashAlgorithm)
			}
			v := newVerifier(t, map[string]crypto.PublicKey{"K1": tt.key.Public()})
			wantDenial(t, v.Verify(c, cloudfront.Request{URL: inside, Now: time.Unix(1000, 0)}), "OK")
		})
	}
}

// failing is a key whose service is away.
type failing struct{ crypto.Signer }

func (failing) Sign(_ io.Reader, _ []byte, _ crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("key service is away")
}

func TestSignerRefuses(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		id   string
		key  crypto.Signer
		hash cloudfront.Hash
	}{
		"no id":          {"", ecKey(t), cloudfront.SHA256},
		"an id with ;":   {"K1;", ecKey(t), cloudfront.SHA256},
		"no key":         {"K1", nil, cloudfront.SHA256},
		"no hash":        {"K1", ecKey(t), 0},
		"another curve":  {"K1", p384, cloudfront.SHA256},
		"another scheme": {"K1", ed, cloudfront.SHA256},
	}
	for name, tt := range tests {
		if _, err = cloudfront.NewSigner(tt.id, tt.key, tt.hash); !errors.Is(err, cloudfront.ErrInvalid) {
			t.Errorf("NewSigner with %s = %v, want ErrInvalid", name, err)
		}
	}
	s, err := cloudfront.NewSigner("K1", failing{ecKey(t)}, cloudfront.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.Sign(cloudfront.Policy{}); !errors.Is(err, cloudfront.ErrInvalid) {
		t.Errorf("Sign of the zero Policy = %v, want ErrInvalid", err)
	}
	p, err := cloudfront.LocationPolicy(origin, "abc123", time.Unix(1893456000, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign(p); err == nil || !strings.Contains(err.Error(), "sign with key K1: key service is away") {
		t.Errorf("Sign with a failing key = %v, want its error and its id", err)
	}
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestParseKeys(t *testing.T) {
	rsaPriv, ecPriv := rsaKey(), ecKey(t)
	sec1, err := x509.MarshalECPrivateKey(ecPriv)
	if err != nil {
		t.Fatal(err)
	}
	private := map[string][]byte{
		"RSA PKCS#1":        block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaPriv)),
		"RSA PKCS#8":        privatePEM(t, rsaPriv),
		"P-256 SEC 1":       block("EC PRIVATE KEY", sec1),
		"P-256 PKCS#8":      privatePEM(t, ecPriv),
		"P-256 of ecparam ": append(block("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}), block("EC PRIVATE KEY", sec1)...),
	}
	for name, file := range private {
		key, err := cloudfront.ParsePrivateKey(file)
		if err != nil {
			t.Errorf("ParsePrivateKey of %s: %v", name, err)
			continue
		}
		want := ecPriv.Public()
		if strings.HasPrefix(name, "RSA") {
			want = rsaPriv.Public()
		}
		if !key.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(want) {
			t.Errorf("ParsePrivateKey of %s is another key", name)
		}
	}
	public := map[string][]byte{
		"RSA PKIX":   publicPEM(t, rsaPriv),
		"RSA PKCS#1": block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaPriv.PublicKey)),
		"P-256 PKIX": publicPEM(t, ecPriv),
	}
	for name, file := range public {
		if _, err := cloudfront.ParsePublicKey(file); err != nil {
			t.Errorf("ParsePublicKey of %s: %v", name, err)
		}
	}
}

func TestParseKeysRefuses(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	locked := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}, Bytes: []byte{1}})
	tests := map[string]struct {
		file []byte
		says string
	}{
		"nothing":           {nil, "not a PEM file"},
		"no PEM":            {[]byte("hello"), "not a PEM file"},
		"a public key":      {publicPEM(t, rsaKey()), `"PUBLIC KEY" is not a private key`},
		"RSA of 1024 bits":  {privatePEM(t, small), "1024 bits"},
		"P-384":             {privatePEM(t, p384), "P-384"},
		"Ed25519":           {privatePEM(t, ed), "neither RSA nor ECDSA"},
		"encrypted":         {locked, "encrypted"},
		"encrypted PKCS#8 ": {block("ENCRYPTED PRIVATE KEY", []byte{1}), "encrypted"},
		"broken":            {block("PRIVATE KEY", []byte{1, 2, 3}), "private key"},
		"only parameters":   {block("EC PARAMETERS", []byte{1}), "not a PEM file"},
	}
	for name, tt := range tests {
		_, err := cloudfront.ParsePrivateKey(tt.file)
		if !errors.Is(err, cloudfront.ErrInvalid) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("ParsePrivateKey of %s = %v, want ErrInvalid that says %q", name, err, tt.says)
		}
	}
	if _, err := cloudfront.ParsePublicKey(privatePEM(t, rsaKey())); !errors.Is(err, cloudfront.ErrInvalid) {
		t.Errorf("ParsePublicKey of a private key = %v, want ErrInvalid", err)
	}
	if _, err := cloudfront.ParseHash("md5"); !errors.Is(err, cloudfront.ErrInvalid) {
		t.Errorf("ParseHash(md5) = %v, want ErrInvalid", err)
	}
}
