package annotation

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strconv"

	"ngportal/tract"
)

// A footer is the end of a store.
type footer struct {
	at, size int64 // of the index
	sum      uint32
}

func (f footer) bytes() []byte {
	b := append([]byte(nil), magic...)
	b = le32(le32(b, version), f.sum)
	return le64(le64(b, uint64(f.at)), uint64(f.size))
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// An entry says where a chunk is.
type entry struct {
	cell, count uint32 // the sentinel is not counted
	at, size    int64
}

// A meta is what the JSON of the index holds.
type meta struct {
	Mark        uint64       `json:"mark,string"`
	Info        string       `json:"info"`
	Bundles     string       `json:"bundles"` // segment properties
	Bundled     bool         `json:"bundled"`
	Width       int          `json:"width"` // bytes of properties
	Levels      []Level      `json:"levels"`
	Survey      tract.Survey `json:"survey"`
	Members     int64        `json:"members"` // where they are
	Streamlines int64        `json:"streamlines"`
	Member      bool         `json:"member"` // bundles are known
}

// index encodes the index.
func (m *merger) index(survey *tract.Survey, members int64) ([]byte, error) {
	l := m.b.plan
	levels := l.Levels()
	for i := range levels {
		v, cells, count := &l.levels[i], 0, 0
		for _, e := range m.entries {
			if e.cell >= v.first && e.cell < v.first+v.cells {
				cells, count = cells+1, count+int(e.count)
			}
		}
		levels[i].Limit = max((count+cells/2)/max(cells, 1), 1)
		levels[i].Streamlines = m.drawn[i]
	}
	k := meta{
		Mark: l.mark, Info: string(l.info(levels)), Bundles: string(bundleProperties(survey.Bundles)), Bundled: l.bundled,
		Width: l.width(), Levels: levels, Survey: *survey, Members: members, Streamlines: int64(len(survey.Counts)), Member: survey.Member != nil,
	}
	k.Survey.Counts, k.Survey.Member = nil, nil
	text, err := json.Marshal(k)
	if err != nil {
		return nil, fmt.Errorf("describe the annotations: %w", err)
	}
	b := append(le32(nil, uint32(len(text))), text...)
	for _, e := range m.entries {
		b = le64(le64(le32(le32(b, e.cell), e.count), uint64(e.at)), uint64(e.size))
	}
	return b, nil
}

// bundleProperties are the segment properties that list bundles.
func bundleProperties(bundles []tract.Bundle) []byte {
	ids, labels, tags := []string{}, []string{}, [][]int{}
	counts, lengths := []int64{}, []float64{}
	names, known := []string{}, map[string]int{}
	for _, b := range bundles {
		ids, labels = append(ids, strconv.Itoa(int(b.ID))), append(labels, b.Name)
		counts, lengths = append(counts, b.Streamlines), append(lengths, float64(float32(b.MeanLength)))
		var of []int
		for _, side := range sides(b.Name) {
			if _, ok := known[side]; !ok {
				known[side] = len(names)
				names = append(names, side)
			}
			of = append(of, known[side])
		}
		tags = append(tags, append([]int{}, of...))
	}
	type object = map[string]any
	properties := []object{
		{"id": "label", "type": "label", "values": labels},
		{"id": "streamlines", "type": "number", "data_type": "uint32", "values": counts},
		{"id": "mean_length", "type": "number", "data_type": "float32", "description": "mm", "values": lengths},
	}
	if len(names) > 0 {
		properties = append(properties, sortedTags(names, tags))
	}
	return encode(object{"@type": "neuroglancer_segment_properties", "inline": object{"ids": ids, "properties": properties}})
}

// decode reads the index, which is at that place, behind all that it tells about.
func (s *Store) decode(b []byte, end int64) error {
	n := int64(binary.LittleEndian.Uint32(b))
	if n > int64(len(b)-4) || (int64(len(b))-4-n)%entrySize != 0 {
		return damaged("its index ends early")
	}
	if err := json.Unmarshal(b[4:4+n], &s.meta); err != nil {
		return damaged("its description")
	}
	k := &s.meta
	each := int64(4)
	if k.Member {
		each = 6
	}
	if k.Members < 0 || k.Streamlines < 0 || k.Streamlines > (end-k.Members)/each || k.Width < 12 || k.Width > 4*(mostColumns+3) {
		return damaged("its numbers")
	}
	cells := uint32(0)
	for _, v := range k.Levels {
		of := level{Level: v, first: cells, cells: 1}
		for _, g := range v.Grid {
			if g < 1 || g > mostGrid {
				return damaged("its grid")
			}
			of.cells *= uint32(g)
		}
		s.levels, cells = append(s.levels, of), cells+of.cells
	}
	if len(k.Levels) < 1 || len(k.Levels) > 64 {
		return damaged("its levels")
	}
	return s.decodeEntries(b[4+n:], k.Members)
}

func (s *Store) decodeEntries(b []byte, end int64) error {
	s.entries = make([]entry, 0, len(b)/entrySize)
	for last := int64(-1); len(b) > 0; b = b[entrySize:] {
		e := entry{
			cell: binary.LittleEndian.Uint32(b), count: binary.LittleEndian.Uint32(b[4:]),
			at: int64(binary.LittleEndian.Uint64(b[8:])), size: int64(binary.LittleEndian.Uint64(b[16:])),
		}
		least := 8 + (int64(e.count)+1)*int64(4+12+s.meta.Width+8)
		if int64(e.cell) <= last || e.at < 0 || e.size < least || e.size > end || e.at > end-e.size {
			return damaged("its entries")
		}
		last, s.entries = int64(e.cell), append(s.entries, e)
	}
	return nil
}
