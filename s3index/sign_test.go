package s3index_test

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ngportal/s3index"
)

// TestSignsAsTheSDK reads objects of random names, of some names that break programs, with and without a session
// token: the SDK must send the same request target for them, and its signer make the same signature.
func TestSignsAsTheSDK(t *testing.T) {
	var mu sync.Mutex
	var got []*http.Request
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r)
	}))
	defer srv.Close()
	for _, token := range []string{"", "a session/token+=="} {
		cfg := aws.Config{Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", token)}
		client := s3index.NewClient(cfg, srv.URL, true)
		b := s3index.NewBucket("some-bucket", client)
		for _, key := range append(randomKeys(100), oddNames...) {
			got = nil
			body, err := b.Open(t.Context(), key, s3index.Get{Range: "bytes=0-9"})
			if err != nil {
				t.Fatal(err)
			}
			body.Close()
			if _, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("some-bucket"), Key: &key}); err != nil {
				t.Fatal(err)
			}
			ours, theirs := got[0], got[1]
			if sdk, _, _ := strings.Cut(theirs.RequestURI, "?"); ours.RequestURI != sdk {
				t.Errorf("key %q is read at %s, by the SDK at %s", key, ours.RequestURI, sdk)
			}
			if a, b := ours.Header.Get("Authorization"), signedBySDK(t, ours, token); a != b {
				t.Errorf("key %q is signed\n%s, by the SDK\n%s", key, a, b)
			}
		}
	}
}

// signedBySDK is the Authorization header that the SDK's signer makes for what r says of itself.
func signedBySDK(t *testing.T, r *http.Request, token string) string {
	t.Helper()
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := http.NewRequestWithContext(t.Context(), r.Method, "http://"+r.Host+r.RequestURI, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	again.Header.Set("X-Amz-Content-Sha256", r.Header.Get("X-Amz-Content-Sha256"))
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	c := aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "SECRET", SessionToken: token}
	if err := signer.SignHTTP(t.Context(), c, again, "UNSIGNED-PAYLOAD", "s3", "eu-central-1", at); err != nil {
		t.Fatal(err)
	}
	return again.Header.Get("Authorization")
}

func randomKeys(n int) []string {
	random := rand.New(rand.NewPCG(1, 2))
	keys := make([]string, n)
	for i := range keys {
		text := make([]byte, 1+random.IntN(40))
		for j := range text {
			text[j] = byte(1 + random.IntN(255))
		}
		keys[i] = "k" + strings.ToValidUTF8(string(text), "ü") // a leading slash would be the SDK's to argue about
	}
	return keys
}

// TestAddressesOfBuckets compares where objects are read with where the SDK presigns them.
func TestAddressesOfBuckets(t *testing.T) {
	tests := map[string]struct {
		endpoint, region, bucket string
		pathStyle                bool
	}{
		"AWS":                            {"", "us-east-2", "linc-private", false},
		"AWS by path":                    {"", "us-east-2", "linc-private", true},
		"a dot in the name":              {"", "eu-west-1", "lab.data", false},
		"a server":                       {"http://minio:9000", "us-east-1", "data", true},
		"by host":                        {"https://s3.example.org", "us-east-1", "data", false},
		"by host, a slash at the end":    {"https://s3.example.org/", "us-east-1", "data", false},
		"by host and path, with a slash": {"https://example.org/s3/", "us-east-1", "data", false},
		"below a path":                   {"https://example.org/s3/", "us-east-1", "data", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := aws.Config{Region: tt.region, Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", "")}
			client := s3index.NewClient(cfg, tt.endpoint, tt.pathStyle)
			want, err := s3.NewPresignClient(client).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: &tt.bucket, Key: aws.String("a b/c")})
			if err != nil {
				t.Fatal(err)
			}
			address, _, _ := strings.Cut(want.URL, "?")
			if got := s3index.Address(s3index.NewBucket(tt.bucket, client), "a b/c"); got != address {
				t.Errorf("%s, want %s", got, address)
			}
		})
	}
}
