package s3index

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"ngportal/access"
)

// disk is storage in memory that holds one zarr array, a/, of 4 × 4 × 4 bytes in one chunk.
type disk struct {
	objects map[string][]byte
	reads   int // of the chunk
}

func (d *disk) ListObjectsV2(_ context.Context, in *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	out := &s3.ListObjectsV2Output{}
	for key := range d.objects {
		if strings.HasPrefix(key, *in.Prefix) {
			out.Contents = append(out.Contents, types.Object{Key: &key})
		}
	}
	return out, nil
}

func (d *disk) send(_ context.Context, _, target string, _ []field) (head, io.ReadCloser, error) {
	if strings.HasSuffix(target, "/0.0.0") {
		d.reads++
	}
	data, ok := d.objects[strings.TrimPrefix(target, "/")]
	if !ok {
		return head{status: http.StatusNotFound}, io.NopCloser(strings.NewReader("")), nil
	}
	return head{status: http.StatusOK, length: int64(len(data))}, io.NopCloser(bytes.NewReader(data)), nil
}

// TestChunksAreReadAgain: metadata do not tell when chunks are written, so that what was found in these expires; soon where
// none was there.
func TestChunksAreReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{objects: map[string][]byte{"a.zarr/.zarray": []byte(`{"zarr_format":2,"shape":[4,4,4],"chunks":[4,4,4],"dtype":"|u1",
			"compressor":null,"fill_value":0,"order":"C","filters":null}`)}}
		b := &Bucket{name: "b", api: d, raw: reader{sender: d, path: "/"}}
		l := NewLibrary([]*Bucket{b})
		defer l.Close()
		look := func(want byte, reads int) {
			t.Helper()
			before := d.reads
			a, err := l.lookAt(t.Context(), b, access.Location{}, access.Ref{Path: "a.zarr/"})
			if err != nil || a.Volume == nil {
				t.Fatalf("%+v, %v", a, err)
			}
			stats, err := l.contrast(t.Context(), a)
			if err != nil || len(stats) != 1 || stats[0].Max != float64(want) {
				t.Errorf("statistics %+v, %v, want up to %d", stats, err, want)
			}
			if _, err = l.thumbnail(t.Context(), b, access.Location{}, a.Ref); err != nil {
				t.Error(err)
			}
			if n := d.reads - before; n != reads {
				t.Errorf("the chunk was read %d times, want %d", n, reads)
			}
		}
		write := func(v byte) { d.objects["a.zarr/0.0.0"] = bytes.Repeat([]byte{v}, 64) }
		look(0, 2)
		look(0, 0)
		write(7)
		time.Sleep(emptyKept)
		look(7, 2)
		write(9)
		time.Sleep(chunksKept - time.Second)
		look(7, 0)
		time.Sleep(time.Second)
		look(9, 2)
	})
}
