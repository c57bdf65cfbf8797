package tract_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
)

// A counted Source counts what is asked of it.
type counted struct {
	tract.Source

	ranges, bytes atomic.Int64
}

// Open is [tract.Source].
func (c *counted) Open(off, n int64) (io.ReadCloser, error) {
	c.ranges.Add(1)
	c.bytes.Add(n)
	return c.Source.Open(off, n)
}

func mustSample(t *testing.T, in tract.Input, n int, seed string) *tract.Sample {
	t.Helper()
	s, err := mustOpenFile(t, in).Sample(n, seed, tract.FirstPicture())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The first picture of a file of 1.7 GB takes 64 ranges and 16 MB.
func TestSampleOfAMillion(t *testing.T) {
	whole := tracttest.Synthetic{Streamlines: 1_000_000}
	src := &counted{Source: whole}
	s := mustSample(t, tract.Input{Format: tract.TRK, Source: src}, 10_000, "etag")
	t.Logf("%d streamlines, %d ranges, %.1f MB", len(s.Counts), src.ranges.Load(), float64(src.bytes.Load())/1e6)
	if n := len(s.Counts); n < 8500 || n > 10_000 {
		t.Errorf("%d streamlines, want about 10,000", n)
	}
	if r, b := src.ranges.Load(), src.bytes.Load(); r > 64 || b > 16<<20 || int(r) != s.Ranges || b != s.Bytes {
		t.Errorf("%d ranges of %d bytes, said to be %d and %d", r, b, s.Ranges, s.Bytes)
	}
	if s.Streamlines != 1_000_000 || s.Points != whole.Points() || s.Exact {
		t.Errorf("%d streamlines, %d points, exact %v, want 1000000, %d", s.Streamlines, s.Points, s.Exact, whole.Points())
	}
	checkChosen(t, s, whole)
	again := mustSample(t, tract.Input{Format: tract.TRK, Source: whole}, 10_000, "etag")
	if !reflect.DeepEqual(s, again) {
		t.Error("the same seed gives another sample")
	}
	if other := mustSample(t, tract.Input{Format: tract.TRK, Source: whole}, 10_000, "other"); slices.Equal(other.Positions, s.Positions) {
		t.Error("another seed gives the same sample")
	}
	few := mustSample(t, tract.Input{Format: tract.TRK, Source: whole}, 500, "etag")
	if len(few.Counts) != 500 || few.Bytes > 4<<20 {
		t.Errorf("%d streamlines for %d bytes, want 500 for few", len(few.Counts), few.Bytes)
	}
}

// checkChosen compares chosen streamlines with those of the file at their places, in all of its tenths.
func checkChosen(t *testing.T, s *tract.Sample, whole tracttest.Synthetic) {
	t.Helper()
	f := mustOpenFile(t, tract.Input{Format: tract.TRK, Source: whole})
	var tenths [10]int
	at, properties := 0, len(s.Properties)/len(s.Counts)
	for i, n := range s.Counts {
		tenths[10*s.Positions[i]/whole.Size()]++
		if i%500 == 0 {
			lines, _, err := readPart(f, tract.Part{From: s.Positions[i], To: s.Positions[i] + 1})
			if err != nil || len(lines) != 1 || !slices.Equal(lines[0].Points, s.Batch.Points[3*at:][:3*n]) ||
				lines[0].Bundle != s.Bundles[i] || lines[0].Properties[0] != s.Properties[i*properties] {
				t.Errorf("streamline at %d is not that of the file (%v)", s.Positions[i], err)
			}
		}
		at += int(n)
	}
	if 3*at != len(s.Batch.Points) {
		t.Errorf("%d numbers of %d points", len(s.Batch.Points), at)
	}
	for i, n := range tenths {
		if n < len(s.Counts)/14 || n > len(s.Counts)/7 {
			t.Errorf("%d of %d streamlines are from tenth %d of the file", n, len(s.Counts), i)
		}
	}
}

// varied is a file whose streamlines have 10 to 100 points, and their mean.
func varied(streamlines int) (trk, tck []byte, mean float64) {
	rng := rand.New(rand.NewPCG(7, 8))
	trk = plainTRK().bytes()
	var numbers []float32
	total := 0
	for range streamlines {
		n := 10 + rng.IntN(91)
		total += n
		trk = binary.LittleEndian.AppendUint32(trk, uint32(n))
		for range 3 * n {
			v := rng.Float32() * 100
			trk = binary.LittleEndian.AppendUint32(trk, math.Float32bits(v))
			numbers = append(numbers, v)
		}
		numbers = append(numbers, nan, nan, nan)
	}
	return trk, tck32("", append(numbers, inf, inf, inf)...), float64(total) / float64(streamlines)
}

// Neither long nor short streamlines are preferred, and what the file holds is estimated well.
func TestSampleIsFair(t *testing.T) {
	const total = 20_000 // 13 MB
	trk, tck, mean := varied(total)
	for format, b := range map[tract.Format][]byte{tract.TRK: trk, tract.TCK: tck} {
		var sum, n, estimate float64
		const tries = 10
		for i := range tries {
			src := &counted{Source: tract.Bytes(b)}
			budget := tract.Budget{Ranges: 64, Bytes: 3 << 20}
			s, err := mustOpenFile(t, tract.Input{Format: format, Source: src}).Sample(5000, fmt.Sprint(i), budget)
			if err != nil {
				t.Fatal(err)
			}
			if src.ranges.Load() > 64 || src.bytes.Load() > budget.Bytes || s.Exact {
				t.Errorf("%s: %d ranges, %d bytes", format, src.ranges.Load(), src.bytes.Load())
			}
			for _, c := range s.Counts {
				sum += float64(c)
				n++
			}
			estimate += float64(s.Streamlines) / tries
			if rel := float64(s.Points) / (total * mean); rel < 0.9 || rel > 1.1 {
				t.Errorf("%s: %d points estimated of %.0f", format, s.Points, total*mean)
			}
		}
		if n < 15_000 || math.Abs(sum/n/mean-1) > 0.05 {
			t.Errorf("%s: %.0f streamlines with %.2f points in the mean, want %.2f", format, n, sum/n, mean)
		}
		if math.Abs(estimate/total-1) > 0.05 {
			t.Errorf("%s: %.0f streamlines estimated, want %d", format, estimate, total)
		}
	}
}

func TestSampleOfASmallFileIsCounted(t *testing.T) {
	const name = "dipy/tracks300.trk"
	b := load(t, name)
	for format, b := range map[tract.Format][]byte{tract.TRK: b, tract.TRKGZ: gz(b)} {
		src := &counted{Source: tract.Bytes(b)}
		s := mustSample(t, tract.Input{Format: format, Source: src}, 100, "any")
		if len(s.Counts) != 100 || !s.Exact || s.Streamlines != 300 || s.Points*3 < int64(len(s.Batch.Points)) || !slices.IsSorted(s.Positions) {
			t.Errorf("%s: %d of %d streamlines, exact %v", format, len(s.Counts), s.Streamlines, s.Exact)
		}
		if int(src.ranges.Load()) != s.Ranges || s.Ranges != 2 {
			t.Errorf("%s: %d ranges, said to be %d", format, src.ranges.Load(), s.Ranges)
		}
		// A smaller sample is a part of a larger one.
		less := mustSample(t, tract.Input{Format: format, Source: tract.Bytes(b)}, 30, "other")
		for _, p := range less.Positions {
			if _, ok := slices.BinarySearch(s.Positions, p); !ok {
				t.Errorf("%s: streamline at %d is in 30, but not in 100", format, p)
			}
		}
		all := mustSample(t, tract.Input{Format: format, Source: tract.Bytes(b)}, 1000, "")
		if len(all.Counts) != 300 || int64(len(all.Batch.Points)) != 3*all.Points {
			t.Errorf("%s: %d streamlines, want all", format, len(all.Counts))
		}
	}
}

func TestSampleOfWhatCannotBeSampled(t *testing.T) {
	trk, _, _ := varied(2000)
	in := tract.Input{Format: tract.TRKGZ, Source: tract.Bytes(gz(trk))}
	if _, err := mustOpenFile(t, in).Sample(10, "", tract.Budget{Ranges: 64, Bytes: 1 << 18}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a compressed file above the budget: %v, want ErrUnsupported", err)
	}
	in = tract.Input{Format: tract.TRK, Source: tract.Bytes(trk)}
	if _, err := mustOpenFile(t, in).Sample(10, "", tract.Budget{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("no budget: %v, want ErrUnsupported", err)
	}
	// A budget that is too small for a streamline gives none, and no error.
	if s, err := mustOpenFile(t, in).Sample(10, "", tract.Budget{Ranges: 2, Bytes: 1200}); err != nil || len(s.Counts) != 0 || s.Streamlines != -1 {
		t.Errorf("a budget of 200 bytes: %+v, %v", s, err)
	}
}

func TestSampleOfASourceThatFails(t *testing.T) {
	changed := fmt.Errorf("get: %w", tract.ErrChanged)
	trk, _, _ := varied(2000)
	src := partial{b: trk[:len(trk)/2], size: int64(len(trk)), err: changed}
	if _, err := mustOpenFile(t, tract.Input{Format: tract.TRK, Source: src}).Sample(10, "", tract.Budget{Ranges: 9, Bytes: 1 << 18}); !errors.Is(err, tract.ErrChanged) {
		t.Errorf("error %v, want ErrChanged", err)
	}
	src.err = nil
	if _, err := mustOpenFile(t, tract.Input{Format: tract.TRK, Source: src}).Sample(10, "", tract.Budget{Ranges: 9, Bytes: 1 << 18}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a source that ends: error %v, want io.ErrUnexpectedEOF", err)
	}
}

// A compressed file that unpacks to very much is given up.
func TestSampleOfABomb(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks 1 GB")
	}
	record := append(binary.LittleEndian.AppendUint32(nil, 100_000), make([]byte, 1_200_000)...)
	once := gz(bytes.Repeat(record, 20))
	bomb := append(gz(plainTRK().bytes()), bytes.Repeat(once, 60)...) // 1.4 GB in members
	if len(bomb) > 16<<20 {
		t.Fatalf("%d bytes", len(bomb))
	}
	_, err := mustOpenFile(t, tract.Input{Format: tract.TRKGZ, Source: tract.Bytes(bomb)}).Sample(100_000, "", tract.FirstPicture())
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("error %v, want ErrUnsupported", err)
	}
}
