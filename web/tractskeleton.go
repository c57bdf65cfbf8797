package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"ngportal/tract/shard"
	"ngportal/tract/skeleton"
)

// skeletons writes a source of skeletons: an object for each bundle and stratum.
func (c *conversion) skeletons() (note string, err error) {
	known := skeleton.Attributes(c.file.Header())
	for _, a := range c.attributes {
		if !slices.Contains(known, a) {
			return "", fmt.Errorf("there is no attribute %q; it can have: %s", a, strings.Join(known, ", "))
		}
	}
	survey, err := c.file.Survey(c.line.begin("reading"))
	if err != nil {
		return "", err
	}
	set := skeleton.NewSet(c.file.File, survey, nil)
	all, total, err := c.open(set)
	if err != nil {
		return "", err
	}
	var spec *shard.Spec
	var change func(map[string]json.RawMessage) error
	if c.sharded {
		chosen := shard.SpecFor(int64(len(all)), total)
		spec = &chosen
		change = func(m map[string]json.RawMessage) error {
			m["sharding"] = spec.JSON()
			return nil
		}
	}
	if err = c.writeInfo("info", skeleton.Info(c.attributes), change); err != nil {
		return "", err
	}
	if err = c.writeInfo("prop/info", set.Properties(), nil); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d objects of skeletons\n", len(all)), c.writeSkeletons(all, spec, total)
}

// A drawn is an object that can be written.
type drawn struct {
	id uint64
	*skeleton.Skeleton
}

// open prepares all objects: before anything is written it shows whether one of them is too large.
func (c *conversion) open(set *skeleton.Set) (all []drawn, total int64, err error) {
	for _, o := range set.Objects {
		k, err := set.Open(o.ID, c.attributes)
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", o.Label, err)
		}
		all = append(all, drawn{o.ID, k})
		total += k.Size()
	}
	return all, total, nil
}

func (c *conversion) writeSkeletons(all []drawn, spec *shard.Spec, total int64) error {
	inShards(spec, all, func(d drawn) uint64 { return d.id })
	sink, err := c.sink("", spec)
	if err != nil {
		return err
	}
	c.line.begin("writing")
	var written int64
	for _, d := range all {
		err = sink.put(d.id, fmt.Sprint(d.id), drawing{d, upTo{p: c.line, count: &written, of: total}})
		if err != nil {
			break
		}
	}
	return sink.close(err)
}

// A drawing is an object whose writing is told and can be stopped.
type drawing struct {
	drawn
	through upTo
}

// WriteTo is [io.WriterTo].
func (d drawing) WriteTo(w io.Writer) (int64, error) {
	d.through.to = w
	return d.Skeleton.WriteTo(d.through)
}
