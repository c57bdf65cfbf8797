package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/cloudfront"
	"ngportal/s3index"
	"ngportal/store"
)

// testParts are the parts of a portal with its own database over the given storage.
func testParts(t testing.TB, storage string) parts {
	t.Helper()
	p := parts{
		portalURL: the.portal, viewerURL: the.viewer, storeURL: "sqlite://" + filepath.Join(t.TempDir(), "portal.db"),
		keys: auth.NewKeys(), idle: time.Hour, absolute: time.Hour, lifetime: time.Minute, seeds: forEveryone("set", access.Location{ID: "loc-1", Bucket: "b"}), isEdge: true,
		log:     slog.New(slog.DiscardHandler),
		buckets: []*s3index.Bucket{s3index.NewBucket("b", s3index.NewClient(aws.Config{Region: "x", Credentials: aws.AnonymousCredentials{}}, storage, true))},
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.sign("KTEST", key, cloudfront.SHA256); err != nil {
		t.Fatal(err)
	}
	return p
}

// forEveryone is a dataset that whoever has signed in may view.
func forEveryone(name string, locations ...access.Location) []store.SeedDataset {
	return []store.SeedDataset{{Dataset: access.Dataset{Name: name, Title: "The " + name, Locations: locations}, Viewers: []string{"*"}}}
}

// TestOpenSSLVerifiesOurCookies holds what the edge sends to a browser against an independent reader.
func TestOpenSSLVerifiesOurCookies(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed; scripts/tools installs it")
	}
	p := testParts(t, "http://127.0.0.1:1")
	policy, err := cloudfront.LocationPolicy(p.viewerURL, "loc-1", time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	cookies, err := p.signer.Sign(policy)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	der, err := x509.MarshalPKIXPublicKey(p.signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"public.pem": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"policy":     plainBytes(t, cookies.Policy), "signature": plainBytes(t, cookies.Signature),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), openssl, "dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "policy")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "Verified OK" {
		t.Errorf("openssl dgst -verify: %v, %s", err, out)
	}
}

// plainBytes undoes CloudFront's base64.
func plainBytes(t *testing.T, value string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "=", "~", "/").Replace(value))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
