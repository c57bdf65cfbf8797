package s3index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"ngportal/volume"
)

// partLimit bounds what is read of one object at once: a chunk that is decoded is no larger.
const partLimit = 64 << 20

// ranger reads parts of objects below prefix. The error wraps [volume.ErrInvalid] for a part of more than partLimit
// bytes, and else is that of [Bucket.Open]. A part that begins after the end of its object is empty.
func (b *Bucket) ranger(ctx context.Context, prefix string) volume.Ranger {
	return func(name string, offset, length int64) ([]byte, error) {
		want, most := rangeOf(offset, length)
		if most <= 0 {
			return nil, nil
		}
		own, cancel := context.WithTimeout(ctx, callTime)
		defer cancel()
		body, err := b.Open(own, prefix+name, Get{Range: want})
		if isRange(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		defer body.Close()
		if offset != 0 && body.ContentRange == "" {
			return nil, b.fail("read", prefix+name, errors.New("storage sends the whole object where a part was asked for"))
		}
		var data bytes.Buffer
		data.Grow(int(max(0, min(body.Size, most, partLimit))) + bytes.MinRead) // so that nothing is copied twice
		if _, err := data.ReadFrom(io.LimitReader(body, min(most, partLimit+1))); err != nil {
			return nil, b.fail("read", prefix+name, err)
		}
		if data.Len() > partLimit {
			return nil, fmt.Errorf("%w: %s is larger than %d MB: %w", volume.ErrInvalid, name, partLimit>>20, ErrTooLarge)
		}
		return data.Bytes(), nil
	}
}

// rangeOf is the Range header for a part of an object ("" for all of it), and how many bytes of the answer are wanted.
func rangeOf(offset, length int64) (want string, most int64) {
	if length < 0 {
		length = math.MaxInt64
	}
	switch {
	case offset < 0:
		return fmt.Sprintf("bytes=%d", offset), min(length, -offset)
	case length < math.MaxInt64 && length <= math.MaxInt64-offset:
		return fmt.Sprintf("bytes=%d-%d", offset, offset+length-1), length
	case offset == 0:
		return "", length
	}
	return fmt.Sprintf("bytes=%d-", offset), length
}
