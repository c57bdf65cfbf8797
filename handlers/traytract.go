package handlers

import (
	"slices"
	"strconv"
	"strings"

	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/tract/annotation"
	"ngportal/tract/skeleton"
)

// tractAsset is a tractogram as the composer takes it; at is its tractURL.
func tractAsset(at string, t *s3index.Tractogram) *ngstate.Tract {
	out := &ngstate.Tract{
		URL: strings.TrimSuffix(at, "/") + "/", Shown: t.Shown, Total: t.Total, Bounds: t.Bounds,
		Known: t.Known || len(t.Files) > 0 && t.Total >= 0, // as the page of the folder has it
		Large: !t.Skeleton, Folder: len(t.Files) > 0,
		Objects: tractObjects(t.Objects), Bundles: tractBundles(t), Means: annotation.Numbers(t.Header),
		Scalars: slices.DeleteFunc(skeleton.Attributes(t.Header), func(name string) bool { return name == "length" }),
	}
	if t.Survey != nil && len(t.Survey.Scalars) >= len(out.Scalars) {
		out.Ranges = t.Survey.Scalars
	}
	return out
}

func tractObjects(all []skeleton.Object) []ngstate.TractObject {
	out := make([]ngstate.TractObject, len(all))
	for i, o := range all {
		out[i] = ngstate.TractObject{
			ID: strconv.FormatUint(o.ID, 10), Label: o.Label, Streamlines: o.Streamlines, Vertices: o.Vertices,
			Stratum: o.ID >= skeleton.SampleID, First: o.First,
		}
	}
	return out
}

// tractBundles are those that annotations can be chosen by.
func tractBundles(t *s3index.Tractogram) []ngstate.TractObject {
	if len(t.Files) > 0 {
		return nil
	}
	var out []ngstate.TractObject
	for _, b := range bundles(t) {
		out = append(out, ngstate.TractObject{ID: strconv.FormatUint(b.id, 10), Label: b.name, Streamlines: max(b.streamlines, 0)})
	}
	return out
}
