package handlers_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/store"
)

// rows is how many rows a page of a folder has.
const rows = 200

// BenchmarkFolder lists a page of 200 rows through the portal, over a socket, signed in, with policy,
// tray, tree and HTML, and beside it makes the bare call of the SDK for the same 200 keys from the same
// server. portal/SDK is how many times longer the portal takes.
func BenchmarkFolder(b *testing.B) {
	putTiles(b)
	client := s3index.NewClient(server.Config(), server.Endpoint, true)
	page := newReader(b, client)
	bare := func() {
		out, err := client.ListObjectsV2(b.Context(), &s3.ListObjectsV2Input{
			Bucket: aws.String("bench"), Prefix: aws.String("a/tiles/"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(rows),
		})
		if err != nil || len(out.Contents) != rows {
			b.Fatalf("ListObjectsV2: %v", err)
		}
	}
	for range 20 { // connections, caches
		page()
		bare()
	}
	var ours, theirs time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		page()
		between := time.Now()
		bare()
		ours, theirs = ours+between.Sub(start), theirs+time.Since(between)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "portal/SDK")
	b.ReportMetric(float64(b.N)/ours.Seconds(), "folders/s")
	b.ReportMetric(float64(theirs.Microseconds())/float64(b.N), "SDK-µs/op")
}

// putTiles makes a folder of 2,500 small objects.
func putTiles(b *testing.B) {
	b.Helper()
	for i := range 2500 {
		put(b, fmt.Sprintf("bench/a/tiles/sub-I58_sample-hemi_chunk-%04d_XPCT.json", i), []byte("{}"))
	}
}

// newReader returns a function that reads the folder's page as somebody who has signed in.
func newReader(b *testing.B, client *s3.Client) (page func()) {
	b.Helper()
	p := startPortal(b, nil, s3index.NewBucket("bench", client))
	p.seed(store.SeedDataset{
		Dataset: access.Dataset{Name: "set", Locations: []access.Location{{ID: "loc-1", Bucket: "bench", Prefix: "a/"}}},
		Viewers: []string{"*"},
	})
	jar := p.signIn("ben@example.org").jar
	return func() { readPage(b, p.address+"/browse/set/tiles/", jar) }
}

func readPage(b *testing.B, address string, cookies []*http.Cookie) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip") // as browsers do; what they unpack is not the portal's time
	for _, c := range cookies {
		req.AddCookie(c)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	if n, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK || n < 3000 {
		b.Fatalf("GET %s = %d with %d bytes, %v", address, res.StatusCode, n, err)
	}
}
