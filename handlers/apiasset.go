package handlers

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"ngportal/ngstate"
	"ngportal/volume"
)

type assetJSON struct {
	Dataset  string      `json:"dataset"`
	Location string      `json:"location"`
	Path     string      `json:"path"`
	Name     string      `json:"name"`
	Kind     string      `json:"kind,omitzero" enum:"zarr n5 precomputed nifti trk tck trx vtk tt bundles" doc:"Not there for a file that no viewer opens."`
	Size     int64       `json:"size,omitzero" doc:"Of an object, in bytes."`
	Modified time.Time   `json:"modified,omitzero"`
	S3       string      `json:"s3" doc:"Where it is stored."`
	DataURL  string      `json:"data_url"`
	Source   string      `json:"source,omitzero" doc:"What Neuroglancer opens."`
	Image    *imageJSON  `json:"image,omitzero"`
	Tracts   *tractsJSON `json:"tracts,omitzero"`
	Checks   []checkJSON `json:"checks" doc:"What was looked at before it is opened in Neuroglancer; of an image."`
	Notes    []string    `json:"notes" doc:"What could not be found out."`
	Fault    string      `json:"fault,omitzero" doc:"Why it cannot be opened."`
}

type checkJSON struct {
	Rule   string `json:"rule" doc:"A stable word for what was looked at."`
	Light  string `json:"light" enum:"green amber red" doc:"In order; opens with something to know, or repaired; does not open."`
	Text   string `json:"text"`
	Repair string `json:"repair,omitzero" doc:"What is done about it when it is opened."`
}

type placementJSON struct {
	Axes       []int    `json:"axes" doc:"Of the array, that the columns of matrix are for; -1 for one that it has not."`
	Matrix     [][]real `json:"matrix" doc:"Takes indices of the finest level, of the centers of voxels, to millimeters: three rows of four."`
	Source     string   `json:"source" doc:"What says so, such as sform or OME-Zarr."`
	Anatomical bool     `json:"anatomical" doc:"x, y and z are right, anterior and superior."`
	Assumed    bool     `json:"assumed" doc:"The unit of length is assumed."`
}

type imageJSON struct {
	Format     string         `json:"format"`
	OME        string         `json:"ome,omitzero" doc:"Version of the OME-Zarr metadata."`
	DType      string         `json:"dtype,omitzero"`
	Label      bool           `json:"label,omitzero" doc:"Voxels are labels."`
	Axes       []axisJSON     `json:"axes"`
	Levels     []levelJSON    `json:"levels" doc:"The finest first."`
	Channels   []string       `json:"channels" doc:"Their names, as far as known."`
	Contrast   []contrastJSON `json:"contrast" doc:"Of each channel."`
	Placement  *placementJSON `json:"placement,omitzero" doc:"Where its voxels lie."`
	Segments   int            `json:"segments" doc:"Labels that have a name or a color."`
	Warnings   []string       `json:"warnings"`
	Unreadable string         `json:"unreadable,omitzero" doc:"Why Neuroglancer refuses it."`
}

type axisJSON struct {
	Name string `json:"name"`
	Kind string `json:"kind,omitzero" enum:"space channel time"`
	Unit string `json:"unit,omitzero"`
}

type levelJSON struct {
	Path     string  `json:"path,omitzero"`
	Shape    []int64 `json:"shape"`
	Chunk    []int64 `json:"chunk"`
	Scale    []real  `json:"scale" doc:"Size of a voxel along each axis, in the axis's unit."`
	Encoding string  `json:"encoding"`
}

type contrastJSON struct {
	Min real `json:"min"`
	Max real `json:"max"`
	Q01 real `json:"q01"`
	Q99 real `json:"q99"`
}

// A real is a number that files may give as NaN or infinite; JSON has null for that.
type real float64

func (f real) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(f), 'g', -1, 64), nil
}

func (s *site) apiAsset(r *http.Request, _ none) (assetJSON, error) {
	ref, err := apiRefIn(r)
	if err != nil {
		return assetJSON{}, err
	}
	a, err := s.Library.Describe(r.Context(), rights(r), ref)
	if err != nil {
		return assetJSON{}, err
	}
	out := assetJSON{
		Dataset: ref.Dataset, Location: ref.Location, Path: ref.Path, Name: a.Name, Kind: string(a.Kind), Size: a.Size,
		Modified: a.Modified.UTC(), S3: a.Location.URI(ref.Path), DataURL: s.dataURL(a.Location, ref.Path),
		Source: s.source(a), Notes: append([]string{}, a.Notes...), Checks: []checkJSON{},
	}
	switch {
	case a.Fault != nil:
		out.Fault = sentence(text(a.Fault))
	case a.Tract != nil:
		out.Tracts = jsonTracts(a.Tract)
	case a.Volume != nil:
		out.Image = jsonImage(a.Volume, a.Stats)
		ctx, cancel := context.WithTimeout(r.Context(), gatherTime)
		defer cancel()
		if named, _, failed := s.Library.Segments(ctx, rights(r), a); failed == nil {
			out.Image.Segments = len(named)
		}
		out.Checks = jsonEach(s.preflight(a, s.sample(ctx, r, a)), func(c ngstate.Check) checkJSON {
			return checkJSON{string(c.Rule), string(c.Light), sentence(c.Text), sentence(c.Repair)}
		})
	}
	return out, nil
}

func jsonImage(v *volume.Image, stats []volume.Stats) *imageJSON {
	asReal := func(f float64) real { return real(f) }
	out := &imageJSON{
		Format: string(v.Format), OME: v.OME, DType: v.DType, Label: v.IsLabel, Unreadable: v.Unreadable(),
		Axes: jsonEach(v.Axes, func(a volume.Axis) axisJSON { return axisJSON{a.Name, a.Kind, a.Unit} }),
		Levels: jsonEach(v.Levels, func(l volume.Level) levelJSON {
			return levelJSON{l.Path, append([]int64{}, l.Shape...), append([]int64{}, l.Chunk...), jsonEach(l.Scale, asReal), l.Encoding}
		}),
		Channels: jsonEach(v.Channels, func(c volume.Channel) string { return c.Label }),
		Contrast: jsonEach(stats, func(st volume.Stats) contrastJSON {
			return contrastJSON{real(st.Min), real(st.Max), real(st.Q01), real(st.Q99)}
		}),
		Warnings: jsonEach(v.Findings, func(f volume.Finding) string { return f.Text }),
	}
	if len(v.Levels) > 0 {
		p := v.Place()
		out.Placement = &placementJSON{Axes: p.Axes[:], Source: p.Source, Anatomical: p.Anatomical, Assumed: p.Assumed}
		for _, row := range p.Matrix {
			out.Placement.Matrix = append(out.Placement.Matrix, jsonEach(row[:], asReal))
		}
	}
	return out
}
