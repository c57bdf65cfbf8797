package tract_test

import (
	"errors"
	"io"
	"syscall"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
)

// BenchmarkReadBatch reads 70 MB: what every use of a tractogram begins with.
func BenchmarkReadBatch(b *testing.B) {
	body, err := tracttest.Synthetic{Streamlines: 40_000}.Open(0, tracttest.Synthetic{Streamlines: 40_000}.Size())
	if err != nil {
		b.Fatal(err)
	}
	trk, err := io.ReadAll(body)
	if err != nil {
		b.Fatal(err)
	}
	for name, file := range map[tract.Format][]byte{tract.TRK: trk, tract.TCK: asTCK(b, trk)} {
		b.Run(string(name), func(b *testing.B) {
			f, err := tract.Open(tract.Input{Format: name, Source: tract.Bytes(file)})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			before := cpuSeconds(b)
			for b.Loop() {
				if n := drain(b, f); n != 40_000 {
					b.Fatal(n)
				}
			}
			b.ReportMetric(float64(b.N)*float64(len(file))/1e6/(cpuSeconds(b)-before), "MB/CPU-s")
		})
	}
}

// cpuSeconds is the time this process has computed; unlike the clock it does not count that of others.
func cpuSeconds(t testing.TB) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// drain reads a whole file and returns how many streamlines it has.
func drain(b *testing.B, f *tract.File) (n int) {
	r, err := f.Read(f.All())
	if err != nil {
		b.Fatal(err)
	}
	var batch tract.Batch
	for err = r.ReadBatch(&batch); err == nil; err = r.ReadBatch(&batch) {
		n += len(batch.Counts)
	}
	if !errors.Is(err, io.EOF) {
		b.Fatal(err)
	}
	return n
}

// asTCK is a .tck file of the same points.
func asTCK(t testing.TB, trk []byte) []byte {
	f, err := tract.Open(tract.Input{Format: tract.TRK, Source: tract.Bytes(trk)})
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(f.All())
	if err != nil {
		t.Fatal(err)
	}
	var numbers []float32
	for s, err := r.Next(); err == nil; s, err = r.Next() {
		numbers = append(append(numbers, s.Points...), nan, nan, nan)
	}
	return tck32("", append(numbers, inf, inf, inf)...)
}
