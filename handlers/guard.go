package handlers

import (
	"context"
	"log/slog"
	"runtime/debug"

	"ngportal/s3index"
)

// guard returns the error of f, which works on data outside of the goroutine that answers. A panic in it is a fault of
// ours, as it is in the library, and must not end the portal.
func (s *site) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			e := &s3index.PanicError{Value: p, Stack: debug.Stack()}
			s.blame(e)
			err = e
		}
	}()
	return f()
}

// blame logs a fault of ours, which whoever has met it may only see as something that could not be read.
func (s *site) blame(e *s3index.PanicError) {
	s.Log.LogAttrs(context.Background(), slog.LevelError, "panic", slog.Any("err", e), slog.String("stack", string(e.Stack)))
}
