package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"ngportal/cloudfront"
	"ngportal/web/s3server"
)

// afterwards changes the answers to paths that begin so.
func afterwards(prefix string, change func(res *httptest.ResponseRecorder)) func(*ward) front {
	return func(*ward) front {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if !strings.HasPrefix(r.URL.Path, prefix) {
				next.ServeHTTP(w, r)
				return
			}
			res := httptest.NewRecorder()
			next.ServeHTTP(res, r)
			change(res)
			replay(w, res)
		}
	}
}

func replay(w http.ResponseWriter, res *httptest.ResponseRecorder) {
	for name, values := range res.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(res.Code)
	_, _ = w.Write(res.Body.Bytes())
}

func rewrite(res *httptest.ResponseRecorder, status int, kind, body string) {
	res.Code, res.Body = status, bytes.NewBufferString(body)
	res.Header().Del("Content-Length")
	res.Header().Set("Content-Type", kind)
}

// beforehand changes the requests for paths that begin so.
func beforehand(prefix string, change func(r *http.Request)) func(*ward) front {
	return func(*ward) front {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if strings.HasPrefix(r.URL.Path, prefix) {
				change(r)
			}
			next.ServeHTTP(w, r)
		}
	}
}

// instead answers some requests itself.
func instead(which func(*http.Request) bool, status int, kind, body string) func(*ward) front {
	return func(*ward) front {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if !which(r) {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
}

func isSession(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/_session/") }

// openToAll gives everybody a good cookie.
func openToAll(w *ward) front {
	return func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if rest, ok := strings.CutPrefix(r.URL.Path, "/d/"); ok {
			id, _, _ := strings.Cut(rest, "/")
			policy, err := cloudfront.LocationPolicy(w.parts.viewerURL, id, time.Now().Add(time.Minute))
			if err == nil {
				signed, _ := w.parts.signer.Sign(policy)
				r.Header.Set("Cookie", cookieHeader(signed))
			}
		}
		next.ServeHTTP(rw, r)
	}
}

// A laxity is what a host does not look at in a policy.
type laxity struct{ signature, end, location bool }

var policyForm = regexp.MustCompile(`/d/([a-z0-9-]+)/\*.*"AWS:EpochTime":([0-9]+)`)

// host stands before one that looks at all of it, and gives it the cookies that it wants.
func (l laxity) host(w *ward) front {
	return func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if c, err := l.better(w, r); err == nil {
			r.Header.Set("Cookie", cookieHeader(c))
		}
		next.ServeHTTP(rw, r)
	}
}

func (l laxity) better(w *ward, r *http.Request) (c cloudfront.Cookies, err error) {
	for name, to := range map[string]*string{
		cloudfront.PolicyName: &c.Policy, cloudfront.SignatureName: &c.Signature,
		cloudfront.KeyPairIDName: &c.KeyPairID, cloudfront.HashAlgorithmName: &c.HashAlgorithm,
	} {
		cookie, missing := r.Cookie(name)
		if missing != nil {
			return c, missing
		}
		*to = cookie.Value
	}
	text, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "~", "/", "_", "=").Replace(c.Policy))
	says := policyForm.FindSubmatch(text)
	if err != nil || says == nil {
		return c, errors.New("no policy")
	}
	seconds, err := strconv.ParseInt(string(says[2]), 10, 64)
	id, end := string(says[1]), time.Unix(seconds, 0)
	if !l.signature && err == nil {
		err = w.parts.verifier.Verify(c, cloudfront.Request{URL: w.parts.viewerURL + "/d/" + id + "/x", Now: end.Add(-time.Second)})
	}
	if err != nil {
		return c, err
	}
	if l.end {
		end = time.Now().Add(time.Minute)
	}
	if l.location {
		id, _, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/d/"), "/")
	}
	policy, err := cloudfront.LocationPolicy(w.parts.viewerURL, id, end)
	if err != nil {
		return c, err
	}
	return w.parts.signer.Sign(policy)
}

// A sharedCache keeps whole objects, and gives them to whoever asks.
type sharedCache struct {
	mu   sync.Mutex
	kept map[string][]byte
}

func (c *sharedCache) front(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if !strings.HasPrefix(r.URL.Path, "/d/") {
		next.ServeHTTP(w, r)
		return
	}
	c.mu.Lock()
	body, there := c.kept[r.URL.Path]
	c.mu.Unlock()
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "sandbox")
	if there {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		return
	}
	res := httptest.NewRecorder()
	next.ServeHTTP(res, r)
	if res.Code == http.StatusOK && r.Method == http.MethodGet {
		c.mu.Lock()
		if c.kept == nil {
			c.kept = map[string][]byte{}
		}
		c.kept[r.URL.Path] = bytes.Clone(res.Body.Bytes())
		c.mu.Unlock()
	}
	replay(w, res)
}

// relayed puts a relay before the storage. Clients of the SDK keep connections after their use, and those of all
// tests together would be more than the storage takes; they end with the relay.
func relayed(t *testing.T, c config) config {
	t.Helper()
	to, err := url.Parse(c.Buckets[0].Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableCompression: true}
	srv := httptest.NewServer(&httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // it is signed
	}})
	t.Cleanup(transport.CloseIdleConnections)
	t.Cleanup(srv.Close)
	for i := range c.Buckets {
		c.Buckets[i].Endpoint = srv.URL
	}
	return c
}

// inFile writes a file of its own.
func inFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newerDatabase(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "portal.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "PRAGMA user_version = 99; CREATE TABLE t (x)"); err != nil {
		t.Fatal(err)
	}
	return path
}

// openStorage stands before the storage and signs for everybody.
func openStorage(t *testing.T, endpoint string) string {
	t.Helper()
	cfg, err := awsconfig.LoadDefaultConfig(t.Context(), awsconfig.WithRegion(s3server.Region))
	if err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = to.Host
		for name := range r.Out.Header {
			if name != "Range" {
				r.Out.Header.Del(name)
			}
		}
		if err := signAsUs(r.Out.Context(), r.Out, cfg); err != nil {
			t.Error(err)
		}
	}}
	srv := httptest.NewServer(proxy)
	t.Cleanup(srv.Close)
	return srv.URL
}

func signAsUs(ctx context.Context, r *http.Request, cfg aws.Config) error {
	keys, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	const unsigned = "UNSIGNED-PAYLOAD"
	r.Header.Set("X-Amz-Content-Sha256", unsigned)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err := signer.SignHTTP(ctx, keys, r, unsigned, "s3", s3server.Region, time.Now()); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	return nil
}
