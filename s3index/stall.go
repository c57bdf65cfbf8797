package s3index

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// A stallReader ends a body that gives nothing for a while, by canceling its request.
type stallReader struct {
	body    io.ReadCloser
	limit   time.Duration
	timer   *time.Timer
	cancel  func()
	stalled atomic.Bool
}

var errStalled = errors.New("no data arrived in time")

func newStallReader(body io.ReadCloser, limit time.Duration, cancel func()) *stallReader {
	s := &stallReader{body: body, limit: limit, cancel: cancel}
	s.timer = time.AfterFunc(limit, func() {
		s.stalled.Store(true)
		cancel()
	})
	// The clock runs only while a read waits: a slow client is not storage's fault.
	s.timer.Stop()
	return s
}

func (s *stallReader) Read(p []byte) (int, error) {
	s.timer.Reset(s.limit)
	n, err := s.body.Read(p)
	s.timer.Stop()
	if err != nil && !errors.Is(err, io.EOF) && s.stalled.Load() {
		err = fmt.Errorf("%w: %w after %v: %w", ErrUnwell, errStalled, s.limit, err)
	}
	return n, err
}

func (s *stallReader) Close() error {
	s.timer.Stop()
	s.cancel()
	return s.body.Close()
}
