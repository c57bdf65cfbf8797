// Package skeleton makes Neuroglancer's precomputed skeletons of tractograms: one object for each bundle, and for
// disjoint subsets chosen by hash, so that each further object that is ticked adds density.
//
// Objects are made as they are asked for, in constant memory, and their size is known before.
package skeleton

import (
	"fmt"
	"slices"

	"ngportal/tract"
)

// MaxVertices is how many vertices an object may have: more do not fit into a browser.
const MaxVertices = 25_000_000

// FirstVertices is how many vertices are shown to begin with, 32 bytes each.
const FirstVertices = 1_000_000

// Numbers of objects that are no bundles.
const (
	SampleID = 1_000_000 // what can be shown of a large file before it was read whole
	StrataID = 1_000_001 // the first stratum; the others follow
)

// An Object is what has a number in the viewer's list.
type Object struct {
	ID          uint64
	Label       string
	Tags        []string // without the # in front
	Streamlines int64
	Vertices    int64
	MeanLength  float64 // mm; 0 if it is not known
	First       bool    // to be shown to begin with
}

// A Set is the objects of a file. It is safe for concurrent use.
type Set struct {
	Objects []Object

	file   *tract.File
	survey *tract.Survey
	sample *tract.Sample
	strata []stratum
}

// NewSet chooses the objects of f.
//
// With a survey they are its bundles and the strata, which together are all streamlines; but not bundles of more than
// MaxVertices, which cannot be opened. Those shown first are the bundles, if they have all streamlines and no more
// than FirstVertices, and else as many strata as fit.
//
// Without a survey, a file whose header tells how many vertices it has, no more than FirstVertices, is one stratum; of
// any other there is the sample alone, which then may not be nil. The sample can be opened by its number at any time.
func NewSet(f *tract.File, s *tract.Survey, sample *tract.Sample) *Set {
	set := &Set{file: f, survey: s, sample: sample}
	switch points, lines, ok := f.Vertices(); {
	case s != nil:
		set.surveyed()
	case ok && points <= FirstVertices && lines <= points:
		set.strata = []stratum{{streamlines: lines, vertices: points, edges: points - lines}}
		set.Objects = []Object{{ID: StrataID, Label: "all", Tags: []string{"sample"}, Streamlines: lines, Vertices: points, First: true}}
	case sample != nil:
		set.Objects = []Object{sampled(sample)}
	}
	return set
}

func sampled(s *tract.Sample) Object {
	n := len(s.Counts)
	return Object{
		ID: SampleID, Label: fmt.Sprintf("sample of %d", n), Tags: []string{"sample"},
		Streamlines: int64(n), Vertices: int64(len(s.Batch.Points) / 3), First: true,
	}
}

// surveyed lists the objects of a file that has been read.
func (s *Set) surveyed() {
	total, can := int64(0), true // be shown first
	for _, b := range s.survey.Bundles {
		total += b.Points
		if can = can && b.Points <= MaxVertices; b.Points > MaxVertices {
			continue
		}
		s.Objects = append(s.Objects, Object{
			ID: uint64(b.ID), Label: b.Name, Tags: []string{"bundle"},
			Streamlines: b.Streamlines, Vertices: b.Points, MeanLength: b.MeanLength,
		})
	}
	first := len(s.Objects) > 0 && can && total <= FirstVertices && !slices.Contains(s.survey.Member, 0)
	for i := range s.Objects {
		s.Objects[i].First = first
	}
	s.strata = stratify(s.survey.Counts)
	total = 0
	for k, t := range s.strata {
		total += t.vertices
		o := Object{
			ID: StrataID + uint64(k), Label: t.label, Tags: []string{"sample"}, Streamlines: t.streamlines, Vertices: t.vertices,
			First: !first && (total <= FirstVertices || k == 0),
		}
		if len(s.strata) == 1 {
			o.MeanLength = s.survey.Lengths.Mean
		}
		s.Objects = append(s.Objects, o)
	}
}
