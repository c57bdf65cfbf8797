package handlers

import (
	"strings"

	"ngportal/s3index"
)

type tractsJSON struct {
	Total    int64        `json:"total" doc:"Streamlines; -1 if not counted."`
	Points   int64        `json:"points" doc:"Of all streamlines; -1 if not counted."`
	Exact    bool         `json:"exact" doc:"The streamlines are counted, by reading the file or by its header; else their number and that of the points are estimates."`
	Shown    int64        `json:"shown" doc:"Streamlines that are drawn at first."`
	ShownAs  string       `json:"shown_as" enum:"skeleton annotations"`
	Built    real         `json:"built" doc:"The share of the annotations that is ready, up to 1."`
	Sampled  int64        `json:"sampled,omitzero" doc:"Streamlines that the lengths are of; not there if they are of all."`
	Lengths  *lengthsJSON `json:"lengths,omitzero" doc:"Of the streamlines."`
	Bundles  []bundleJSON `json:"bundles"`
	Scalars  []scalarJSON `json:"scalars" doc:"Values of each point."`
	Warnings []string     `json:"warnings"`
}

type lengthsJSON struct {
	Mean real `json:"mean" doc:"In millimeters."`
	Max  real `json:"max" doc:"In millimeters."`
}

type bundleJSON struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Streamlines int64  `json:"streamlines" doc:"-1 if not counted."`
	MeanLength  real   `json:"mean_length,omitzero" doc:"In millimeters; not there if it is not known."`
}

type scalarJSON struct {
	Name       string   `json:"name"`
	Components int      `json:"components"`
	Ranges     [][]real `json:"ranges" doc:"The least and the greatest value of each component; empty while the file has not been read."`
}

func jsonTracts(t *s3index.Tractogram) *tractsJSON {
	out := &tractsJSON{Shown: t.Shown, ShownAs: "annotations", Built: real(t.Built), Sampled: int64(sampled(t)), Warnings: append([]string{}, t.Warnings...)}
	out.Total, out.Exact = streamlines(t)
	out.Points, _ = points(t)
	if t.Skeleton {
		out.ShownAs = "skeleton"
	}
	if l := lengths(t); l.Mean > 0 {
		out.Lengths = &lengthsJSON{real(l.Mean), real(l.Max)}
	}
	out.Bundles = jsonEach(bundles(t), func(b bundle) bundleJSON {
		return bundleJSON{int64(b.id), b.name, b.streamlines, real(b.mean)}
	})
	at := 0
	out.Scalars = []scalarJSON{}
	for _, c := range t.Header.Scalars {
		m := scalarJSON{strings.TrimSpace(c.Name), c.Components, [][]real{}}
		for i := range c.Components {
			if r, ok := scalarRange(t, at+i); ok {
				m.Ranges = append(m.Ranges, []real{real(r[0]), real(r[1])})
			}
		}
		at += c.Components
		out.Scalars = append(out.Scalars, m)
	}
	return out
}
