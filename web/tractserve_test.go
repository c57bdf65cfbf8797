package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/tractstore"
)

// A dam is storage of one object whose reads wait while it is closed.
type dam struct {
	data []byte

	mu   sync.Mutex
	wait chan struct{} // nil: open
}

func (d *dam) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	wait, data := d.wait, d.data
	d.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-r.Context().Done():
		}
	}
	if q := r.URL.Query(); q.Has("list-type") {
		fmt.Fprintf(w, `<ListBucketResult><Contents><Key>%s</Key><ETag>"v1"</ETag><Size>%d</Size></Contents></ListBucketResult>`, q.Get("prefix"), len(data))
		return
	}
	w.Header().Set("ETag", `"v1"`)
	http.ServeContent(w, r, "", time.Unix(1e9, 0), bytes.NewReader(data))
}

// tractHost serves the tractogram of a dam, as the viewer host does once it has let somebody in.
func tractHost(t *testing.T, d *dam) *httptest.Server {
	t.Helper()
	storage := httptest.NewServer(d)
	t.Cleanup(storage.Close)
	cfg := aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("key", "secret", "")}
	depot, err := tractstore.New(tractstore.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	l := s3index.NewLibrary([]*s3index.Bucket{s3index.NewBucket("lab", s3index.NewClient(cfg, storage.URL, true))}, depot)
	t.Cleanup(l.Close)
	loc := access.Location{ID: "loc-lab", Bucket: "lab", Prefix: "secret-project/"}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, max-age=3600")
		if err := (tracts{l}).ServeTract(w, r, loc, r.FormValue("path"), r.URL.Path[1:]); err != nil {
			t.Logf("%s: %v", r.URL.Path, err)
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

func ask(t *testing.T, srv *httptest.Server, what string) (status int, h http.Header, body string) {
	t.Helper()
	res, err := srv.Client().Get(srv.URL + "/" + what)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(text)
}

// TestWhileBeingPrepared asks for cells of annotations while they are built, which goes on for as long as the test likes.
func TestWhileBeingPrepared(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(synthetic(t, 20_000))
	if err != nil {
		t.Fatal(err)
	}
	d := &dam{data: data}
	srv := tractHost(t, d)
	const of = "?path=a.trk"
	ask(t, srv, "skel/prop/info"+of) // so that the sample is known
	closed := make(chan struct{})
	time.Sleep(2100 * time.Millisecond) // until it is asked anew where the file lies
	ask(t, srv, "skel/info"+of)
	d.mu.Lock()
	d.wait = closed
	d.mu.Unlock()
	for what, want := range map[string]int{"ann/info": 200, "ann/spatial0/0_0_0": 200, "ann/spatial1/0_0_0": 503, "ann/by_id/1": 503, "ann/bundle/1": 503} {
		status, h, body := ask(t, srv, what+of)
		if status != want {
			t.Errorf("%s = %d %.100q, want %d", what, status, body, want)
		}
		if want == 503 && (h.Get("Retry-After") != "2" || h.Get("X-Edge-Deny") != "" || h.Get("Cache-Control") != "no-store" || h.Get("ETag") != "") {
			t.Errorf("%s: %v, want to be asked again, and not kept", what, h)
		}
	}
	d.mu.Lock()
	d.wait = nil
	d.mu.Unlock()
	close(closed)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		status, h, body := ask(t, srv, "ann/spatial1/0_0_0"+of)
		if status == 200 && len(body) > 8 && h.Get("ETag") != "" && h.Get("Cache-Control") == "private, max-age=3600" {
			break
		}
		if status != 503 || time.Now().After(end) {
			t.Fatalf("then = %d with %d bytes, %v; want 503 until it is 200", status, len(body), h)
		}
	}
}

// TestTractSentences: what is wrong is told without the names of the bucket and of what lies around the location.
func TestTractSentences(t *testing.T) {
	t.Parallel()
	srv := tractHost(t, &dam{data: []byte("no tractogram")})
	for what, path := range map[string]string{"skel/info": "a.trk", "skel/1": "a.trk", "ann/info": "a.tt.gz", "ann/list/info": "folder", "ann/spatial0/0_0_0": "a.txt"} {
		status, _, body := ask(t, srv, what+"?path="+path)
		if status != 422 || len(body) < 20 || strings.Contains(body, "secret-project") || strings.Contains(body, "lab/") {
			t.Errorf("%s of %s = %d %q, want 422 and a sentence without private names", what, path, status, body)
		}
	}
}
