package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// the is the demo that the tests of this package use over sockets. Only one can run in a process.
var the struct {
	portal, viewer string
	dir            string
	source         string // of the project; the S3 server changes the working directory
}

func TestMain(m *testing.M) {
	if role := os.Getenv(benchRole); role != "" {
		os.Exit(benchChild(role))
	}
	if os.Getenv(apartOptions) != "" {
		os.Exit(m.Run()) // a viewer host in a process of its own
	}
	os.Exit(withDemo(m))
}

func withDemo(m *testing.M) int {
	dir, err := os.MkdirTemp("", "ngportal-web")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	the.dir = dir
	if the.source, err = filepath.Abs(".."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	extra := filepath.Join(dir, "extra")
	if err := writeBadFiles(filepath.Join(extra, "bad")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out := &announcement{ready: make(chan struct{})}
	done := make(chan int, 1)
	getenv := func(name string) string {
		if name == "NGPORTAL_DEMO_S3_DIR" {
			return extra
		}
		return ""
	}
	go func() {
		done <- run(ctx, []string{"demo", "--dir", filepath.Join(dir, "demo"), "--port", "0", "--viewer-port", "0", "--no-browser"}, getenv, out, os.Stderr)
	}()
	select {
	case <-out.ready:
	case code := <-done:
		fmt.Fprintln(os.Stderr, "the demo ended with", code)
		return 1
	}
	the.portal, the.viewer = out.addresses[0], out.addresses[1]
	code := m.Run()
	cancel()
	if ended := <-done; ended != 0 {
		fmt.Fprintln(os.Stderr, "the demo ended with", ended)
		return 1
	}
	return code
}

// An announcement waits for what the demo prints when it is ready.
type announcement struct {
	mu        sync.Mutex
	said      bytes.Buffer
	addresses []string
	ready     chan struct{}
}

var localForm = regexp.MustCompile(`http://localhost:\d+`)

func (a *announcement) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said.Write(p)
	if a.addresses == nil {
		if found := localForm.FindAllString(a.said.String(), -1); len(found) == 2 {
			a.addresses = found
			close(a.ready)
		}
	}
	return len(p), nil
}

// writeBadFiles makes a bucket of things that are not what they seem.
func writeBadFiles(dir string) error {
	absurd := make([]byte, 1100)
	copy(absurd, "TRACK\x00")
	binary.LittleEndian.PutUint32(absurd[996:], 1000)
	binary.LittleEndian.PutUint32(absurd[992:], 2)
	binary.LittleEndian.PutUint32(absurd[988:], 1<<31-1)
	for i := range 3 {
		binary.LittleEndian.PutUint32(absurd[12+4*i:], 0x3f800000)
	}
	binary.LittleEndian.PutUint32(absurd[1000:], 1<<31-1)
	files := map[string][]byte{
		"broken.ome.zarr/.zattrs":      []byte(`{"multiscales": [`),
		"broken.ome.zarr/.zgroup":      []byte(`{"zarr_format": 2}`),
		"huge.ome.zarr/.zattrs":        bytes.Repeat([]byte(" "), 50<<20),
		"empty.trk":                    nil,
		"short.trk":                    []byte("TRACK\x00 and no more"),
		"absurd.trk":                   absurd,
		"notes.txt":                    []byte("hello"),
		"container.n5/attributes.json": []byte(`{"n5":"2.5.0"}`),
		"container.n5/s/x":             []byte("x"),
		"bare.zarr/inside/.zarray":     []byte("{}"),
		"plate.ome.zarr/.zattrs":       []byte(`{"plate":{"rows":[]}}`),
		"plate.ome.zarr/A/1/.zattrs":   []byte(`{"well":{}}`),
		"group.zarr/.zgroup":           []byte(`{"zarr_format": 2}`),
		"group.zarr/inside/a.txt":      []byte("x"),
		"many/evil/index.html":         []byte("<script>document.title='owned'</script>"),
		"placed/info":                  []byte(`{"@type":"neuroglancer_multiscale_volume","type":"image","data_type":"uint8","num_channels":1,"scales":[{"key":"1","size":[4,4,4],"resolution":[1000,1000,1000],"voxel_offset":[0,0,0],"chunk_sizes":[[4,4,4]],"encoding":"raw"}]}`),
		"a folder/with#odd?/x+y.txt":   []byte("odd"),
	}
	for name, data := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// A visitor is a person with a browser that runs no scripts.
type visitor struct {
	t      *testing.T
	client *http.Client
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, &http.Client{
		Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// A page is an answer.
type page struct {
	url    string
	code   int
	header http.Header
	body   string
	doc    *html.Node // of HTML
}

func (v *visitor) send(req *http.Request) page {
	v.t.Helper()
	res, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	p := page{req.URL.String(), res.StatusCode, res.Header, string(body), nil}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		if p.doc, err = html.Parse(bytes.NewReader(body)); err != nil {
			v.t.Fatal(err)
		}
	}
	return p
}

func (v *visitor) get(address string) page {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, absolute(the.portal, address), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.send(req)
}

func (v *visitor) post(address string, form url.Values) page {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, absolute(the.portal, address), strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.send(req)
}

func absolute(base, address string) string {
	if strings.HasPrefix(address, "/") {
		return base + address
	}
	return address
}

// follow goes where redirects lead, as far as the portal's pages go.
func (v *visitor) follow(p page) page {
	v.t.Helper()
	for range 10 {
		if p.code < 300 || p.code > 399 {
			return p
		}
		u, err := url.Parse(p.url)
		if err != nil {
			v.t.Fatal(err)
		}
		next, err := u.Parse(p.header.Get("Location"))
		if err != nil {
			v.t.Fatal(err)
		}
		p = v.get(next.String())
	}
	v.t.Fatalf("%s redirects for ever", p.url)
	return p
}

// signIn signs in as a person of the demo, and returns the page that wanted it.
func signIn(t *testing.T, who string) *visitor {
	t.Helper()
	v := newVisitor(t)
	v.pickAt(v.follow(v.get("/login")), who)
	return v
}

// pickAt presses a person's button on the provider's page.
func (v *visitor) pickAt(choice page, who string) page {
	v.t.Helper()
	for _, form := range all(choice.doc, "form") {
		for _, button := range all(form, "button") {
			if text(button) != who {
				continue
			}
			values := url.Values{attr(button, "name"): {attr(button, "value")}}
			for _, in := range all(form, "input") {
				values.Set(attr(in, "name"), attr(in, "value"))
			}
			return v.follow(v.post(attr(form, "action"), values))
		}
	}
	v.t.Fatalf("%s has no button %s:\n%.2000s", choice.url, who, choice.body)
	return page{}
}

func all(n *html.Node, selector string) []*html.Node {
	if n == nil {
		return nil
	}
	return cascadia.QueryAll(n, cascadia.MustCompile(selector))
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// heading is the page's h1.
func (p page) heading() string {
	for _, h := range all(p.doc, "h1") {
		return text(h)
	}
	return ""
}

// texts are the texts of what a selector finds.
func (p page) texts(selector string) []string {
	var out []string
	for _, n := range all(p.doc, selector) {
		out = append(out, text(n))
	}
	return out
}
