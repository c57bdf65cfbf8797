package s3index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ngportal/volume"
)

// TestLeaderWhoLeaves: who asked first goes away; the other, who waits for the same, must get it whole.
func TestLeaderWhoLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, release := newCache(100, loads, &faults{}), make(chan struct{})
		load := func(ctx context.Context) (string, int64, error) {
			<-release
			return "found", 1, ctx.Err()
		}
		leader, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			_, err := remember(leader, c, "k", load)
			left <- err
		}()
		synctest.Wait()
		got := make(chan string, 1)
		go func() {
			v, err := remember(t.Context(), c, "k", load)
			got <- fmt.Sprint(v, err)
		}()
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v, want Canceled at once", err)
		}
		close(release)
		if v := <-got; v != "found<nil>" {
			t.Errorf("who stayed got %s, want found", v)
		}
	})
}

// TestCacheForgets the least recently used first, and errors at once.
func TestCacheForgets(t *testing.T) {
	c, loaded := newCache(20, loads, &faults{}), map[string]int{}
	get := func(key string, err error) {
		_, got := remember(t.Context(), c, key, func(context.Context) (string, int64, error) {
			loaded[key]++
			return key, 10, err
		})
		if !errors.Is(got, err) {
			t.Errorf("%s: error = %v, want %v", key, got, err)
		}
	}
	bad := errors.New("bad")
	for _, key := range []string{"a", "b", "a", "c", "a", "b"} {
		get(key, nil)
	}
	get("e", bad)
	get("e", bad)
	for key, want := range map[string]int{"a": 1, "b": 2, "c": 1, "e": 2} {
		if loaded[key] != want {
			t.Errorf("%s was loaded %d times, want %d", key, loaded[key], want)
		}
	}
}

// TestCacheExpires forgets what holds for a time only, and nothing else.
func TestCacheExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, loaded := newCache(100, loads, &faults{}), 0
		get := func(key string, life time.Duration) {
			_, _ = rememberFor(t.Context(), c, key, func(context.Context) (string, kept, error) {
				loaded++
				return key, kept{1, life}, nil
			})
		}
		for i, want := range []int{2, 2, 3} {
			get("a", time.Minute)
			get("b", 0)
			if loaded != want {
				t.Errorf("after %d s %d were loaded, want %d", i*59, loaded, want)
			}
			time.Sleep(59 * time.Second)
		}
		if c.used != 2 {
			t.Errorf("%d bytes are used, want 2", c.used)
		}
	})
}

// TestPanicWhileLoading is told once, and nobody waits for ever.
func TestPanicWhileLoading(t *testing.T) {
	l := NewLibrary(nil)
	var told []*PanicError
	l.OnPanic(func(e *PanicError) { told = append(told, e) })
	load := func(context.Context) (*Asset, int64, error) { panic(volume.ErrInvalid) }
	for range 2 * loads { // more than there are slots
		got, err := remember(t.Context(), l.assets, "k", load)
		if got != nil || !isPanic(err) || errors.Is(err, volume.ErrInvalid) {
			t.Fatalf("%v, %v, want a panic that is not of the data", got, err)
		}
	}
	if len(told) != 2*loads || !strings.Contains(string(told[0].Stack), "TestPanicWhileLoading") {
		t.Errorf("told of %d panics, want each once, with where it was: %s", len(told), told[0].Stack)
	}
}

// TestPanicOfTheReader: what reads chunks panics in goroutines of the decoder.
func TestPanicOfTheReader(t *testing.T) {
	shape := `"shape":[64,64,64],"chunks":[8,8,8]`
	img, err := volume.ReadZarr(func(name string) ([]byte, error) {
		if name != ".zarray" {
			return nil, fs.ErrNotExist
		}
		return []byte(`{"zarr_format":2,` + shape + `,"dtype":"|u1","compressor":null,"fill_value":0,"order":"C","filters":null}`), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	bug := func(string, int64, int64) ([]byte, error) { panic("a bug") }
	c := newCache(100, loads, &faults{})
	_, err = remember(t.Context(), c, "k", func(context.Context) ([]volume.Stats, int64, error) {
		s, failed := volume.ChunkStats(img, bug)
		return s, 0, failed
	})
	if !isPanic(err) || !strings.Contains(err.Error(), "TestPanicOfTheReader") {
		t.Errorf("%v, want the panic and where it was", err)
	}
	_, err = remember(t.Context(), c, "k", func(context.Context) (int, int64, error) {
		together(20, func(i int) { _ = []int{}[i] })
		return 0, 0, nil
	})
	if !isPanic(err) {
		t.Errorf("%v, want a panic of one of those who work together", err)
	}
}
