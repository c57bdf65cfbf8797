package handlers_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"html"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/handlers"
	"ngportal/s3index"
	"ngportal/store"
)

// viewers remembers where people were sent on the viewer host.
type viewers struct{ fragment string }

func (v *viewers) Ticket(_ context.Context, _ store.Session, _ []string, fragment string) (string, error) {
	v.fragment = fragment
	return "ticket", nil
}

func (v *viewers) Opened(context.Context, store.Session) ([]string, error) {
	return []string{"loc-1"}, nil
}

// Where data lie at a host of their own, their addresses name it. Everything that the viewer host makes stays there.
func TestWhereDataLie(t *testing.T) {
	bucket := newBucket(t)
	const viewer = "https://neuroglancer.example.org"
	for name, tt := range map[string]struct{ dataURL, data string }{
		"one host":             {"", viewer},
		"one host, said twice": {viewer, viewer},
		"a sibling":            {"https://cfdist.example.org", "https://cfdist.example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			v := &viewers{}
			p := newSibling(t, bucket, v, viewer, tt.dataURL)
			volume, skeleton := tt.data+"/d/loc-1/v.zarr/", viewer+"/t/loc-1/x%20%40%20d/d/t.trk/skel/"
			for path, want := range map[string][]string{
				"/browse/set/":                 {"s3://lab/a/", tt.data + "/d/loc-1/", "s3://lab/a/v.zarr/", volume, volume + "|zarr:", "s3://lab/a/x @ d/", tt.data + "/d/loc-1/x%20%40%20d/"},
				"/browse/set/x%20@%20d/d/":     {"s3://lab/a/x @ d/d/", tt.data + "/d/loc-1/x%20%40%20d/d/", "s3://lab/a/x @ d/d/t.trk", tt.data + "/d/loc-1/x%20%40%20d/d/t.trk", skeleton + "|neuroglancer-precomputed:"},
				"/asset/set/v.zarr/":           {"s3://lab/a/v.zarr/", volume, volume + "|zarr2:"},
				"/asset/set/x%20@%20d/d/t.trk": {"s3://lab/a/x @ d/d/t.trk", tt.data + "/d/loc-1/x%20%40%20d/d/t.trk", skeleton + "|neuroglancer-precomputed:"},
				"/browse/two/":                 {"s3://lab/b/", tt.data + "/d/loc-2/", "s3://lab/c/", tt.data + "/d/loc-3/"},
			} {
				a := p.get(path)
				if got := copied(a.body); a.code != 200 || !slices.Equal(got, want) {
					t.Errorf("GET %s = %d with the addresses\n%s\nwant\n%s", path, a.code, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				if got := a.header.Get("Content-Security-Policy"); !strings.Contains(got, "form-action 'self' "+viewer+"; ") {
					t.Errorf("GET %s: %s, want forms to lead to the viewer host alone", path, got)
				}
			}
			a := p.post("/open", "asset", "set/loc-1/v.zarr/", "asset", "set/loc-1/x @ d/d/t.trk")
			if a.code != 303 || a.location() != viewer+"/_session/open?t=ticket" {
				t.Fatalf("POST /open = %d to %q, want 303 to the viewer host:\n%s", a.code, a.location(), a.body)
			}
			want := []string{volume + "|zarr2:", skeleton + "|neuroglancer-precomputed:"}
			if got := sources(t, v.fragment); !slices.Equal(got, want) {
				t.Errorf("the scene reads %q, want %q", got, want)
			}
			if a := p.post("/logout"); a.code != 303 || a.location() != viewer+"/_session/leave?l=loc-1" {
				t.Errorf("POST /logout = %d to %q, want 303 to the viewer host", a.code, a.location())
			}
		})
	}
}

// sources are the addresses that the layers of a state are read from.
func sources(t *testing.T, fragment string) (all []string) {
	t.Helper()
	text, err := url.PathUnescape(strings.TrimPrefix(fragment, "!"))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Layers []struct{ Source json.RawMessage }
	}
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, l := range state.Layers {
		all = append(all, sourceForm.FindString(string(l.Source)))
	}
	return all
}

var (
	sourceForm = regexp.MustCompile(`https://[^"]*`)
	copyForm   = regexp.MustCompile(`<code(?: class="address")?>([^<]*)</code>`) // not the code for other programs
)

// copied are the addresses that a page offers to copy.
func copied(page string) (all []string) {
	for _, m := range copyForm.FindAllStringSubmatch(page, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

// newBucket makes a volume and a tractogram.
func newBucket(t *testing.T) *s3index.Bucket {
	t.Helper()
	trk := make([]byte, 1000+4+2*12)
	copy(trk, "TRACK")
	for i := range 3 {
		binary.LittleEndian.PutUint16(trk[6+2*i:], 10)
		binary.LittleEndian.PutUint32(trk[12+4*i:], math.Float32bits(1))
		binary.LittleEndian.PutUint32(trk[440+20*i:], math.Float32bits(1))
	}
	binary.LittleEndian.PutUint32(trk[500:], math.Float32bits(1))
	copy(trk[948:], "RAS")
	binary.LittleEndian.PutUint32(trk[988:], 1)
	binary.LittleEndian.PutUint32(trk[992:], 2)
	binary.LittleEndian.PutUint32(trk[996:], 1000)
	binary.LittleEndian.PutUint32(trk[1000:], 2)
	binary.LittleEndian.PutUint32(trk[1016:], math.Float32bits(5))
	for name, data := range map[string][]byte{
		"a/v.zarr/.zarray": []byte(`{"zarr_format":2,"shape":[4,4,4],"chunks":[4,4,4],"dtype":"|u1","compressor":null,"fill_value":0,"order":"C","filters":null}`),
		"a/v.zarr/0.0.0":   make([]byte, 64),
		"a/x @ d/d/t.trk":  trk,
		"b/x":              nil,
		"c/x":              nil,
	} {
		put(t, "lab/"+name, data)
	}
	return s3index.NewBucket("lab", s3index.NewClient(server.Config(), server.Endpoint, true))
}

// newSibling is a portal, and a browser of somebody who has signed in and may see all of it.
func newSibling(t *testing.T, bucket *s3index.Bucket, v handlers.Viewers, viewerURL, dataURL string) *browser {
	t.Helper()
	p := startPortal(t, func(c *handlers.Config) { c.ViewerURL, c.DataURL, c.Viewers = viewerURL, dataURL, v }, bucket)
	p.seed(store.SeedDataset{
		Dataset: access.Dataset{Name: "set", Locations: []access.Location{{ID: "loc-1", Bucket: "lab", Prefix: "a/"}}}, Viewers: []string{"*"},
	}, store.SeedDataset{Dataset: access.Dataset{Name: "two", Locations: []access.Location{
		{ID: "loc-2", Bucket: "lab", Prefix: "b/"}, {ID: "loc-3", Bucket: "lab", Prefix: "c/"},
	}}, Viewers: []string{"*"}})
	return p.signIn("ben@example.org")
}
