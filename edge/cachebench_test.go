package edge_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"ngportal/edge"
)

// A quick storage has one text for all keys.
type quick struct{ text []byte }

func (q quick) Open(_ context.Context, _, _ string, w edge.Want) (*edge.Object, error) {
	if w.IfNoneMatch != "" {
		return &edge.Object{NotModified: true}, nil
	}
	return &edge.Object{
		Body: io.NopCloser(bytes.NewReader(q.text)), Size: int64(len(q.text)),
		ETag: `"0123456789abcdef0123456789abcdef"`, ContentType: "application/octet-stream",
	}, nil
}

// BenchmarkCache measures what the cache costs beside a storage that costs nothing. Bodies are read as the edge
// reads them, 64 kB at a time.
func BenchmarkCache(b *testing.B) {
	const held = 128 // objects that are read over and over
	tests := []struct {
		name  string
		cache bool
		miss  bool // each key is new
		disk  bool
		fresh time.Duration
	}{
		{"without", false, false, false, 0},
		{"hit", true, false, false, time.Hour},
		{"hit, disk too", true, false, true, time.Hour},
		{"revalidated", true, false, false, 0},
		{"miss", true, true, false, time.Hour},
		{"miss, disk too", true, true, true, time.Hour},
	}
	for _, size := range []int{16 << 10, 1 << 20} {
		for _, tt := range tests {
			b.Run(fmt.Sprintf("%s, %d kB", tt.name, size>>10), func(b *testing.B) {
				var objects edge.Objects = quick{make([]byte, size)}
				if tt.cache {
					c := edge.CacheConfig{Memory: 256 << 20, Fresh: tt.fresh, Now: time.Now, Log: discard}
					if tt.disk {
						c.Dir, c.Disk = b.TempDir(), 1<<30
					}
					cache, err := edge.NewCache(objects, c)
					if err != nil {
						b.Fatal(err)
					}
					defer cache.Close()
					objects = cache
				}
				keys, piece := make([]string, held), make([]byte, 64<<10)
				for i := range keys {
					keys[i] = fmt.Sprintf("sub-01/volume.zarr/0/0/%d/0/0", i)
					readOnce(b, objects, keys[i], piece)
				}
				b.SetBytes(int64(size))
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					key := keys[i%held]
					if tt.miss {
						key = fmt.Sprintf("%s/%d", key, i)
					}
					readOnce(b, objects, key, piece)
				}
				b.StopTimer()
			})
		}
	}
}

func readOnce(b *testing.B, objects edge.Objects, key string, piece []byte) {
	o, err := objects.Open(b.Context(), "main", key, edge.Want{})
	if err != nil {
		b.Fatal(err)
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{o.Body}, piece)
	if err != nil || n != o.Size {
		b.Fatalf("%d of %d bytes, %v", n, o.Size, err)
	}
	o.Body.Close()
}
