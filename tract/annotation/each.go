package annotation

import "encoding/binary"

// Each calls do for the annotations of a chunk of the store, the sentinel too, in their order and in the form of the index
// by id, as [Store.ByID] returns them; it ends with its first error. The record is the caller's to keep.
//
// The error wraps [tract.ErrInvalid] if the chunk is damaged.
func (s *Store) Each(chunk []byte, do func(i int, record []byte) error) error {
	if len(chunk) < 8 || binary.LittleEndian.Uint64(chunk) > uint64(len(chunk)) {
		return damaged("a cell")
	}
	rest := chunk[8:]
	for i := range int(binary.LittleEndian.Uint64(chunk)) {
		if len(rest) < 4 || int64(4+s.meta.Width)+12*int64(binary.LittleEndian.Uint32(rest)) > int64(len(rest)) {
			return damaged("a cell")
		}
		size := recordSize(rest, s.meta.Width)
		if err := do(i, s.related(rest[:size:size])); err != nil {
			return err
		}
		rest = rest[size:]
	}
	return nil
}
