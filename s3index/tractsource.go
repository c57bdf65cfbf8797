package s3index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"ngportal/tract"
)

// A tractSource is an object that is read in parts, all of the version that was found first. It implements [tract.Source].
type tractSource struct {
	ctx    context.Context //nolint:containedctx // how long it may be read; [tract.Source] knows none
	bucket *Bucket
	object Object
}

// Size is that of the object.
func (s *tractSource) Size() int64 { return s.object.Size }

// Open is [tract.Source]. Its error is a [*StorageError] or wraps [tract.ErrChanged].
func (s *tractSource) Open(off, n int64) (io.ReadCloser, error) {
	if off < 0 || n < 0 || off > s.object.Size-n {
		return nil, fmt.Errorf("read %d bytes at %d of %d: %w", n, off, s.object.Size, io.ErrUnexpectedEOF)
	}
	if n == 0 {
		return io.NopCloser(strings.NewReader("")), nil
	}
	want := Get{}
	if n < s.object.Size {
		want.Range = fmt.Sprintf("bytes=%d-%d", off, off+n-1)
	}
	body, err := s.bucket.Open(s.ctx, s.object.Key, want)
	if isRange(err) {
		return nil, s.changed()
	}
	if err != nil {
		return nil, err
	}
	if err = s.check(body, off, n); err != nil {
		body.Close()
		return nil, err
	}
	return &tractPart{Body: body, source: s, left: n}, nil
}

func (s *tractSource) changed() error { return s.bucket.fail("read", s.object.Key, tract.ErrChanged) }

// check holds an answer against what was asked for.
func (s *tractSource) check(body *Body, off, n int64) error {
	same := body.Modified.IsZero() || s.object.Modified.IsZero() || body.Modified.Unix() == s.object.Modified.Unix()
	if here, there := plainTag(s.object.ETag), plainTag(body.ETag); here != "" && there != "" {
		same = here == there
	}
	if !same {
		return s.changed()
	}
	if n == s.object.Size {
		if body.ContentRange == "" && body.Size >= 0 && body.Size != n {
			return s.changed()
		}
		return nil
	}
	if body.ContentRange == "" {
		return s.bucket.fail("read", s.object.Key, errors.New("storage sends the whole object where a part was asked for"))
	}
	from, to, total, ok := parseContentRange(body.ContentRange)
	switch {
	case ok && total >= 0 && total != s.object.Size:
		return s.changed()
	case !ok || from != off || to != off+n-1 || body.Size >= 0 && body.Size != n:
		return s.bucket.fail("read", s.object.Key, errors.New("storage sends another part than the one that was asked for"))
	}
	return nil
}

func plainTag(tag string) string { return strings.Trim(strings.TrimPrefix(tag, "W/"), `"`) }

// parseContentRange reads "bytes 0-9/100"; the total is -1 where it is "*".
func parseContentRange(s string) (from, to, total int64, ok bool) {
	s, ok = strings.CutPrefix(s, "bytes ")
	span, of, ok2 := strings.Cut(s, "/")
	first, last, ok3 := strings.Cut(span, "-")
	if !ok || !ok2 || !ok3 {
		return 0, 0, 0, false
	}
	var err [3]error
	from, err[0] = strconv.ParseInt(first, 10, 64)
	to, err[1] = strconv.ParseInt(last, 10, 64)
	if total = -1; of != "*" {
		total, err[2] = strconv.ParseInt(of, 10, 64)
	}
	return from, to, total, errors.Join(err[:]...) == nil
}

// A tractPart gives exactly the bytes that were asked for, or an error.
type tractPart struct {
	*Body
	source *tractSource
	left   int64
}

// Read is [io.Reader].
func (p *tractPart) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	n, err := p.Body.Read(b[:min(int64(len(b)), p.left)])
	p.left -= int64(n)
	switch {
	case p.left == 0:
		err = nil
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		err = p.source.bucket.fail("read", p.source.object.Key, err)
	}
	return n, err
}
