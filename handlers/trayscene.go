package handlers

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"ngportal/access"
	"ngportal/ngstate"
	"ngportal/preview"
	"ngportal/s3index"
	"ngportal/store"
	"ngportal/views"
	"ngportal/volume"
	"ngportal/xfm"
)

const (
	maxDrawn  = 16 // volumes in the preview of a scene
	maxScenes = 2  // that are drawn at once, for whomever
)

// A sceneItem is one item of a scene as the preview has it.
type sceneItem struct {
	item     store.Item
	look     ngstate.Look
	asset    s3index.Asset
	colors   map[uint64][3]uint8 // of labels; nil for those that they have by themselves
	moved    *xfm.Matrix
	err      error         // why it is not drawn; nil also while nobody wants it drawn
	layer    preview.Layer // without voxels, which are many
	colormap string        // that it opens with, if it has more colors than the layer
}

// errNotDrawn is of what has no voxels here.
var errNotDrawn = errors.New("it is not drawn")

// readScene finds out how the items of a scene are drawn, and what keeps any from it. Their voxels have been read then and
// are in the library's memory, as far as that reaches: nothing here keeps them.
func (s *site) readScene(ctx context.Context, who access.Rights, sc store.Scene) []sceneItem {
	all := make([]sceneItem, len(sc.Items))
	var g errgroup.Group
	g.SetLimit(describers)
	wanted := 0
	for i, item := range sc.Items {
		d := &all[i]
		d.item, d.look = item, optionsOf(item).Look
		visible := !d.look.Hidden && !elsewhere(item) && !s3index.Kind(item.Kind).Tract()
		if !visible || wanted == maxDrawn {
			d.err = errNotDrawn
			continue
		}
		wanted++
		g.Go(func() error {
			d.err = s.guard(func() error { return s.readSmall(ctx, who, d) })
			return nil
		})
	}
	_ = g.Wait() // each has its own fault
	dress(all, viewOf(sc).Compare)
	return all
}

// drawScene draws one side of a comparison, or with a negative group all. Only so many scenes are drawn at once, each with
// the voxels of one volume in its hands.
func (s *site) drawScene(ctx context.Context, who access.Rights, all []sceneItem, group int, v preview.View) (*image.NRGBA, error) {
	select {
	case s.scenes <- struct{}{}:
		defer func() { <-s.scenes }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	img := preview.Draw(nil, v)
	for _, d := range all {
		if d.err != nil || group >= 0 && d.look.Group != group {
			continue
		}
		block, err := s.Library.Overview(ctx, who, d.asset, previewVoxels)
		if err != nil {
			return nil, err
		}
		d.layer.Block = block
		preview.Over(img, d.layer, v)
	}
	return img, nil
}

// readSmall finds what a volume says about itself and its voxels at a coarse level, and where it is moved.
func (s *site) readSmall(ctx context.Context, who access.Rights, d *sceneItem) (err error) {
	if d.asset, err = s.Library.Describe(ctx, who, d.item.Ref); err != nil {
		return err
	}
	if d.asset.Fault != nil {
		return d.asset.Fault
	}
	if _, ok := boxOf(d.asset); !ok {
		return fmt.Errorf("%w: there is nothing to draw", volume.ErrInvalid)
	}
	block, err := s.Library.Overview(ctx, who, d.asset, previewVoxels)
	if err != nil {
		return err
	}
	d.asset.Fill(block)
	if ngstate.IsSegmentation(d.plain()) {
		d.colors = s.labelColors(ctx, who, d.asset)
	}
	d.moved, err = s.movedBy(ctx, who, d.asset, optionsOf(d.item).Moves)
	return err
}

// sceneBox is what holds all that is drawn.
func sceneBox(all []sceneItem) (box, bool) {
	var layers []preview.Layer
	for _, d := range all {
		if d.err == nil {
			layers = append(layers, d.layer)
		}
	}
	low, high, ok := preview.Bounds(layers)
	b := box{low, high}
	extent := b.extent()
	return b, ok && extent > 0 && extent < 1e12
}

// sceneView is a section of a scene: through where it begins, or the middle.
func sceneView(b box, v ngstate.View, plane preview.Plane) preview.View {
	out := b.view(plane, previewSize)
	out.Neurological = v.Neurological
	if v.Position != nil {
		across, up := plane.Axes()
		through := 3 - across - up
		out.Center[through] = min(max(v.Position[through], b.low[through]), b.high[through])
	}
	return out
}

// planesOf are the planes one looks at.
func planesOf() []preview.Plane {
	return []preview.Plane{preview.Coronal, preview.Axial, preview.Sagittal}
}

// previewNotes say what of a scene is not in its preview.
func previewNotes(all []sceneItem) []views.Problem {
	var notes []views.Problem
	info := func(format string, names []string, more string) {
		if len(names) > 0 {
			notes = append(notes, views.Problem{Severity: views.Info, Text: fmt.Sprintf(format, strings.Join(names, ", ")) + more})
		}
	}
	var tracts, foreign, late, gray []string
	beyond := 0
	for _, d := range all {
		name := "“" + itemName(d.item) + "”"
		switch {
		case d.look.Hidden, d.asset.Fault != nil: // its own row says so
		case d.err == nil:
			if d.colormap != "" {
				gray = append(gray, name)
			}
		case elsewhere(d.item):
			foreign = append(foreign, name)
		case s3index.Kind(d.item.Kind).Tract():
			tracts = append(tracts, name)
		case errors.Is(d.err, errNotDrawn):
			beyond++
		case errors.Is(d.err, context.DeadlineExceeded):
			late = append(late, name)
		default:
			notes = append(notes, views.Problem{Severity: views.Warning, Text: name + " is not in the preview. " + explain(d.err).what})
		}
	}
	info("Streamlines are not in the preview: %s.", tracts, "")
	info("What lies elsewhere is not in the preview: %s.", foreign, "")
	info("Drawn in gray here, and in the colors of a color map when it is opened: %s.", gray, "")
	info("Still being read: %s.", late, " Load the page again in a moment.")
	if beyond > 0 {
		notes = append(notes, views.Problem{Severity: views.Info, Text: fmt.Sprintf("The preview has the first %d volumes; %s more will open.", maxDrawn, views.Number(beyond))})
	}
	return append(append(notes, spaceNote(all)...), centeredNote(all)...)
}

// centeredNote warns of several volumes around the origin, which nobody has moved: converters put there what they know no
// place for, so that they lie over each other.
func centeredNote(all []sceneItem) []views.Problem {
	var names []string
	for _, d := range all {
		if d.asset.Volume == nil || len(optionsOf(d.item).Moves) > 0 {
			continue
		}
		for _, c := range ngstate.Preflight(ngstate.Asset{Name: itemName(d.item), Volume: d.asset.Volume, Stats: d.asset.Stats}, nil) {
			if c.Rule == ngstate.RuleCentered {
				names = append(names, "“"+itemName(d.item)+"”")
			}
		}
	}
	if len(names) < 2 {
		return nil
	}
	return []views.Problem{{Severity: views.Warning, Text: "These have their centers at the origin, and lie over each other without having been registered: " +
		strings.Join(names, ", ") + ". A transform can be chosen under “Adjust”."}}
}

// spaceNote warns of layers whose names claim different spaces, where nobody has moved any.
func spaceNote(all []sceneItem) []views.Problem {
	of := map[string][]string{}
	for _, d := range all {
		if len(optionsOf(d.item).Moves) > 0 {
			return nil
		}
		for entity := range strings.SplitSeq(lastName(d.item.Ref.Path), "_") {
			if space, ok := strings.CutPrefix(entity, "space-"); ok {
				of[space] = append(of[space], itemName(d.item))
			}
		}
	}
	if len(of) < 2 {
		return nil
	}
	var spaces []string
	for space, names := range of {
		spaces = append(spaces, space+" ("+strings.Join(names, ", ")+")")
	}
	slices.Sort(spaces)
	return []views.Problem{{Severity: views.Warning, Text: "The names claim different spaces, so that the layers may not line up: " +
		strings.Join(spaces, ", ") + ". A transform can be chosen under “Adjust”."}}
}
