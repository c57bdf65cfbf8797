package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestDoctorNotes is of deployments that work, with something to know about them.
func TestDoctorNotes(t *testing.T) {
	tests := map[string]struct {
		deploy func(t *testing.T, c *config)
		edit   func(t *testing.T, c *config)
		before func(*ward) front
		noted  string
		says   string
	}{
		"refusals as CloudFront has them": {
			deploy: func(_ *testing.T, c *config) { c.Viewer.DenyStatus = 403 },
			noted:  "refusal", says: "403 MissingKey: the viewer of ngportal takes that for a refusal",
		},
		"refusals without a code": {
			before: afterwards("/d/", func(res *httptest.ResponseRecorder) {
				if res.Header().Get("X-Edge-Deny") != "" {
					res.Header().Del("X-Edge-Deny")
					rewrite(res, http.StatusServiceUnavailable, "text/html", "<html>")
				}
			}),
			noted: "refusal", says: "send X-Edge-Deny with it",
		},
		"no database yet": {
			edit:  func(t *testing.T, c *config) { c.Store.URL = "sqlite://" + filepath.Join(t.TempDir(), "portal.db") },
			noted: "store", says: "it will be made at the first start",
		},
		"an empty location": {
			edit: func(_ *testing.T, c *config) {
				c.Datasets = append(c.Datasets[:2], datasetConfig{
					Name: "e", Locations: []locationConfig{{ID: "empty-location", Bucket: "bad", Prefix: "absent/"}},
				})
			},
			noted: "storage", says: "nothing to read was found in empty-location",
		},
		"a clock that is ten seconds off": {
			before: afterwards("/", func(res *httptest.ResponseRecorder) {
				res.Header().Set("Date", time.Now().Add(-10*time.Second).UTC().Format(http.TimeFormat))
			}),
			noted: "clocks", says: "behind ours",
		},
		"data without a sandbox": {
			before: afterwards("/d/", func(res *httptest.ResponseRecorder) { res.Header().Del("Content-Security-Policy") }),
			noted:  "data-headers", says: "an HTML file in a bucket could run scripts",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := admit(t, tt.deploy, tt.before)
			d, code := diagnose(t, w.file(t, tt.edit))
			if got := d.with("note"); code != 0 || !d.OK || !slices.Equal(got, []string{tt.noted}) {
				t.Errorf("doctor = %d, ok %v, notes %v, want 0, true, [%s]; wrong %v", code, d.OK, got, tt.noted, d.with("wrong"))
			}
			if got := d.say(tt.noted); !strings.Contains(got, tt.says) {
				t.Errorf("%s: %s, want %q", tt.noted, got, tt.says)
			}
		})
	}
}

// TestDoctorOfPublicData has nothing that a cookie could guard.
func TestDoctorOfPublicData(t *testing.T) {
	w := admit(t, func(t *testing.T, c *config) {
		open := openStorage(t, c.Buckets[0].Endpoint)
		c.Buckets, c.Datasets = c.Buckets[:2], c.Datasets[:2]
		for i := range c.Buckets {
			c.Buckets[i].Access, c.Buckets[i].Endpoint = "public", open
		}
	}, nil)
	d, code := diagnose(t, w.file(t, nil))
	if code != 0 || len(d.with("ok")) != 15 || len(d.Checks) != 15 {
		t.Errorf("doctor = %d, %d of %d checks held, want 0, all of 15; wrong %v", code, len(d.with("ok")), len(d.Checks), d.with("wrong"))
	}
	if got := d.say("public-data"); !strings.Contains(got, "2 locations") {
		t.Errorf("public-data: %s, want 2 locations", got)
	}
}

// TestDoctorOfEmptyBuckets cannot try what it should, and does not pass that off as good.
func TestDoctorOfEmptyBuckets(t *testing.T) {
	w := admit(t, func(_ *testing.T, c *config) {
		c.Datasets = []datasetConfig{{Name: "e", Locations: []locationConfig{{ID: "empty-location", Bucket: "bad", Prefix: "absent/"}}}}
	}, nil)
	d, code := diagnose(t, w.file(t, nil))
	if code != 1 || d.OK || len(d.with("wrong")) > 0 || len(d.with("unchecked")) != 14 {
		t.Errorf("doctor = %d, wrong %v, not checked %v; want 1, none, the 14 that need an object", code, d.with("wrong"), d.with("unchecked"))
	}
	if got := d.say("data-headers"); !strings.Contains(got, "no private location has an object that could be read") {
		t.Errorf("data-headers: %s, want the reason", got)
	}
}

// TestDoctorIsPatientWithNobody lets the viewer host hang, and the time for all checks run out.
func TestDoctorIsPatientWithNobody(t *testing.T) {
	hang := func(prefix string) *ward {
		never := func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if strings.HasPrefix(r.URL.Path, prefix) {
				<-r.Context().Done() // until the client gives up
				return
			}
			next.ServeHTTP(w, r)
		}
		return admit(t, nil, func(*ward) front { return never })
	}
	t.Run("one request", func(t *testing.T) {
		p := newPatient(t.Context(), hang("/d/").file(t, nil), os.Getenv)
		p.client.Timeout = 300 * time.Millisecond
		d := p.diagnosis(t)
		if got, want := d.with("wrong"), []string{"key-pair"}; !slices.Equal(got, want) {
			t.Errorf("wrong: %v, want %v", got, want)
		}
		if got := d.say("no-cookie"); !strings.Contains(got, "location demo-phantom does not answer: it took too long") {
			t.Errorf("no-cookie: %s, want that it does not answer", got)
		}
		if got := d.say("key-pair"); !strings.Contains(got, "it took too long") {
			t.Errorf("key-pair: %s, want that it took too long", got)
		}
	})
	t.Run("all together", func(t *testing.T) {
		p := newPatient(t.Context(), hang("/").file(t, nil), os.Getenv)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		for _, r := range examine(ctx, p, p.checks()) {
			if r.name == "viewer" && (r.status != unchecked || !strings.Contains(r.detail, "the time for all checks, 55s, was over")) {
				t.Errorf("viewer: %s, %s, want that the time was over", r.status, r.detail)
			}
			if r.status == wrong {
				t.Errorf("%s is wrong, %s, for want of time", r.name, r.detail)
			}
		}
	})
}

func TestAheadOf(t *testing.T) {
	from := time.Date(2026, 3, 1, 12, 0, 0, 600_000_000, time.UTC)
	to := from.Add(200 * time.Millisecond)
	tests := map[string]struct {
		header http.Header
		want   time.Duration
		dated  bool
	}{
		"no date":                     {http.Header{}, 0, false},
		"no date that can be read":    {http.Header{"Date": {"today"}}, 0, false},
		"this second":                 {http.Header{"Date": {"Sun, 01 Mar 2026 12:00:00 GMT"}}, 0, true},
		"behind":                      {http.Header{"Date": {"Sun, 01 Mar 2026 11:59:30 GMT"}}, -30 * time.Second, true},
		"ahead":                       {http.Header{"Date": {"Sun, 01 Mar 2026 12:01:00 GMT"}}, 59200 * time.Millisecond, true},
		"from a cache, half a minute": {http.Header{"Date": {"Sun, 01 Mar 2026 11:59:30 GMT"}, "Age": {"30"}}, 0, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, dated := aheadOf(tt.header, from, to); got != tt.want || dated != tt.dated {
				t.Errorf("aheadOf(%v) = %v, %v, want %v, %v", tt.header, got, dated, tt.want, tt.dated)
			}
		})
	}
}

func TestBucketAddresses(t *testing.T) {
	tests := map[string]struct {
		bucket bucketConfig
		want   string
	}{
		"at AWS": {
			bucketConfig{Name: "b", Region: "us-east-2", Addresses: []string{"https://x.example.org/"}},
			"s3://b/ https://x.example.org/ https://b.s3.amazonaws.com/ https://s3.amazonaws.com/b/ https://b.s3.us-east-2.amazonaws.com/ https://s3.us-east-2.amazonaws.com/b/",
		},
		"elsewhere": {bucketConfig{Name: "b", Endpoint: "http://minio:9000/"}, "s3://b/ http://minio:9000/b/ http://b.minio:9000/"},
	}
	for name, tt := range tests {
		if got := strings.Join(bucketAddresses(tt.bucket), " "); got != tt.want {
			t.Errorf("%s: addresses %s, want %s", name, got, tt.want)
		}
	}
}

func TestBucketURL(t *testing.T) {
	tests := map[string]struct {
		bucket bucketConfig
		want   string
	}{
		"at AWS":             {bucketConfig{Name: "b", Region: "us-east-2"}, "https://b.s3.us-east-2.amazonaws.com/"},
		"in China":           {bucketConfig{Name: "b", Region: "cn-north-1"}, "https://b.s3.cn-north-1.amazonaws.com.cn/"},
		"with a dot":         {bucketConfig{Name: "a.b", Region: "us-east-2"}, "https://s3.us-east-2.amazonaws.com/a.b/"},
		"elsewhere, by path": {bucketConfig{Name: "b", Endpoint: "http://minio:9000/", PathStyle: true}, "http://minio:9000/b/"},
		"elsewhere, by name": {bucketConfig{Name: "b", Endpoint: "https://s3.example.org"}, "https://b.s3.example.org/"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := bucketURL(tt.bucket); got != tt.want {
				t.Errorf("bucketURL(%+v) = %s, want %s", tt.bucket, got, tt.want)
			}
		})
	}
	if got, want := escapeS3("a folder/with#odd?/x+y(1).txt"), "a%20folder/with%23odd%3F/x%2By%281%29.txt"; got != want {
		t.Errorf("escapeS3 = %s, want %s", got, want)
	}
}
