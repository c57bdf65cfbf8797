package s3index_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"ngportal/internal/s3test"
	"ngportal/s3index"
	"ngportal/web/s3server"
)

// server is the one S3 server of this test binary; root is the directory it serves.
var (
	server *s3server.Server
	root   string
)

func TestMain(m *testing.M) {
	os.Exit(s3test.Main(m, func(s *s3server.Server, dir string) { server, root = s, dir }))
}

// put makes a bucket of objects, by name and content.
func put(t *testing.T, bucket string, objects map[string]string) *s3index.Bucket {
	t.Helper()
	for key, content := range objects {
		file := filepath.Join(root, bucket, filepath.FromSlash(key))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return s3index.NewBucket(bucket, s3index.NewClient(server.Config(), server.Endpoint, true))
}

// oddNames are names that break programs which mix up names, URLs and HTML.
var oddNames = []string{
	"a b+c&d%2F=;", `"quoted" 'name'`, "[1]{2}(3)!", "ü", "<script>alert(1)<script>", "#1 @home?", "%25", "~", "🧠", "dot.",
}

func TestListWalksAllPages(t *testing.T) {
	objects := map[string]string{"other/x": ""}
	want := []string{}
	for i, n := range oddNames {
		key := "d/" + n
		if i%2 == 1 {
			key += "/child"
			want = append(want, "d/"+n+"/")
		} else {
			want = append(want, key)
		}
		objects[key] = "x"
	}
	b := put(t, "walk", objects)
	for _, size := range []int32{1, 2, 3, 1000} {
		var got []string
		token := ""
		for range len(want) + 1 {
			l, err := b.List(t.Context(), "d/", token, size)
			if err != nil {
				t.Fatalf("List(d/, %q, %d): %v", token, size, err)
			}
			got = append(got, l.Folders...)
			for _, o := range l.Objects {
				got = append(got, o.Key)
			}
			if token = l.Next; token == "" {
				break
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d:\n got %q\nwant %q", size, got, want)
		}
	}
}

func TestOpen(t *testing.T) {
	b := put(t, "open", map[string]string{"k (1)+ü.txt": "0123456789"})
	tests := map[string]struct {
		key       string
		get       s3index.Get
		want      string
		wantRange string
		wantErr   error
	}{
		"whole":             {key: "k (1)+ü.txt", want: "0123456789"},
		"a range":           {key: "k (1)+ü.txt", get: s3index.Get{Range: "bytes=2-4"}, want: "234", wantRange: "bytes 2-4/10"},
		"head":              {key: "k (1)+ü.txt", get: s3index.Get{HeadOnly: true}, want: ""},
		"not there":         {key: "k", wantErr: fs.ErrNotExist},
		"not there by head": {key: "k", get: s3index.Get{HeadOnly: true}, wantErr: fs.ErrNotExist},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			body, err := b.Open(t.Context(), tt.key, tt.get)
			if tt.wantErr != nil {
				if !errors.Is(err, tt.wantErr) {
					t.Fatalf("Open(%q, %+v) error = %v, want %v", tt.key, tt.get, err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer body.Close()
			got, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want || body.ContentRange != tt.wantRange {
				t.Errorf("Open(%q, %+v) = %q, %q, want %q, %q", tt.key, tt.get, got, body.ContentRange, tt.want, tt.wantRange)
			}
		})
	}
}

func TestReadFileRefusesLargeFiles(t *testing.T) {
	b := put(t, "large", map[string]string{"f": "0123456789"})
	if _, err := b.ReadFile(t.Context(), "f", 9); !errors.Is(err, s3index.ErrTooLarge) {
		t.Errorf("ReadFile of 10 bytes with limit 9: error = %v, want ErrTooLarge", err)
	}
	if got, err := b.ReadFile(t.Context(), "f", 10); err != nil || string(got) != "0123456789" {
		t.Errorf("ReadFile = %q, %v", got, err)
	}
}

// TestOutcomes keeps "not there", "not allowed" and "unwell" apart.
func TestOutcomes(t *testing.T) {
	put(t, "there", map[string]string{"f": "x"})
	wrong := server.Config()
	wrong.Credentials = credentials.NewStaticCredentialsProvider("nobody", "wrong", "")
	denying := answer(t, http.StatusForbidden, "<Error><Code>AccessDenied</Code></Error>")
	slow := answer(t, http.StatusServiceUnavailable, "<Error><Code>SlowDown</Code><RequestId>R1</RequestId></Error>")
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()

	tests := map[string]struct {
		cfg      aws.Config
		endpoint string
		bucket   string
		want     error
	}{
		"no such object": {server.Config(), server.Endpoint, "there", fs.ErrNotExist},
		"no such bucket": {server.Config(), server.Endpoint, "absent", s3index.ErrUnwell},
		"unknown key":    {wrong, server.Endpoint, "there", s3index.ErrUnwell}, // a fault of the configuration
		"access denied":  {server.Config(), denying.URL, "there", fs.ErrPermission},
		"slow down":      {server.Config(), slow.URL, "there", s3index.ErrUnwell},
		"nobody listens": {server.Config(), dead.URL, "there", s3index.ErrUnwell},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := s3index.NewBucket(tt.bucket, s3index.NewClient(tt.cfg, tt.endpoint, true))
			_, err := b.ReadFile(t.Context(), "nothing", 10)
			for _, kind := range []error{fs.ErrNotExist, fs.ErrPermission, s3index.ErrUnwell} {
				if got, want := errors.Is(err, kind), errors.Is(tt.want, kind); got != want {
					t.Errorf("error is %q: %t, want %t: %v", kind, got, want, err)
				}
			}
		})
	}
}

func TestUnwellNamesTheRequest(t *testing.T) {
	srv := answer(t, http.StatusInternalServerError, "<Error><Code>InternalError</Code></Error>")
	b := s3index.NewBucket("b", s3index.NewClient(server.Config(), srv.URL, true))
	_, err := b.List(t.Context(), "", "", 10)
	se, ok := errors.AsType[*s3index.StorageError](err)
	if !ok || se.RequestID != "REQ-1" {
		t.Errorf("List error = %#v, want a StorageError of request REQ-1", err)
	}
}

// answer is a storage that says the same to everything.
func answer(t *testing.T, status int, body string) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amz-Request-Id", "REQ-1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestHangingStorageEnds(t *testing.T) {
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer srv.Close()
	defer close(release)
	b := s3index.NewBucket("b", s3index.NewClient(server.Config(), srv.URL, true))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := b.List(ctx, "", "", 10)
	if !errors.Is(err, s3index.ErrUnwell) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("List of hanging storage: error = %v, want ErrUnwell and DeadlineExceeded", err)
	}
}

func TestKindOfName(t *testing.T) {
	tests := map[string]s3index.Kind{
		"a.ome.zarr/": s3index.Zarr, "A.ZARR/": s3index.Zarr, "x.nii.zarr/": s3index.Zarr, "x.zarr": "",
		"b.n5/": s3index.N5, "c.nii": s3index.NIfTI, "c.NII.GZ": s3index.NIfTI, "c.mgh": s3index.MGH, "c.MGZ": s3index.MGH, "c.gz": "",
		"t.trk": s3index.TRK, "t.tck": s3index.TCK, "t.trx": s3index.TRX, "t.trk/": "", "info": "",
		"t.trx/": s3index.TRX, "t.trk.gz": s3index.TRK, "t.TT.gz": s3index.TT, "t.vtk": s3index.VTK, "t.tck.gz": "", "t.vtk/": "",
	}
	for name, want := range tests {
		if got := s3index.KindOfName(name); got != want {
			t.Errorf("KindOfName(%q) = %q, want %q", name, got, want)
		}
	}
}
