package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"

	"ngportal/access"
	"ngportal/s3index"
)

const (
	mostListed  = 100     // locations that are listed
	mostOpened  = 20      // locations that are tried at the viewer host
	mostFolders = 12      // folders of a location that are searched for an object
	atOnce      = 16      // of what is asked of storage and others
	headSize    = 4 << 10 // bytes of an object that answers are compared with
	smallSize   = 64      // an object that is smaller says less

	storageTime = 25 * time.Second // for all of that
)

// A sample is an object to try with.
type sample struct {
	location access.Location
	path     string // the key without the location's prefix
	size     int64  // 0: the location has no object with anything in it
	head     []byte // the first bytes, all of them if they are few
	tail     []byte // the last ones
}

// storageReadable looks into every location as the portal does, and keeps an object of each.
func storageReadable(ctx context.Context, p *patient) finding {
	ctx, cancel := context.WithTimeout(ctx, storageTime)
	defer cancel()
	locations := p.locations()
	locations = locations[:min(len(locations), mostListed)]
	p.samples = make([]sample, len(locations))
	failed := make(problems, len(locations))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, l := range locations {
		all.Go(func() error {
			s, err := p.find(ctx, l)
			p.samples[i], failed[i].what = s, fmt.Sprintf("location %s in bucket %s", l.ID, l.Bucket)
			if err != nil {
				failed[i].wrong = storageReason(err)
			}
			return nil
		})
	}
	_ = all.Wait() // none returns an error
	var empty []string
	for i, s := range p.samples {
		if s.size == 0 && failed[i].wrong == "" {
			empty = append(empty, s.location.ID)
		}
	}
	held := fine("%d of %d locations", len(locations), len(p.locations()))
	if len(empty) > 0 {
		held = note("see whether bucket and prefix are right", "nothing to read was found in %s", strings.Join(empty, ", "))
	}
	return failed.or(held,
		"look at the bucket's name, region and endpoint; the credentials, found where `ngportal serve` finds them, need s3:ListBucket and s3:GetObject")
}

// find looks for an object in the folders of a location, nearest first, and reads a little of it.
func (p *patient) find(ctx context.Context, l access.Location) (sample, error) {
	s := sample{location: l}
	b := p.bucket(l.Bucket)
	if b == nil {
		return s, fmt.Errorf("bucket %q is not configured", l.Bucket)
	}
	var best s3index.Object
	folders := []string{l.Prefix}
	for i := 0; i < len(folders) && i < mostFolders && best.Size < smallSize; i++ {
		listing, err := b.List(ctx, folders[i], "", 200)
		if err != nil {
			return s, err
		}
		best = better(best, listing.Objects, l.Prefix)
		folders = append(folders, listing.Folders...)
	}
	if best.Size == 0 {
		return s, nil
	}
	s.path, s.size = strings.TrimPrefix(best.Key, l.Prefix), best.Size
	var err error
	if s.head, err = readPart(ctx, b, best.Key, 0, min(headSize, s.size)-1); err != nil {
		return s, err
	}
	s.tail, err = readPart(ctx, b, best.Key, max(0, s.size-smallSize), s.size-1)
	return s, err
}

// better returns the smallest object that is not too small, else the largest. Names that the viewer host refuses
// are passed over.
func better(best s3index.Object, objects []s3index.Object, prefix string) s3index.Object {
	for _, o := range objects {
		path := strings.TrimPrefix(o.Key, prefix)
		if o.Size == 0 || strings.HasSuffix(path, "/") || access.CheckPath(path) != nil {
			continue
		}
		enough, had := o.Size >= smallSize, best.Size >= smallSize
		if enough && (!had || o.Size < best.Size) || !had && o.Size > best.Size {
			best = o
		}
	}
	return best
}

// readPart returns the bytes from first to last of an object.
func readPart(ctx context.Context, b *s3index.Bucket, key string, first, last int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	body, err := b.Open(ctx, key, s3index.Get{Range: fmt.Sprintf("bytes=%d-%d", first, last)})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, last-first+1))
}

func (p *patient) bucket(name string) *s3index.Bucket {
	for _, b := range p.parts.buckets {
		if b.Name() == name {
			return b
		}
	}
	return nil
}

// storageReason says in a few words why storage did not do what it should.
func storageReason(err error) string {
	var refusal smithy.APIError
	switch {
	case errors.As(err, &refusal) && refusal.ErrorCode() != "":
		return strings.TrimSuffix(fmt.Sprintf("storage says %s, %q", refusal.ErrorCode(), refusal.ErrorMessage()), `, ""`)
	case strings.Contains(err.Error(), "get identity: get credentials"):
		return "no credentials were found where the AWS SDK looks for them"
	case errors.Is(err, fs.ErrPermission):
		return "storage refuses the portal's credentials"
	case errors.Is(err, fs.ErrNotExist):
		return "an object that is listed cannot be read"
	}
	return "storage does not answer: " + reason(err)
}
