package s3index_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/tract"
	"ngportal/tractstore"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// A depositary is an S3 server of objects that are made as they are read, with a delay of each request.
type depositary struct {
	delay time.Duration

	mu      sync.Mutex
	objects map[string]stored
	reads   int   // GETs of objects
	sent    int64 // bytes of them
	lists   int
	trouble string // of reads
}

type stored struct {
	tract.Source
	tag string
}

// hold starts a depositary. All of its bucket is one location.
func hold(t testing.TB, delay time.Duration, objects map[string]tract.Source) (*depositary, *s3index.Bucket) {
	t.Helper()
	d := &depositary{delay: delay, objects: map[string]stored{}}
	for key, s := range objects {
		d.objects[key] = stored{s, "tag-1"}
	}
	srv := httptest.NewServer(d)
	t.Cleanup(srv.Close)
	cfg := aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("key", "secret", "")}
	return d, s3index.NewBucket("lab", s3index.NewClient(cfg, srv.URL, true))
}

func place() access.Location { return access.Location{ID: "loc-lab", Bucket: "lab"} }

// kept is a library over b with a depot in dir.
func keptIn(t testing.TB, b *s3index.Bucket, dir string) *s3index.Library {
	t.Helper()
	depot, err := tractstore.New(tractstore.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	l := s3index.NewLibrary([]*s3index.Bucket{b}, depot)
	t.Cleanup(l.Close)
	return l
}

func (d *depositary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(d.delay)
	if key := strings.TrimPrefix(r.URL.Path, "/lab/"); r.URL.Query().Get("list-type") == "" {
		d.get(w, r, key)
		return
	}
	d.list(w, r.URL.Query().Get("prefix"), r.URL.Query().Get("delimiter"))
}

func (d *depositary) list(w http.ResponseWriter, prefix, delimiter string) {
	type object struct {
		Key, ETag string
		Size      int64
	}
	var out struct {
		XMLName  xml.Name `xml:"ListBucketResult"`
		Contents []object
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lists++
	for _, key := range slices.Sorted(maps.Keys(d.objects)) {
		rest, ok := strings.CutPrefix(key, prefix)
		if ok && (delimiter == "" || !strings.Contains(rest, delimiter)) {
			out.Contents = append(out.Contents, object{key, `"` + d.objects[key].tag + `"`, d.objects[key].Size()})
		}
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(out)
}

func (d *depositary) get(w http.ResponseWriter, r *http.Request, key string) {
	d.mu.Lock()
	o, ok := d.objects[key]
	d.reads++
	trouble := d.trouble
	d.mu.Unlock()
	if !ok {
		http.Error(w, "<Error><Code>NoSuchKey</Code></Error>", http.StatusNotFound)
		return
	}
	from, to, status := int64(0), o.Size()-1, http.StatusOK
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); err == nil && trouble != "whole" {
		status = http.StatusPartialContent
		if trouble == "another part" {
			from++
		}
		total := o.Size()
		if trouble == "another size" {
			total++
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, total))
	}
	tag := o.tag
	if trouble == "another tag" {
		tag = "tag-2"
	}
	w.Header().Set("ETag", `"`+tag+`"`)
	w.Header().Set("Content-Length", fmt.Sprint(to+1-from))
	w.WriteHeader(status)
	if trouble == "short" {
		to = (from + to) / 2
	}
	body, err := o.Open(from, to+1-from)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer body.Close()
	n, _ := io.Copy(w, body)
	d.mu.Lock()
	d.sent += n
	d.mu.Unlock()
}

// since are the reads and bytes since the last call.
func (d *depositary) since() (reads int, sent int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	reads, sent = d.reads, d.sent
	d.reads, d.sent = 0, 0
	return reads, sent
}

func (d *depositary) is(trouble string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trouble = trouble
}

func (d *depositary) put(key, tag string, s tract.Source) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.objects[key] = stored{s, tag}
}
