package annotation

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"ngportal/tract"
)

// What the first view may cost and how coarse cells are; see the decisions 0016 and 0017.
const (
	firstBytes   = 1_800_000 // of level 0
	firstLines   = 4096      // of level 0
	secondBytes  = 3_600_000 // of level 1
	growth       = 4         // streamlines of a level against the one before
	cellBytes    = 8e6       // of a cell of the last level in the mean, or its grid is made finer
	usualCell    = 12        // mm; smaller ones hold pieces of too few points
	mostGrid     = 128
	reach        = 1e4 // mm from the origin: coordinates beyond belong to the outermost cells
	bundleBytes  = 6_000_000
	bundlesBytes = 12_000_000 // of all bundles together, or a share of the rest
	bundlesShare = 0.12
	tried        = 2000 // streamlines of the sample that are cut to see what a grid costs
)

// A Layout is what an annotation source looks like: its cells, levels and properties. It is a function of the file's
// sample and the tolerance, so that level 0 can be served before the rest has been built.
type Layout struct {
	tolerance float64
	finest    float64    // mm: the shortest side of cells, unless they would be too full, and the longest new segment
	low, size [3]float64 // of the box that the cells fill, in mm
	levels    []level
	columns   []column
	scalars   int // numbers in a row
	values    int // properties, likewise
	bundled   bool
	bundles   map[uint16]uint64 // the greatest hash of streamlines that the bundle's own annotations have
	others    uint64            // likewise, of bundles that are not in the map
	whole     map[int64]uint32  // positions of the streamlines of level 0, and their numbers; nil if hashes choose them
	mark      uint64            // another for each layout
	first     []byte
}

// A Level is one of the spatial index.
type Level struct {
	Grid        [3]int     // cells along x, y, z
	Cell        [3]float64 // size of one in mm
	Limit       int        // mean number of annotations in cells that are not empty
	Streamlines int64      // about so many
}

// A level is a Level with what finding the cell of a point needs.
type level struct {
	Level
	first          uint32 // ordinal of its first cell among those of all levels
	cells          uint32
	bound          uint64 // the greatest hash of its streamlines
	low, per, most [3]float32
}

// A choice is what Plan knows about the streamlines.
type choice struct {
	views []view      // of the sample, in the order of their hashes
	lines [][]float32 // the first of them simplified, as many as level 0 may have
	n     float64     // streamlines of the file that can be drawn, about
	bytes float64     // of a whole one, in the mean
}

// UsualTolerance is how far simplified polylines of f may be off, in mm: 0.1, or an eighth of a voxel if that is less.
func UsualTolerance(h tract.Header) float64 {
	usual := 0.1
	for _, v := range h.VoxelSize {
		if v > 0 {
			usual = min(usual, v/8)
		}
	}
	return usual
}

// Plan chooses the layout for f. The tolerance is in mm; 0 leaves the polylines as they are, negative is [UsualTolerance].
// The sample may be nil for a file that can only be read from its beginning; then there is no level 0 before it is built.
//
// The same file, sample and tolerance give the same layout. The error wraps [tract.ErrInvalid] for a tolerance that is no
// finite number.
func Plan(f *tract.File, sample *tract.Sample, tolerance float64) (*Layout, error) {
	head := f.Header()
	if math.IsNaN(tolerance) || math.IsInf(tolerance, 0) {
		return nil, fmt.Errorf("%w: the tolerance of simplified streamlines must be a number of millimeters", tract.ErrInvalid)
	}
	if tolerance < 0 {
		tolerance = UsualTolerance(head)
	}
	l := &Layout{
		tolerance: tolerance, columns: columnsOf(head), scalars: widthOf(head.Scalars), values: widthOf(head.Properties),
		bundled: head.BundleProperty >= 0 || len(head.Groups) > 0,
	}
	l.bound(head, sample)
	c := l.choose(f, sample)
	n := l.planFirst(c, sample)
	l.planLevels(c, float64(n))
	l.planBundles(c, len(head.Groups))
	if sample != nil {
		l.first = l.drawFirst(c.views[:n], c.lines)
	}
	l.sign(f)
	return l, nil
}

func widthOf(columns []tract.Column) int {
	n := 0
	for _, c := range columns {
		n += max(c.Components, 0)
	}
	return n
}

// bound takes the box from the sample, or from the volume that the header tells, or that of a head.
func (l *Layout) bound(h tract.Header, sample *tract.Sample) {
	low, high := [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)}, [3]float64{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	add := func(x float64, k int) {
		x = min(max(x, -reach), reach)
		low[k], high[k] = min(low[k], x), max(high[k], x)
	}
	if sample != nil {
		views(&sample.Batch, l.scalars, l.values, func(_ int, v view) {
			least, most := [3]float32(v.points), [3]float32(v.points)
			for p := v.points; len(p) >= 3; p = p[3:] {
				for k, x := range [3]float32(p) {
					if x < least[k] {
						least[k] = x
					} else if x > most[k] {
						most[k] = x
					}
				}
			}
			for k := range 3 {
				add(float64(least[k]), k)
				add(float64(most[k]), k)
			}
		})
	}
	for corner := 0; corner < 8 && !(low[0] <= high[0]); corner++ {
		for k, row := range h.Affine[:3] {
			x := row[3]
			for a := range 3 {
				x += row[a] * float64(corner>>a&1*h.Dim[a])
			}
			if h.Dim == [3]int{} || math.IsNaN(x) {
				x = float64(corner&1*200 - 100)
			}
			add(x, k)
		}
	}
	for k := range 3 {
		margin := max((high[k]-low[k])*0.02, 0.5)
		l.low[k], l.size[k] = low[k]-margin, high[k]-low[k]+2*margin
	}
	l.finest = min(usualCell, slices.Max(l.size[:])/8)
}

// choose simplifies the sample and estimates what the whole file is like.
func (l *Layout) choose(f *tract.File, sample *tract.Sample) *choice {
	c := &choice{n: float64(f.Header().Streamlines), bytes: float64(12*40 + 12 + l.width())}
	if sample == nil {
		if c.n < 0 {
			c.n = float64(f.Size()) / 1000
		}
		return c
	}
	views(&sample.Batch, l.scalars, l.values, func(i int, v view) {
		if f.Header().Format == tract.TRX || sample.Exact && int64(len(sample.Counts)) == sample.Streamlines {
			v.number = uint32(i)
		}
		c.views = append(c.views, v)
	})
	slices.SortFunc(c.views, func(a, b view) int { return cmp.Compare(mix(a.position), mix(b.position)) })
	p, bytes := newPen(l), 0
	for _, v := range c.views[:min(len(c.views), firstLines)] {
		p.line = p.simple.simplify(p.line[:0], v.points)
		c.lines, bytes = append(c.lines, slices.Clone(p.line)), bytes+4*len(p.line)+12+l.width()
	}
	c.n = float64(len(c.views))
	if drawn := len(c.views); drawn > 0 {
		c.bytes = float64(bytes) / float64(len(c.lines))
		if whole := sample.Exact && sample.Points == int64(len(sample.Batch.Points)/3); !whole {
			c.n = max(c.n, estimate(f, sample)*c.n/float64(len(sample.Counts)))
		}
	}
	return c
}

// estimate is about how many streamlines f has.
func estimate(f *tract.File, sample *tract.Sample) float64 {
	if sample.Streamlines >= 0 {
		return float64(sample.Streamlines)
	}
	mean := float64(len(sample.Batch.Points)) / 3 / float64(max(len(sample.Counts), 1))
	return float64(f.Size()) / (12*mean + 8)
}

// planBundles chooses how much of each bundle its own annotations have.
func (l *Layout) planBundles(c *choice, groups int) {
	counts := map[uint16]float64{}
	for _, v := range c.views {
		counts[v.bundle]++
	}
	total := c.n * c.bytes
	n := float64(max(len(counts), groups, 1))
	each := min(bundleBytes, max(bundlesBytes, total*bundlesShare)/n)
	l.bundles, l.others = map[uint16]uint64{}, math.MaxUint64
	if len(c.views) == 0 {
		l.others = share(each, total/n)
	}
	for id, k := range counts {
		if k >= 5 {
			l.bundles[id] = share(each, total*k/float64(len(c.views)))
		}
	}
}

// bundleBound is the greatest hash of streamlines that a bundle's own annotations have.
func (l *Layout) bundleBound(id uint16) uint64 {
	if bound, ok := l.bundles[id]; ok {
		return bound
	}
	return l.others
}

// bundleCell is the ordinal, behind those of all cells, of what belongs to a bundle.
func (l *Layout) bundleCell(id uint16) uint32 {
	last := &l.levels[len(l.levels)-1]
	return last.first + last.cells + uint32(id)
}

// drawFirst makes the cell of level 0.
func (l *Layout) drawFirst(views []view, lines [][]float32) []byte {
	if len(views) == 0 {
		return emptyChunk()
	}
	p := newPen(l)
	b := le64(nil, uint64(len(views)+1))
	for i, v := range views {
		p.describe(v, tract.Length(v.points))
		b = appendRecord(b, lines[i], p.props)
	}
	b = l.sentinel(b)
	for i := range len(views) + 1 {
		b = le64(b, uint64(i))
	}
	return b
}

// sign makes the mark.
func (l *Layout) sign(f *tract.File) {
	h := fnv.New64a()
	bounds := make([]uint64, len(l.levels))
	for i := range l.levels {
		bounds[i] = l.levels[i].bound
	}
	h.Write(encode([]any{version, f.Size(), l.tolerance, l.low, l.size, l.Levels(), bounds, l.columns, l.bundled, l.bundles, l.others, l.whole}))
	l.mark = h.Sum64()
}

// Info returns the info file, Levels the levels, coarse to fine, Tolerance that in mm.
func (l *Layout) Info() []byte { return l.info(l.Levels()) }

// Levels are the levels of the spatial index, coarse to fine, as they are planned.
func (l *Layout) Levels() []Level {
	all := make([]Level, len(l.levels))
	for i := range all {
		all[i] = l.levels[i].Level
	}
	return all
}

// Tolerance is how far a point of the file may be from the polyline that is drawn, in mm.
func (l *Layout) Tolerance() float64 { return l.tolerance }

// First returns the one cell of level 0, the same bytes that a [Store] has; false if it cannot be told before building.
// In both, the property "streamline" is [NotCounted] unless the sample was the whole file.
func (l *Layout) First() ([]byte, bool) { return l.first, l.first != nil }
