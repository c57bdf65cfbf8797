package skeleton_test

import (
	"io"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
	"ngportal/tract/skeleton"
)

// gathered are all streamlines of a file in memory.
func gathered(t testing.TB, f *tract.File) []tract.Batch {
	t.Helper()
	r, err := f.Read(f.All())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all []tract.Batch
	for {
		var b tract.Batch
		if r.ReadBatch(&b) != nil {
			return all
		}
		all = append(all, b)
	}
}

// BenchmarkEncode writes streamlines that are in memory already.
func BenchmarkEncode(b *testing.B) {
	f := open(b, tract.TRK, tracttest.Synthetic{Streamlines: 10_000})
	var one tract.Sample
	for _, batch := range gathered(b, f) {
		one.Counts, one.Batch.Points = append(one.Counts, batch.Counts...), append(one.Batch.Points, batch.Points...)
	}
	k, err := skeleton.NewSet(f, nil, &one).Open(skeleton.SampleID, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(k.Size())
	began := cpu(b)
	for b.Loop() {
		if _, err := k.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpu(b)-began)/float64(b.N)/float64(len(one.Batch.Points)/3), "CPU-ns/vertex")
}

// BenchmarkSurvey adds up streamlines that are in memory already; bytes are those of the .trk file.
func BenchmarkSurvey(b *testing.B) {
	f := open(b, tract.TRK, tracttest.Synthetic{Streamlines: 10_000})
	all := gathered(b, f)
	b.SetBytes(f.Size())
	began := cpu(b)
	for b.Loop() {
		s := tract.NewSurveyor(f)
		for i := range all {
			s.Add(&all[i])
		}
	}
	b.ReportMetric(float64(f.Size())*float64(b.N)/1e9/(cpu(b)-began).Seconds(), "GB/CPU-s")
}
