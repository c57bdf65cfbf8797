package handlers

import (
	"context"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"ngportal/preview"
	"ngportal/s3index"
	"ngportal/volume"
)

// gatherTime bounds what is found out for the page of an asset beyond what the asset says itself.
const gatherTime = 4 * time.Second

// gathered is what was found out in time.
type gathered struct {
	related      s3index.Related
	segments     []volume.Segment
	segmentsFrom string
	measure      s3index.Measure
	measured     bool          // measure is what storage says
	sample       error         // what came of reading one chunk; nil also when that took too long
	block        *volume.Block // nil when that took too long
	picture      error         // why there is none; nil also when that took too long
	lines        preview.Lines // of a tractogram; without any when that took too long
}

// gather asks for all of it at once.
func (s *site) gather(r *http.Request, a s3index.Asset) gathered {
	ctx, cancel := context.WithTimeout(r.Context(), gatherTime)
	defer cancel()
	var out gathered
	var g errgroup.Group
	who := rights(r)
	ask := func(f func() error, failed *error) {
		g.Go(func() error {
			if err := s.guard(f); err != nil && failed != nil && ctx.Err() == nil {
				*failed = err
			}
			return nil
		})
	}
	ask(func() (err error) {
		out.related, err = s.Library.Related(ctx, who, a)
		return err
	}, nil)
	if strings.HasSuffix(a.Ref.Path, "/") {
		ask(func() (err error) {
			out.measure, err = s.Library.Measure(ctx, who, a.Ref)
			out.measured = err == nil
			return err
		}, nil)
	}
	if a.Fault == nil && a.Volume != nil {
		g.Go(func() error {
			out.sample = s.guard(func() error { return s.sample(ctx, r, a) })
			return nil
		})
		ask(func() (err error) {
			out.segments, out.segmentsFrom, err = s.Library.Segments(ctx, who, a)
			return err
		}, nil)
		ask(func() (err error) {
			out.block, err = s.Library.Overview(ctx, who, a, previewVoxels)
			return err
		}, &out.picture)
	}
	if a.Fault == nil && a.Tract != nil {
		ask(func() (err error) {
			out.lines, err = s.Library.Streamlines(ctx, who, a)
			return err
		}, &out.picture)
	}
	_ = g.Wait() // none of them fails
	return out
}

// sample reads one chunk; the error is what is wrong with it, nil where that could not be found out in time.
func (s *site) sample(ctx context.Context, r *http.Request, a s3index.Asset) error {
	if err := s.Library.Sample(ctx, rights(r), a); ctx.Err() == nil {
		return err
	}
	return nil
}
