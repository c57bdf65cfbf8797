package cloudfront_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign"

	"ngportal/cloudfront"
)

const policyText = `{"Statement":[{"Resource":"https://ng.example.org/d/abc123/*","Condition":{"DateLessThan":{"AWS:EpochTime":1893456000}}}]}`

// standard undoes CloudFront's alphabet as its documents describe it, without our own decoder.
func standard(t *testing.T, value string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "=", "~", "/").Replace(value))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpenSSLVerifies(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl: its check of our signatures is left out")
	}
	for name, key := range map[string]crypto.Signer{"rsa": rsaKey(), "ecdsa": ecKey(t)} {
		for digest, h := range map[string]cloudfront.Hash{"-sha1": cloudfront.SHA1, "-sha256": cloudfront.SHA256} {
			t.Run(name+digest, func(t *testing.T) {
				c := sign(t, key, h, origin, "abc123")
				dir := t.TempDir()
				write := func(file string, b []byte) string {
					path := filepath.Join(dir, file)
					if err := os.WriteFile(path, b, 0o600); err != nil {
						t.Fatal(err)
					}
					return path
				}
				if got := string(standard(t, c.Policy)); got != policyText {
					t.Errorf("policy %s, want %s", got, policyText)
				}
				run := func(text string) string {
					out, _ := exec.Command("openssl", "dgst", digest, "-verify", write("pub.pem", publicPEM(t, key)),
						"-signature", write("sig", standard(t, c.Signature)), write("policy", []byte(text))).CombinedOutput()
					return string(out)
				}
				if out := run(policyText); !strings.Contains(out, "Verified OK") {
					t.Errorf("openssl says %q, want Verified OK", out)
				}
				if out := run(policyText + " "); strings.Contains(out, "Verified OK") {
					t.Errorf("openssl verifies another text")
				}
			})
		}
	}
}

func TestSDKMakesTheSameCookies(t *testing.T) {
	ours := sign(t, rsaKey(), cloudfront.SHA1, origin, "abc123")
	theirs, err := sdk.NewCookieSigner("K1", rsaKey()).Sign("https://ng.example.org/d/abc123/*", time.Unix(1893456000, 0))
	if err != nil {
		t.Fatal(err)
	}
	if len(theirs) != 3 {
		t.Fatalf("the SDK makes %d cookies, want 3", len(theirs))
	}
	values := map[string]string{}
	for _, c := range theirs {
		values[c.Name] = c.Value
	}
	for _, p := range ours.Pairs() {
		if p.Value != values[p.Name] {
			t.Errorf("%s = %s, want the SDK's %s", p.Name, p.Value, values[p.Name])
		}
	}
}

const botocore = `
import sys, datetime
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
pem, name = sys.stdin.buffer.read(), sys.argv[1]
key = serialization.load_pem_private_key(pem, None)
hash = {"sha1": hashes.SHA1, "sha256": hashes.SHA256}[name]()
signer = CloudFrontSigner("K1", lambda m: key.sign(m, padding.PKCS1v15(), hash))
url = "https://ng.example.org/d/abc123/*"
policy = signer.build_policy(url, datetime.datetime.fromtimestamp(1893456000))
signed = signer.generate_presigned_url(url, policy=policy)
for part in signed.split("?", 1)[1].split("&"): print(part.split("=", 1)[1])
`

func TestBotocoreMakesTheSameCookies(t *testing.T) {
	const python = "/usr/bin/python3"
	if out, err := exec.Command(python, "-c", "import botocore, cryptography").CombinedOutput(); err != nil {
		t.Skipf("no botocore in %s (Debian: python3-botocore, python3-cryptography): %v %s", python, err, bytes.TrimSpace(out))
	}
	for name, h := range map[string]cloudfront.Hash{"sha1": cloudfront.SHA1, "sha256": cloudfront.SHA256} {
		cmd := exec.Command(python, "-c", botocore, name)
		cmd.Stdin = bytes.NewReader(privatePEM(t, rsaKey()))
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("botocore: %v", err)
		}
		c := sign(t, rsaKey(), h, origin, "abc123")
		want := strings.Fields(string(out))
		if got := []string{c.Policy, c.Signature, c.KeyPairID}; strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: cookies %q, want botocore's %q", name, got, want)
		}
	}
}

// npmCookies signs a policy with the npm signer, or skips the test where it is not installed.
func npmCookies(t *testing.T, key crypto.Signer, algorithm, policy string) cloudfront.Cookies {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no node: the npm signer's check is left out")
	}
	const dir = "testdata/npm"
	if _, err := os.Stat(dir + "/node_modules"); err != nil {
		t.Skipf("the npm signer is not installed: run scripts/tools, or npm ci in cloudfront/%s", dir)
	}
	job, err := json.Marshal(map[string]string{"privateKey": string(privatePEM(t, key)), "keyPairId": "K1", "algorithm": algorithm, "policy": policy})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "sign.mjs")
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(job)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the npm signer: %v", err)
	}
	var cookies map[string]any
	if err := json.Unmarshal(out, &cookies); err != nil {
		t.Fatal(err)
	}
	return vector{Cookies: cookies}.set()
}

// The npm signer's RSA cookies are ours, byte for byte; its ECDSA cookies, which differ each time, are good to
// our verifier, and but for the signature are ours.
func TestNpmSignerMakesTheSameCookies(t *testing.T) {
	for name, key := range map[string]crypto.Signer{"rsa": rsaKey(), "ecdsa": ecKey(t)} {
		v := newVerifier(t, map[string]crypto.PublicKey{"K1": key.Public()})
		for algorithm, h := range map[string]cloudfront.Hash{"SHA1": cloudfront.SHA1, "SHA256": cloudfront.SHA256} {
			t.Run(name+"-"+algorithm, func(t *testing.T) {
				ours, theirs := sign(t, key, h, origin, "abc123"), npmCookies(t, key, algorithm, policyText)
				wantDenial(t, v.Verify(theirs, cloudfront.Request{URL: inside, Now: time.Unix(1893455999, 0)}), "OK")
				wantDenial(t, v.Verify(theirs, cloudfront.Request{URL: inside, Now: time.Unix(1893456000, 0)}), "AccessDenied")
				if name == "ecdsa" {
					theirs.Signature = ours.Signature
				}
				if ours != theirs {
					t.Errorf("cookies %q, want the npm signer's %q", ours.Pairs(), theirs.Pairs())
				}
			})
		}
	}
}
