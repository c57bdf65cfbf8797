package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"ngportal/tract/annotation"
	"ngportal/tract/shard"
)

// An annotationWriter writes what is in a store.
type annotationWriter struct {
	*conversion
	store *annotation.Store
	size  int64 // of the store
	tell  func(share float64) error

	info struct {
		ByID          keyed   `json:"by_id"`
		Relationships []keyed `json:"relationships"`
		Spatial       []keyed `json:"spatial"`
	}
	chunks []*annotationChunk
	total  int64 // annotations
	done   int   // chunks that were written, in each pass
}

// keyed is a member of an info file that says where objects are: its "key" is a folder, its "sharding" may be added.
type keyed map[string]any

func (k keyed) key() string {
	s, _ := k["key"].(string)
	return s
}

// An annotationChunk is a cell that is not empty, or a bundle.
type annotationChunk struct {
	level int // or ofBundle
	cell  [3]int
	code  uint64 // its number in shards
	first uint64 // of the numbers of its annotations, see number
}

// ofBundle is the level of chunks that have the annotations of a bundle.
const ofBundle = -1

func (c *annotationChunk) name() string {
	if c.level == ofBundle {
		return fmt.Sprint(c.code)
	}
	return fmt.Sprintf("%d_%d_%d", c.cell[0], c.cell[1], c.cell[2])
}

func (w *annotationWriter) write() error {
	if err := json.Unmarshal(w.store.Info(), &w.info); err != nil {
		return err
	}
	if len(w.info.Spatial) != len(w.store.Levels()) || len(w.info.Relationships) > 1 {
		return errors.New("the info file of the annotations is not what it should be")
	}
	w.list()
	steps := []func() error{w.spatial, w.bundles}
	if w.sharded {
		steps = []func() error{w.number, w.spatial, w.bundles, w.byID}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	if err := w.writeInfo("list/info", w.store.BundleProperties(), nil); err != nil {
		return err
	}
	return w.writeInfo("info", w.store.Info(), w.placed)
}

// list goes through the chunks, in the order that their annotations are numbered in.
func (w *annotationWriter) list() {
	for level, l := range w.store.Levels() {
		for cell := range w.store.Cells(level) {
			w.chunks = append(w.chunks, &annotationChunk{level: level, cell: cell, code: shard.Morton(cell, l.Grid)})
		}
	}
	if len(w.info.Relationships) > 0 {
		for _, b := range w.store.Survey().Bundles {
			w.chunks = append(w.chunks, &annotationChunk{level: ofBundle, code: uint64(b.ID)})
		}
	}
}

// of returns the chunks of a level.
func (w *annotationWriter) of(level int) []*annotationChunk {
	var out []*annotationChunk
	for _, c := range w.chunks {
		if c.level == level {
			out = append(out, c)
		}
	}
	return out
}

// read returns a chunk.
func (w *annotationWriter) read(c *annotationChunk) (b []byte, err error) {
	if c.level == ofBundle {
		b, err = w.store.Bundle(c.code)
	} else {
		b, err = w.store.Chunk(c.level, c.cell)
	}
	if err == nil && (len(b) < 8 || binary.LittleEndian.Uint64(b) > uint64(len(b)-8)/8) {
		err = fmt.Errorf("%s of the annotations is damaged", c.name())
	}
	return b, err
}

// number counts all annotations, to give them new ids. Those of the store tell where each is, which needs no index but
// leaves gaps: in shards of the index by id each cell would have a file of its own.
func (w *annotationWriter) number() error {
	for _, c := range w.chunks {
		b, err := w.read(c)
		if err != nil {
			return err
		}
		c.first = uint64(w.total)
		w.total += int64(binary.LittleEndian.Uint64(b))
		if err = w.advance(); err != nil {
			return err
		}
	}
	return nil
}

// renumber gives the annotations of a chunk their new ids, which are its last bytes.
func renumber(b []byte, first uint64) {
	n := binary.LittleEndian.Uint64(b)
	for i, ids := uint64(0), b[uint64(len(b))-8*n:]; i < n; i++ {
		binary.LittleEndian.PutUint64(ids[8*i:], first+i)
	}
}

// advance tells that a chunk was written, or read again.
func (w *annotationWriter) advance() error {
	w.done++
	passes := 1
	if w.sharded {
		passes = 3
	}
	return w.tell(float64(w.done) / float64(max(passes*len(w.chunks), 1)))
}

// placed puts the members that tell where objects are back into the info file.
func (w *annotationWriter) placed(m map[string]json.RawMessage) error {
	for name, v := range map[string]any{"by_id": w.info.ByID, "relationships": w.info.Relationships, "spatial": w.info.Spatial} {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		m[name] = b
	}
	return nil
}

// spatial writes the cells of all levels.
func (w *annotationWriter) spatial() error {
	for level, l := range w.store.Levels() {
		cells := w.of(level)
		last := shard.Morton([3]int{l.Grid[0] - 1, l.Grid[1] - 1, l.Grid[2] - 1}, l.Grid)
		if err := w.put(w.info.Spatial[level], shard.SpecAscending(last, int64(len(cells)), w.size), cells); err != nil {
			return fmt.Errorf("level %d: %w", level, err)
		}
	}
	return nil
}

// bundles writes the annotations of each bundle.
func (w *annotationWriter) bundles() error {
	all := w.of(ofBundle)
	for _, k := range w.info.Relationships {
		if err := w.put(k, shard.SpecFor(int64(len(all)), w.size), all); err != nil {
			return fmt.Errorf("bundles: %w", err)
		}
	}
	return nil
}

// put writes chunks where k says, and adds to it how.
func (w *annotationWriter) put(k keyed, spec shard.Spec, chunks []*annotationChunk) error {
	sink, err := w.place(k, &spec)
	if err != nil {
		return err
	}
	chunks = slices.Clone(chunks)
	inShards(&spec, chunks, func(c *annotationChunk) uint64 { return c.code })
	for _, c := range chunks {
		var b []byte
		if b, err = w.read(c); err != nil {
			break
		}
		if w.sharded {
			renumber(b, c.first)
		}
		if err = errors.Join(sink.put(c.code, c.name(), bytes.NewReader(b)), w.advance()); err != nil {
			break
		}
	}
	return sink.close(err)
}

// place begins to write objects where k says, and adds to it how if they go into shards.
func (w *annotationWriter) place(k keyed, spec *shard.Spec) (*objectSink, error) {
	if !w.sharded {
		return w.sink(k.key(), nil)
	}
	k["sharding"] = json.RawMessage(spec.JSON())
	return w.sink(k.key(), spec)
}

// byID writes the index by id.
func (w *annotationWriter) byID() error {
	spec := shard.SpecAscending(uint64(max(w.total-1, 0)), w.total, w.size)
	sink, err := w.place(w.info.ByID, &spec)
	if err != nil {
		return err
	}
	for _, c := range w.chunks {
		if err = w.byIDOf(c, sink); err != nil {
			break
		}
	}
	return sink.close(err)
}

func (w *annotationWriter) byIDOf(c *annotationChunk, sink *objectSink) error {
	b, err := w.read(c)
	if err != nil {
		return err
	}
	err = w.store.Each(b, func(i int, record []byte) error {
		return sink.put(c.first+uint64(i), "", bytes.NewReader(record))
	})
	if err != nil {
		return err
	}
	return w.advance()
}
