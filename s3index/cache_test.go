package s3index

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
)

// TestLeaderWhoLeaves: who asked first goes away; the other, who waits for the same, must get it whole.
func TestLeaderWhoLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, release := newCache(100), make(chan struct{})
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
	c, loaded := newCache(20), map[string]int{}
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
