// Package tractstore keeps what is made of tractograms: it samples and surveys them, builds their annotations in the
// background, and remembers all of it by the version of the file, in memory and in a folder.
package tractstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"ngportal/tract"
	"ngportal/tract/annotation"
)

// Streamlines is how many of a file a sample has.
const Streamlines = 10_000

// Defaults of a [Config].
const (
	usualSize   = 20 << 30
	usualMemory = 256 << 20
)

// A Config says where a depot keeps what it makes, and how much of it.
type Config struct {
	Dir     string // what is built goes into a folder of its own in it; "": nothing is built
	Size    int64  // bytes that all of it may take, at work too; 0: 20 GiB
	Workers int    // of one build; 0: half of the processors
	Builds  int    // at once; 0: 1
	Memory  int64  // bytes of samples and surveys in memory; 0: 256 MiB
	Log     *slog.Logger
}

// A Depot is what is known of tractograms. It is safe for concurrent use. Several processes may share a folder: what one
// of them builds the others wait for.
type Depot struct {
	Config
	folder string // "": nothing is built
	known  *memory
	open   openStores
	queue  chan struct{}
	build  func(*tract.File, *annotation.Layout, annotation.Workshop, int, func(float64) error) error

	ctx    context.Context //nolint:containedctx // the depot's life
	cancel context.CancelFunc
	work   sync.WaitGroup
	mu     sync.Mutex
	jobs   map[string]*job // by entry
}

// New opens a depot. The folder is made if it is not there, for its owner alone.
func New(c Config) (*Depot, error) {
	c.Size, c.Memory, c.Builds = orElse(c.Size, usualSize), orElse(c.Memory, usualMemory), orElse(c.Builds, 1)
	c.Workers = orElse(c.Workers, max(1, runtime.GOMAXPROCS(0)/2))
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	d := &Depot{
		Config: c, known: newMemory(c.Memory, c.Log), queue: make(chan struct{}, c.Builds),
		build: annotation.Build, jobs: map[string]*job{},
	}
	d.open.stores = map[string]*openStore{}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	if c.Dir == "" {
		return d, nil
	}
	d.folder = filepath.Join(c.Dir, "ngportal-tracts")
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		d.cancel()
		return nil, fmt.Errorf("folder of tractograms: %w", err)
	}
	return d, nil
}

// InMemory opens a depot that builds nothing.
func InMemory() *Depot {
	d, err := New(Config{})
	if err != nil { // only a folder can be wrong
		panic(err)
	}
	return d
}

func orElse[T int | int64](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Close ends the builds under way, which go on another time where they ended, and waits for them.
func (d *Depot) Close() {
	d.cancel()
	d.work.Wait()
	d.open.closeAll()
}

// Life ends when the depot is closed. It is for what reads files that it was told of.
func (d *Depot) Life() context.Context { return d.ctx }

// Builds reports whether the depot has a place for annotations.
func (d *Depot) Builds() bool { return d.folder != "" }

// A Subject is what a tractogram is known by.
type Subject struct {
	Name    string      // of bucket and object
	Version string      // changes when the file does
	Frame   tract.Frame // that the reader asks for
}

// Format is a part of all names of entries: another one begins anew.
const Format = "1"

// entry is the name of what is built of s with a tolerance.
func (s Subject) entry(tolerance string) string {
	sum := sha256.New()
	for _, part := range []string{Format, s.Name, s.Version, string(s.Frame), tolerance} {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

func (s Subject) memo(what string) string {
	return what + "\x00" + s.Name + "\x00" + s.Version + "\x00" + string(s.Frame)
}

// A Tractogram is a version of a file in a depot. Making one costs nothing.
type Tractogram struct {
	depot   *Depot
	subject Subject
	input   func() (tract.Input, error)
}

// Tractogram returns what the depot knows of s. The input must read that version of it, whenever it is read.
func (d *Depot) Tractogram(s Subject, input func() (tract.Input, error)) *Tractogram {
	return &Tractogram{d, s, input}
}

// Name tells the tractogram, in this version, from all others.
func (t *Tractogram) Name() string { return t.subject.memo("") }

// File opens the file. Its error is that of [tract.Open].
func (t *Tractogram) File(ctx context.Context) (*tract.File, error) {
	return remember(ctx, t.depot.known, t.subject.memo("file"), func() (*tract.File, int64, error) {
		in, err := t.input()
		if err != nil {
			return nil, 0, err
		}
		f, err := tract.Open(in)
		return f, 64 << 10, err // or thereabouts
	})
}

// Sample returns some streamlines of the file, always the same ones. Its error is that of [tract.File.Sample].
func (t *Tractogram) Sample(ctx context.Context) (*tract.Sample, error) {
	type result struct {
		sample *tract.Sample
		none   error
	}
	r, err := remember(ctx, t.depot.known, t.subject.memo("sample"), func() (result, int64, error) {
		f, err := t.File(t.depot.ctx)
		if err != nil {
			return result{}, 0, err
		}
		s, err := f.Sample(Streamlines, t.subject.Version, tract.FirstPicture())
		if errors.Is(err, errors.ErrUnsupported) {
			return result{none: err}, 1 << 10, nil
		}
		if err != nil {
			return result{}, 0, err
		}
		return result{sample: s}, 4<<10 + 4*int64(len(s.Batch.Points)+len(s.Scalars)+len(s.Properties)), nil
	})
	if err == nil {
		err = r.none
	}
	return r.sample, err
}

// Survey reads the whole file, unless that was done before. Its error is that of [tract.File.Survey].
func (t *Tractogram) Survey(ctx context.Context) (*tract.Survey, error) {
	if s := t.Known(ctx); s != nil {
		return s, nil
	}
	return remember(ctx, t.depot.known, t.subject.memo("survey"), func() (*tract.Survey, int64, error) {
		f, err := t.File(t.depot.ctx)
		if err != nil {
			return nil, 0, err
		}
		s, err := f.Survey(func(float64) error { return t.depot.ctx.Err() })
		return s, surveySize(s), err
	})
}

func surveySize(s *tract.Survey) int64 {
	if s == nil {
		return 0
	}
	return 16<<10 + 4*int64(cap(s.Counts)) + 2*int64(cap(s.Member)) + 128*int64(len(s.Bundles))
}

// Known is the survey if the file was read before, by whomever; else nil. It reads nothing of the file.
func (t *Tractogram) Known(ctx context.Context) *tract.Survey {
	if s, ok := peek[*tract.Survey](t.depot.known, t.subject.memo("survey")); ok {
		return s
	}
	a := t.Annotations(Usual)
	if !t.depot.has(a.entry) {
		return nil
	}
	s, err := remember(ctx, t.depot.known, t.subject.memo("survey"), func() (*tract.Survey, int64, error) {
		store, release, err := t.depot.store(a.entry)
		if err != nil {
			return nil, 0, err
		}
		defer release()
		s := *store.Survey()
		s.Counts, s.Member, err = store.Members()
		return &s, surveySize(&s), err
	})
	if err != nil {
		return nil
	}
	return s
}

// retryAfter is how long after a failure something is built again.
const (
	retryAfter      = 30 * time.Second
	retryAfterFull  = 5 * time.Minute
	retryAfterFault = time.Hour // reading all of a damaged file again would end in the same way
)
