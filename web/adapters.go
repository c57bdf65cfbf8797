package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"ngportal/edge"
	"ngportal/s3index"
)

// objects gives the edge the buckets.
type objects map[string]*s3index.Bucket

// Open is [edge.Objects].
func (o objects) Open(ctx context.Context, bucket, key string, w edge.Want) (*edge.Object, error) {
	b := o[bucket]
	if b == nil {
		return nil, fmt.Errorf("bucket %q is not configured: %w", bucket, fs.ErrNotExist)
	}
	body, err := b.Open(ctx, key, s3index.Get{
		HeadOnly: w.HeadOnly, Range: w.Range, IfNoneMatch: w.IfNoneMatch, IfModifiedSince: w.IfModifiedSince,
	})
	if same, ok := errors.AsType[*s3index.NotModifiedError](err); ok {
		return &edge.Object{NotModified: true, ETag: same.ETag, LastModified: same.Modified}, nil
	}
	if outside, ok := errors.AsType[*s3index.RangeError](err); ok {
		return nil, &edge.RangeError{Total: totalOf(outside.ContentRange)}
	}
	if err != nil {
		return nil, err
	}
	out := &edge.Object{
		Size: body.Size, ContentRange: body.ContentRange, ETag: body.ETag, LastModified: body.Modified,
		ContentType: body.ContentType, ContentEncoding: body.ContentEncoding,
	}
	if w.HeadOnly {
		return out, body.Close()
	}
	out.Body = body
	return out, nil
}

// totalOf reads the size of an object out of "bytes */100"; it is -1 if it does not say.
func totalOf(contentRange string) int64 {
	text, _ := strings.CutPrefix(contentRange, "bytes */")
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return n
	}
	return -1
}
