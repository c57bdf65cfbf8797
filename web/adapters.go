package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/edge"
	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/tract"
	"ngportal/volume"
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

// tracts gives the edge the skeletons that the library draws, and the names of labels that it finds.
type tracts struct{ library *s3index.Library }

// ServeTract is [edge.Tracts].
func (t tracts) ServeTract(w http.ResponseWriter, r *http.Request, loc access.Location, path, what string) error {
	if what == "info" { // the same for all tractograms
		sendJSON(w, r, tract.SkeletonInfo())
		return nil
	}
	if what == "names/info" {
		return t.serveNames(w, r, loc, path)
	}
	k, version, err := t.library.Skeleton(r.Context(), loc, path)
	if errors.Is(err, tract.ErrInvalid) || errors.Is(err, errors.ErrUnsupported) {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return nil
	}
	if err != nil {
		return err
	}
	if what == "prop/info" {
		sendJSON(w, r, tract.SegmentProperties(ngstate.LayerName(path), k.Streamlines))
		return nil
	}
	h := w.Header()
	h.Set("ETag", `"`+strings.Map(tagChar, version)+`-skeleton"`)
	h.Set("Content-Type", "application/octet-stream")
	if strings.Contains(r.Header.Get("If-None-Match"), h.Get("ETag")) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Length", strconv.FormatInt(k.Size(), 10))
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	_, err = k.WriteTo(w)
	return err
}

// serveNames answers with the segment properties of a volume.
func (t tracts) serveNames(w http.ResponseWriter, r *http.Request, loc access.Location, path string) error {
	info, version, err := t.library.SegmentProperties(r.Context(), loc, path)
	if errors.Is(err, volume.ErrInvalid) {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return nil
	}
	if err != nil {
		return err
	}
	w.Header().Set("ETag", `"`+version+`-names"`)
	sendJSON(w, r, info)
	return nil
}

// tagChar keeps what may stand in an ETag.
func tagChar(c rune) rune {
	if c <= ' ' || c >= 0x7f || c == '"' {
		return '_'
	}
	return c
}

func sendJSON(w http.ResponseWriter, r *http.Request, data []byte) {
	w.Header().Set("Content-Type", "application/json")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}
