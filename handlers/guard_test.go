package handlers

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"ngportal/s3index"
	"ngportal/store"
	"ngportal/volume"
)

// TestGuard: a panic on somebody's data is a fault of ours, and is logged once, with where it was.
func TestGuard(t *testing.T) {
	var log bytes.Buffer
	s := newSite(Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	err := s.guard(func() error { panic(volume.ErrInvalid) })
	if _, ok := errors.AsType[*s3index.PanicError](err); !ok {
		t.Fatalf("%v, want a panic", err)
	}
	for what, u := range map[string]*userError{"alone": explain(err), "of an item": explain(about(store.Item{}, err))} {
		if u.code != 500 || !strings.Contains(u.what, "fault of the portal") || strings.Contains(u.what, "panic") {
			t.Errorf("%s it is answered with %d %q", what, u.code, u.what)
		}
	}
	if n := strings.Count(log.String(), "TestGuard"); n == 0 || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("the log has %s", log.String())
	}
	if strings.Contains(err.Error(), "goroutine") {
		t.Error("the stack is in the text too")
	}
	if err = s.guard(func() error { return volume.ErrInvalid }); !errors.Is(err, volume.ErrInvalid) {
		t.Errorf("without a panic: %v", err)
	}
}
