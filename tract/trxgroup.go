package tract

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
)

const (
	trxNear      = 4 << 20  // bytes of groups that are read at the beginning
	trxUnpacked  = 64 << 20 // bytes of them uncompressed, likewise
	trxNearFiles = 8        // of a folder, likewise
)

// A trxTable is, once somebody has asked for it, the bundles of all streamlines.
type trxTable struct {
	mu sync.Mutex
	of []uint16
}

// takeGroups fills in Header.Groups.
func (t *trx) takeGroups(arrays []array, h *Header) {
	seen := map[string]bool{}
	for _, a := range arrays {
		base := path.Base(a.member.name)
		a.name, a.width = strings.TrimSuffix(base, path.Ext(base)), 1
		switch {
		case a.numbers.kind == floating || a.size%a.row() != 0 || a.size/a.row() > t.lines || seen[a.name]:
			h.warn("The group %.60q is left out: it is no list of streamlines.", a.name)
			continue
		case len(t.groups) == trxGroups:
			h.warn("The file has more than %d groups; the rest is left out.", trxGroups)
			return
		}
		seen[a.name] = true
		t.groups = append(t.groups, a)
	}
	slices.SortFunc(t.groups, func(a, b array) int { return strings.Compare(a.name, b.name) })
	for _, a := range t.groups {
		h.Groups = append(h.Groups, Group{Name: a.name, Streamlines: a.size / a.row()})
	}
}

// group is [format].
func (t *trx) group(i int) ([]uint32, error) {
	if i < 0 || i >= len(t.groups) {
		return nil, fmt.Errorf("group %d of %d", i, len(t.groups))
	}
	a := t.groups[i]
	var out []uint32
	err := t.eachMember(a, t.source(a), func(v int64) { out = append(out, uint32(v)) })
	if err != nil {
		return nil, err
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// eachMember calls use with the numbers of a group's streamlines.
func (t *trx) eachMember(a array, file Source, use func(int64)) (err error) {
	n := a.size / a.row()
	s, err := a.open(file, 0, n)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	var numbers []int64
	for ; n > 0; n -= int64(len(numbers)) {
		if numbers, err = s.integers(numbers[:0], min(n, trxPart)); err != nil {
			return err
		}
		for _, v := range numbers {
			if v < 0 || v >= t.lines {
				return invalid("the group %.60q has streamline %d, but there are only %d", a.name, v, t.lines)
			}
			use(v)
		}
	}
	return nil
}

// bundles returns the number of the first group that each streamline is in. For a window of a sample it returns nil if
// they have not been read and are many.
func (t *trx) bundles() ([]uint16, error) {
	if len(t.groups) == 0 {
		return nil, nil
	}
	t.table.mu.Lock()
	defer t.table.mu.Unlock()
	if t.table.of != nil || t.wrap != nil {
		return t.table.of, nil
	}
	near, err := t.near()
	if err != nil {
		return nil, err
	}
	of := make([]uint16, t.lines)
	for i, a := range t.groups {
		file := near
		if file == nil {
			file = t.source(a)
		}
		err = t.eachMember(a, file, func(v int64) {
			if of[v] == 0 {
				of[v] = uint16(i + 1)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	t.table.of = of
	return of, nil
}

// cheap reports whether reading all groups takes little.
func (t *trx) cheap() bool {
	if len(t.groups) == 0 {
		return false
	}
	_, _, ok := t.span()
	var size int64
	for _, a := range t.groups {
		size += a.size
	}
	return ok && size <= trxUnpacked || len(t.groups) <= trxNearFiles && size <= trxNear
}

// span is where the groups lie in an archive, if that is close to each other.
func (t *trx) span() (from, to int64, ok bool) {
	from, to = t.size, 0
	for _, a := range t.groups {
		if a.local < 0 {
			return 0, 0, false
		}
		// Names and what else stands before the data have 64 KB each at most; they are short mostly, and one
		// that is not is read from the file.
		from, to = min(from, a.local), max(to, a.local+zipLocalSize+int64(len(a.member.name))+64+a.packed)
	}
	to = min(to, t.groups[0].file.Size())
	return from, to, to-from <= trxNear
}

// near reads all groups at once if they lie close to each other, and returns nil if not.
func (t *trx) near() (Source, error) {
	from, to, ok := t.span()
	if !ok {
		return nil, nil
	}
	return newCached(t.source(t.groups[0]), from, to-from)
}
