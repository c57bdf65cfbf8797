package handlers_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/s3index"
)

// rampNIfTI is a volume of 40 × 30 × 20 voxels of 1 × 1 × 2 mm in RAS+, uint16; the values grow along x from 100 to 490.
func rampNIfTI() []byte {
	const nx, ny, nz = 40, 30, 20
	b := make([]byte, 352+2*nx*ny*nz)
	for at, v := range map[int]uint16{0: 348, 40: 3, 42: nx, 44: ny, 46: nz, 70: 512, 72: 16, 254: 1} {
		binary.LittleEndian.PutUint16(b[at:], v)
	}
	for at, v := range map[int]float32{76: 1, 80: 1, 84: 1, 88: 2, 108: 352, 280: 1, 300: 1, 320: 2} {
		binary.LittleEndian.PutUint32(b[at:], math.Float32bits(v))
	}
	b[123] = 2
	copy(b[344:], "n+1\x00")
	for i := range nx * ny * nz {
		binary.LittleEndian.PutUint16(b[352+2*i:], uint16(100+10*(i%nx)))
	}
	return b
}

// pictured is a portal with a volume, what is none, and what cannot be drawn; Eve may see nothing of it.
func pictured(t *testing.T) (ada, eve *browser) {
	t.Helper()
	put(t, "lab/loc-pictures/sub-I58_sample-brain_T1w.nii", rampNIfTI())
	put(t, "lab/loc-pictures/notes.txt", []byte("text"))
	put(t, "lab/loc-pictures/broken.nii", []byte("no NIfTI"))
	put(t, "lab/loc-pictures/tracts.trk", []byte("no tracts"))
	put(t, "lab/loc-pictures/deep/a", []byte("12345"))
	put(t, "lab/loc-pictures/deep/b/c", []byte("123"))
	p := startPortal(t, nil, s3index.NewBucket("lab", s3index.NewClient(server.Config(), server.Endpoint, true)))
	p.seed(lab("pictures", []string{"ada@example.org"}, "loc-pictures"))
	return p.signIn("ada@example.org"), p.signIn("eve@example.org")
}

const ramp = "/pictures/sub-I58_sample-brain_T1w.nii"

func TestPictureAnswers(t *testing.T) {
	ada, eve := pictured(t)
	nobody := ada.portal.nobody()
	tests := map[string]struct {
		as   *browser
		path string
		code int
		says string
	}{
		"a section":                       {ada, "/preview" + ramp + "?plane=coronal", 200, ""},
		"without a plane it is axial":     {ada, "/preview" + ramp, 200, ""},
		"a thumbnail":                     {ada, "/thumbnail" + ramp, 200, ""},
		"no such plane":                   {ada, "/preview" + ramp + "?plane=oblique", 400, "The plane is \"oblique\", which is none."},
		"a contrast of words":             {ada, "/preview" + ramp + "?low=dark", 400, "The contrast is \"dark\", which is none."},
		"a contrast without end":          {ada, "/preview" + ramp + "?high=Inf", 400, "The contrast is \"Inf\", which is none."},
		"a contrast that is no number":    {ada, "/preview" + ramp + "?low=NaN", 400, "The contrast is \"NaN\", which is none."},
		"a channel below zero":            {ada, "/preview" + ramp + "?ch=-1", 400, "The channel is \"-1\", which is none."},
		"no size":                         {ada, "/preview" + ramp + "?size=0", 400, "The size is \"0\", which is none."},
		"more contrasts than channels":    {ada, "/preview" + ramp + "?" + strings.Repeat("low=1&", 9), 400, "The contrast is \"many\", which is none."},
		"the page says it, too":           {ada, "/asset" + ramp + "?low=dark", 400, "The contrast is &#34;dark&#34;, which is none."},
		"nothing is there":                {ada, "/preview/pictures/none.nii", 404, "There is no such folder or file."},
		"nothing is there, small":         {ada, "/thumbnail/pictures/none.nii", 404, "There is no such folder or file."},
		"a text":                          {ada, "/preview/pictures/notes.txt", 422, "There is nothing to draw."},
		"a text, small":                   {ada, "/thumbnail/pictures/notes.txt", 204, ""},
		"a broken volume":                 {ada, "/preview/pictures/broken.nii", 422, "There is nothing to draw."},
		"a broken volume, small":          {ada, "/thumbnail/pictures/broken.nii", 204, ""},
		"streamlines, small":              {ada, "/thumbnail/pictures/tracts.trk", 204, ""},
		"who may not see it":              {eve, "/preview" + ramp, 404, ""},
		"who may not see it, small":       {eve, "/thumbnail" + ramp, 404, ""},
		"who may not see it, counted":     {eve, "/measure/pictures/deep/", 404, ""},
		"who has not signed in":           {nobody, "/preview" + ramp, 401, "You are signed out."},
		"who has not signed in, small":    {nobody, "/thumbnail" + ramp, 401, "You are signed out."},
		"a file is not counted":           {ada, "/measure" + ramp, 400, "The folder is \"sub-I58_sample-brain_T1w.nii\", which is none."},
		"leads out of the location":       {ada, "/preview/pictures/a/%2e%2e/%2e%2e/x", 400, ""},
		"an unknown dataset looks hidden": {eve, "/thumbnail/none/x.nii", 404, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := tt.as.get(tt.path)
			if a.code != tt.code || !strings.Contains(a.body, tt.says) {
				t.Errorf("GET %s = %d %.200q, want %d with %q", tt.path, a.code, a.body, tt.code, tt.says)
			}
			if strings.HasPrefix(tt.path, "/asset") {
				return
			}
			if png := a.header.Get("Content-Type") == "image/png"; png != (tt.code == 200) {
				t.Errorf("GET %s is %s", tt.path, a.header.Get("Content-Type"))
			}
			if strings.Contains(a.body, "<html") {
				t.Errorf("GET %s is a page", tt.path)
			}
		})
	}
}

func decodePNG(t *testing.T, a answer) image.Image {
	t.Helper()
	img, err := png.Decode(strings.NewReader(a.body))
	if err != nil {
		t.Fatalf("%d %v: %.100q", a.code, err, a.body)
	}
	return img
}

// TestPictures looks at pixels: the volume is brighter toward the subject's right, which radiologists have on the left.
func TestPictures(t *testing.T) {
	ada, _ := pictured(t)
	gray := func(img image.Image, x, y int) uint32 {
		r, _, _, _ := img.At(x, y).RGBA()
		return r >> 8
	}
	tests := map[string]struct {
		query         string
		width, height int
		left, right   uint32 // gray near the edges, halfway up
	}{
		"axial":                  {"plane=axial", 296, 222, 255, 0},
		"coronal":                {"plane=coronal", 296, 296, 255, 0},
		"sagittal is all alike":  {"plane=sagittal&low=95&high=495", 222, 296, 127, 127},
		"a narrow contrast":      {"plane=axial&low=200&high=210", 296, 222, 255, 0},
		"far too dark":           {"plane=axial&low=1000&high=2000", 296, 222, 0, 0},
		"larger than is allowed": {"plane=axial&size=100000", 512, 384, 255, 0},
		"no channel":             {"plane=axial&ch=", 296, 222, 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			img := decodePNG(t, ada.get("/preview"+ramp+"?"+tt.query))
			if b := img.Bounds(); b.Dx() != tt.width || b.Dy() != tt.height {
				t.Fatalf("%d × %d pixels, want %d × %d", b.Dx(), b.Dy(), tt.width, tt.height)
			}
			const near = 12
			left, right := gray(img, 1, tt.height/2), gray(img, tt.width-2, tt.height/2)
			if max(left, tt.left)-min(left, tt.left) > near || max(right, tt.right)-min(right, tt.right) > near {
				t.Errorf("gray %d left and %d right, want %d and %d", left, right, tt.left, tt.right)
			}
		})
	}
	if b := decodePNG(t, ada.get("/thumbnail"+ramp)).Bounds(); max(b.Dx(), b.Dy()) != 96 {
		t.Errorf("the thumbnail has %d × %d pixels", b.Dx(), b.Dy())
	}
}

// TestPicturesAreAskedFor: a browser keeps a picture, asks each time, and gets nothing once it may not see it any more.
func TestPicturesAreAskedFor(t *testing.T) {
	ada, eve := pictured(t)
	for _, path := range []string{"/preview" + ramp, "/thumbnail" + ramp} {
		first := ada.get(path)
		tag := first.header.Get("ETag")
		if first.code != http.StatusOK || tag == "" || first.header.Get("Cache-Control") != "private, no-cache" {
			t.Fatalf("GET %s = %d, ETag %q, %q", path, first.code, tag, first.header.Get("Cache-Control"))
		}
		again := func(b *browser) int {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.portal.address+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("If-None-Match", tag)
			for _, c := range b.jar {
				req.AddCookie(c)
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			return res.StatusCode
		}
		if code := again(ada); code != http.StatusNotModified {
			t.Errorf("GET %s again = %d, want 304", path, code)
		}
		if code := again(eve); code != http.StatusNotFound {
			t.Errorf("GET %s again as who may not = %d, want 404", path, code)
		}
	}
	before := ada.get("/preview" + ramp).header.Get("ETag")
	changed := bytes.Clone(rampNIfTI())
	for i := 352; i < len(changed); i += 2 * 40 { // a dark edge
		changed[i], changed[i+1] = 0, 0
	}
	put(t, "lab/loc-pictures/sub-I58_sample-brain_T1w.nii", changed)
	later := time.Now().Add(time.Hour) // the storage's own times are of whole seconds
	if err := os.Chtimes(filepath.Join(root, "lab", "loc-pictures", "sub-I58_sample-brain_T1w.nii"), later, later); err != nil {
		t.Fatal(err)
	}
	if after := ada.get("/preview" + ramp).header.Get("ETag"); after == before {
		t.Error("another volume has the ETag of the one before")
	}
	put(t, "lab/loc-pictures/sub-I58_sample-brain_T1w.nii", rampNIfTI())
}

// TestLabelPictures: labels have the colors of the table beside them, and no contrast to choose.
func TestLabelPictures(t *testing.T) {
	ada, _ := pictured(t)
	labels := rampNIfTI()
	binary.LittleEndian.PutUint16(labels[68:], 1002) // NIFTI_INTENT_LABEL
	for i := 352; i < len(labels); i += 2 {
		labels[i], labels[i+1] = 7, 0
	}
	put(t, "lab/loc-pictures/sub-I58_sample-brain_dseg.nii", labels)
	put(t, "lab/loc-pictures/sub-I58_sample-brain_dseg.tsv", []byte("index\tname\tcolor\n7\tcortex\t#336699\n"))
	const path = "/pictures/sub-I58_sample-brain_dseg.nii"
	img := decodePNG(t, ada.get("/preview"+path))
	r, g, b, _ := img.At(148, 111).RGBA()
	if r>>8 != 0x33 || g>>8 != 0x66 || b>>8 != 0x99 {
		t.Errorf("the label is drawn %02x%02x%02x, want 336699", r>>8, g>>8, b>>8)
	}
	page := ada.get("/asset" + path)
	if n := len(page.nodes(".planes img")); n != 3 || len(page.nodes(".looks")) != 0 {
		t.Errorf("%d sections and %d forms, want 3 and none", n, len(page.nodes(".looks")))
	}
	if got := page.all(".sheet td"); !slices.Equal(got, []string{"7", "cortex", "#336699"}) {
		t.Errorf("the table beside it has %q", got)
	}
}
