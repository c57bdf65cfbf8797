package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ngportal/cloudfront"
	"ngportal/edge"
	"ngportal/web/phantom"
)

// demoConfig is the configuration that the running demo wrote, with a database of its own and data for whoever can
// sign in. Its buckets are the demo's.
func demoConfig(t *testing.T) config {
	t.Helper()
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(the.dir, "demo", "aws-credentials"))
	c, err := loadConfig(filepath.Join(the.dir, "demo", "ngportal.yaml"), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	c.Store.URL = "sqlite://" + filepath.Join(t.TempDir(), "portal.db")
	for i := range c.Datasets {
		c.Datasets[i].Viewers = []string{"*"}
	}
	return c
}

// A deployment is an app that a configuration made, and somebody's browser.
type deployment struct {
	*app
	t       *testing.T
	p       parts
	cookies []*http.Cookie // of the portal
}

func deploy(t *testing.T, c config) deployment {
	t.Helper()
	p, err := fromConfig(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return deployParts(t, p)
}

func deployParts(t *testing.T, p parts) deployment {
	t.Helper()
	a, err := newApp(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return deployment{a, t, p, sessionCookies(t, p, a)}
}

// ask sends a request with cookies to one of the hosts; it reads as the viewer's page does.
func (d deployment) ask(h http.Handler, method, address string, cookies []*http.Cookie) answered {
	d.t.Helper()
	req := httptest.NewRequestWithContext(d.t.Context(), method, address, nil)
	req.RequestURI = req.URL.RequestURI() // as servers have it
	if method == http.MethodGet {
		req.Header.Set("Origin", d.p.viewerURL)
	}
	for _, c := range cookies {
		req.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return answerOf(d.t, rec.Result())
}

// TestSiblingDeployment opens an asset of the demo in a deployment of sibling hosts.
func TestSiblingDeployment(t *testing.T) {
	c := demoConfig(t)
	c.Portal.URL, c.Viewer.URL = "https://portal.example.org", "https://neuroglancer.example.org"
	c.Viewer.Mode, c.Viewer.DataURL = modeSibling, "https://cfdist.example.org"
	d := deploy(t, c)
	form := url.Values{"asset": {asset(phantom.FAKey)}}
	opened := d.ask(d.portal, http.MethodPost, "https://portal.example.org/open?"+form.Encode(), d.cookies)
	if opened.code != http.StatusSeeOther {
		t.Fatalf("POST /open = %d, want 303", opened.code)
	}
	landing := d.ask(d.viewer, http.MethodGet, opened.header.Get("Location"), nil)
	if at := landing.header.Get("Location"); landing.code != 303 || !strings.Contains(at, "https:%2F%2Fcfdist.example.org%2Fd%2Fdemo-phantom%2F") {
		t.Fatalf("opening leads to %d %q, want a scene of data at the sibling host", landing.code, at)
	}
	var signed []*http.Cookie
	for _, c := range (&http.Response{Header: landing.header}).Cookies() {
		if c.Name == "__Host-ng" && c.Domain == "" {
			continue
		}
		if c.Domain != "example.org" || c.Path != "/d/demo-phantom/" {
			t.Errorf("cookie %s is for %q at %q, want example.org at /d/demo-phantom/", c.Name, c.Domain, c.Path)
		}
		signed = append(signed, c)
	}
	const object = "https://cfdist.example.org/d/demo-phantom/README"
	for name, tt := range map[string]struct {
		cookies []*http.Cookie
		want    int
	}{"with cookies": {signed, 200}, "without": {nil, 503}} {
		res := d.ask(d.viewer, http.MethodGet, object, tt.cookies)
		if got := res.header.Get("Access-Control-Allow-Origin"); res.code != tt.want || got != c.Viewer.URL {
			t.Errorf("GET %s %s = %d for %q, want %d for the viewer", object, name, res.code, got, tt.want)
		}
	}
	if res := d.ask(d.viewer, http.MethodGet, "https://neuroglancer.example.org/viewer-config.json", nil); res.code != 200 {
		t.Errorf("viewer-config.json = %d", res.code)
	}
}

// TestRefusalsAsConfigured reads data without cookies.
func TestRefusalsAsConfigured(t *testing.T) {
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusForbidden} {
		c := demoConfig(t)
		c.Viewer.DenyStatus = want
		d := deploy(t, c)
		if res := d.ask(d.viewer, http.MethodGet, c.Viewer.URL+"/d/demo-phantom/README", nil); res.code != want {
			t.Errorf("GET without cookies = %d, want %d", res.code, want)
		}
	}
}

// TestAcceptedKeys replaces the signing key as docs/operate.md tells.
func TestAcceptedKeys(t *testing.T) {
	c := demoConfig(t)
	public := filepath.Join(t.TempDir(), "old.pub.pem")
	key := newKey(t)
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Signing.Accept = []acceptConfig{{KeyID: "KOLD", PublicKeyFile: public}}
	d := deploy(t, c)
	tests := map[string]struct {
		id   string
		key  crypto.Signer
		want int
	}{
		"the old key":                     {"KOLD", key, 200},
		"another key under the old id":    {"KOLD", newKey(t), 503},
		"the old key under the new id":    {"KDEMO", key, 503},
		"the old key under an unknown id": {"KOLDER", key, 503},
	}
	for name, tt := range tests {
		signer, err := cloudfront.NewSigner(tt.id, tt.key, cloudfront.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.read(signer, phantomLocation, "README").code; got != tt.want {
			t.Errorf("%s: GET = %d, want %d", name, got, tt.want)
		}
	}
	if got := d.read(d.p.signer, phantomLocation, "README").code; got != 200 {
		t.Errorf("the new key: GET = %d, want 200", got)
	}
}

// TestCacheAsConfigured reads an object twice, and starts a second portal over the same folder.
func TestCacheAsConfigured(t *testing.T) {
	var asked atomic.Int32
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Content-Length", "5")
		_, _ = io.WriteString(w, "voxel")
	}))
	defer storage.Close()
	p := testParts(t, storage.URL)
	dir := filepath.Join(t.TempDir(), "cache")
	var err error
	if p.cache, err = (cacheConfig{Memory: "64MiB", Dir: dir, Disk: "1GB", Fresh: 2 * time.Minute}).parse(); err != nil {
		t.Fatal(err)
	}
	if want := (edge.CacheConfig{Memory: 67_108_864, Dir: dir, Disk: 1_000_000_000, Fresh: 2 * time.Minute}); !reflect.DeepEqual(p.cache, want) {
		t.Errorf("the cache is %+v, want %+v", p.cache, want)
	}
	d := deployParts(t, p)
	for range 2 {
		if got := d.read(p.signer, "loc-1", "a"); got.body != "voxel" || asked.Load() != 1 {
			t.Errorf("GET = %d %q after %d questions to storage; want voxel after 1", got.code, got.body, asked.Load())
		}
	}
	if res := d.ask(d.viewer, http.MethodGet, p.viewerURL+"/d/loc-1/a", nil); res.code != 503 {
		t.Errorf("GET without cookies = %d, want 503", res.code)
	}
	if a, err := newApp(t.Context(), p); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a second portal over the same folder = %v, %v, want an error that names it", a, err)
	}
}

// TestNoCacheUnasked deploys the values of keys that a file leaves out.
func TestNoCacheUnasked(t *testing.T) {
	c := demoConfig(t)
	c.Viewer.Cache = defaults().Viewer.Cache
	if d := deploy(t, c); d.cache != nil {
		t.Error("there is a cache that nobody configured")
	}
}

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// read gets an object with cookies that signer made.
func (d deployment) read(signer *cloudfront.Signer, location, key string) answered {
	d.t.Helper()
	policy, err := cloudfront.LocationPolicy(d.p.viewerURL, location, time.Now().Add(time.Hour))
	if err != nil {
		d.t.Fatal(err)
	}
	signed, err := signer.Sign(policy)
	if err != nil {
		d.t.Fatal(err)
	}
	var cookies []*http.Cookie
	for _, pair := range signed.Pairs() {
		cookies = append(cookies, &http.Cookie{Name: pair.Name, Value: pair.Value})
	}
	return d.ask(d.viewer, http.MethodGet, d.p.viewerURL+"/d/"+location+"/"+key, cookies)
}
