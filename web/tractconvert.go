package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"syscall"

	"ngportal/tract/shard"
)

// A conversion is what the command line of tract convert says.
type conversion struct {
	in         tractInput
	out        string
	as         string
	sharded    bool
	tolerance  float64 // of annotations in mm; negative: as usual
	attributes []string

	file   *openTract
	folder *outFolder
	line   *progressLine
	kept   string // the folder of a build that was stopped
}

// The two kinds of folders.
const (
	asSkeleton   = "skeleton"
	asAnnotation = "annotation"
)

// tractConvert makes a folder that Neuroglancer reads from any server of files.
func tractConvert(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := conversionArgs(args)
	if err != nil {
		return err
	}
	if c.file, err = c.in.open(); err != nil {
		return err
	}
	if c.folder, err = newOutFolder(c.out); err != nil {
		return err
	}
	c.line = newProgressLine(ctx, stderr)
	note, err := c.run()
	c.line.end()
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", c.in.path, c.explain(err)), c.folder.discard())
	}
	if err = c.folder.finish(); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s: %d files, %d bytes\n%s", c.out, c.folder.files, c.folder.bytes, note)
	return nil
}

func (c *conversion) run() (note string, err error) {
	if err = empty(c.folder.partial); err != nil {
		return "", err
	}
	if c.as == asSkeleton {
		return c.skeletons()
	}
	return c.annotations()
}

func conversionArgs(args []string) (*conversion, error) {
	c := &conversion{}
	flags := flag.NewFlagSet("tract convert", flag.ContinueOnError)
	c.in.flags(flags)
	flags.StringVar(&c.as, "as", "", "skeleton or annotation")
	flags.BoolVar(&c.sharded, "sharded", false, "few large files")
	flags.Float64Var(&c.tolerance, "tolerance", -1, "of simplified lines, in mm")
	attributes := flags.String("attributes", "", "of skeletons besides the orientation")
	paths, err := parseMixed(flags, args, "FILE", "OUTDIR")
	if err != nil {
		return nil, err
	}
	c.in.path, c.out = paths[0], paths[1]
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case c.as != asSkeleton && c.as != asAnnotation:
		return nil, fmt.Errorf("%w: tract convert needs --as skeleton or --as annotation", errUsage)
	case given["tolerance"] && c.as == asSkeleton:
		return nil, fmt.Errorf("%w: --tolerance is for annotations: skeletons have every point", errUsage)
	case given["tolerance"] && !(c.tolerance >= 0 && c.tolerance <= math.MaxFloat32):
		return nil, fmt.Errorf("%w: --tolerance is a length in mm; 0 keeps every point", errUsage)
	case given["attributes"] && c.as == asAnnotation:
		return nil, fmt.Errorf("%w: --attributes is for skeletons: annotations have the length and the mean of each scalar anyway", errUsage)
	}
	if *attributes != "" {
		c.attributes = strings.Split(*attributes, ",")
	}
	return c, c.in.check()
}

// explain makes a sentence of what ended a conversion.
func (c *conversion) explain(err error) error {
	switch {
	case errors.Is(err, context.Canceled) && c.kept != "":
		return fmt.Errorf("%w: %s was not made; what was built is kept in %s, and the same command goes on from there", stopped(err), c.out, c.kept)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: %s was not made", stopped(err), c.out)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("there is no room left for %s: %w", c.out, err)
	}
	return err
}

// errStopped is what a person who stops a command is told.
var errStopped = errors.New("stopped")

func stopped(err error) error {
	if errors.Is(err, context.Canceled) {
		return errStopped
	}
	return err
}

// An objectSink writes objects of one kind, each in a file of its own or all in shards.
type objectSink struct {
	folder *outFolder
	key    string // their folder, "" for that of the info file
	shards *shard.Writer
}

// sink begins to write objects; the spec is nil for files of their own.
func (c *conversion) sink(key string, spec *shard.Spec) (*objectSink, error) {
	s := &objectSink{folder: c.folder, key: key}
	if spec == nil {
		return s, nil
	}
	var err error
	s.shards, err = shard.NewWriter(*spec, func(name string) (shard.File, error) { return c.folder.create(s.path(name)) })
	return s, err
}

func (s *objectSink) path(name string) string {
	if s.key == "" {
		return name
	}
	return strings.TrimSuffix(s.key, "/") + "/" + name
}

// put writes an object: its number is for shards, its name for a file.
func (s *objectSink) put(id uint64, name string, object io.WriterTo) error {
	if s.shards != nil {
		return s.shards.AddFrom(id, object)
	}
	return s.folder.write(s.path(name), object)
}

// close ends writing, which ended with err or well.
func (s *objectSink) close(err error) error {
	if s.shards == nil {
		return err
	}
	closed := s.shards.Close()
	if err != nil {
		return err
	}
	return closed
}

// writeInfo writes an info file after change has changed its members, unless it is nil.
func (c *conversion) writeInfo(name string, info []byte, change func(members map[string]json.RawMessage) error) error {
	if change != nil {
		var members map[string]json.RawMessage
		err := json.Unmarshal(info, &members)
		if err == nil {
			err = change(members)
		}
		if err == nil {
			info, err = json.Marshal(members)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return c.folder.write(name, bytes.NewReader(info))
}

// inShards sorts objects as a writer wants them.
func inShards[T any](s *shard.Spec, all []T, id func(T) uint64) {
	slices.SortFunc(all, func(a, b T) int {
		x, y := id(a), id(b)
		if s != nil && s.Shard(x) != s.Shard(y) {
			x, y = s.Shard(x), s.Shard(y)
		}
		if x < y {
			return -1
		}
		return 1
	})
}
