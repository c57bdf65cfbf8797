package handlers

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"ngportal/access"
	"ngportal/ngstate"
	"ngportal/preview"
	"ngportal/store"
	"ngportal/views"
)

// composeTime bounds what the tray page finds out about its assets. What takes longer goes on without it.
const composeTime = 2500 * time.Millisecond

// tray shows what the person has collected, and how it is arranged.
func (s *site) tray(w http.ResponseWriter, r *http.Request) error {
	m, err := s.trayPage(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, views.TrayContent(m))
}

func (s *site) trayPage(r *http.Request) (views.TrayPage, error) {
	sc, err := s.Store.Scene(r.Context(), person(r))
	if err != nil {
		return views.TrayPage{}, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), composeTime)
	defer cancel()
	open, may, v := openPanels(r, sc.Items), rights(r), viewOf(sc)
	m := views.TrayPage{
		Page: s.page(r, "Tray"), Href: trayURL(open), Scene: sceneTitle(sc.Items), Undo: sc.Undo, Redo: sc.Redo, View: viewControls(v),
	}
	m.Breadcrumbs = []views.Crumb{{Name: "Data", Href: "/"}, {Name: "Tray"}}
	all := s.readScene(ctx, may, sc)
	s.describeTracts(ctx, may, all)
	for i, item := range sc.Items {
		t := s.trayItem(may, item)
		t.Problems = append(t.Problems, s.unopened(all[i])...)
		t.Shown = tractBadge(all[i])
		if t.AdjustHref != "" {
			t.AdjustHref = trayURL(toggled(open, panelID(item.Ref)))
			t.Changes = changeWords(item, v)
		}
		if slices.Contains(open, panelID(item.Ref)) && t.AdjustHref != "" {
			t.Adjust = s.adjust(ctx, may, sc, all[i])
		}
		m.Items = append(m.Items, t)
	}
	m.Offers = s.offers(ctx, may, sc.Items)
	m.Preview = scenePreview(sc, v, all)
	return m, nil
}

// unopened says that the scene does not open with an item, and why, as far as it has been read.
func (s *site) unopened(d sceneItem) []views.Problem {
	var why string
	if d.asset.Fault != nil {
		why = sentence(text(d.asset.Fault))
	} else if checks := s.checks(d.asset, gathered{}); refused(checks) {
		why = checks[0].Text // the most serious
	}
	if why == "" {
		return nil
	}
	return []views.Problem{{Severity: views.Error, Text: why + " Remove it to open the rest."}}
}

// panelID is a short name of an asset, for the address of the page on which its panel is open.
func panelID(ref access.Ref) string {
	sum := sha256.Sum256([]byte(assetValue(ref)))
	return hex.EncodeToString(sum[:4])
}

// openPanels are the assets whose panels the address opens.
func openPanels(r *http.Request, items []store.Item) []string {
	wanted := r.URL.Query()["adjust"]
	var out []string
	for _, i := range items {
		if id := panelID(i.Ref); slices.Contains(wanted, id) {
			out = append(out, id)
		}
	}
	return out
}

func toggled(open []string, id string) []string {
	if at := slices.Index(open, id); at >= 0 {
		return slices.Delete(slices.Clone(open), at, at+1)
	}
	return append(slices.Clone(open), id)
}

func trayURL(open []string) string {
	if len(open) == 0 {
		return "/tray"
	}
	return "/tray?" + url.Values{"adjust": open}.Encode()
}

// changeWords say what has been chosen for an asset that one would not see at once.
func changeWords(i store.Item, v ngstate.View) []string {
	o := optionsOf(i)
	var out []string
	for _, m := range o.Moves {
		words := "moved by " + lastName(m.Path)
		if m.Inverted {
			words += ", inverted"
		}
		out = append(out, words)
	}
	if len(o.Layers) > 0 {
		out = append(out, "as in the scene it was imported from")
	}
	if v.Compare {
		out = append(out, "on the "+[]string{"left", "right"}[min(max(o.Look.Group, 0), 1)])
	}
	return out
}

// viewControls are the form of the view.
func viewControls(v ngstate.View) views.ViewControls {
	words := layoutWords()
	out := views.ViewControls{
		Layouts: []views.Option{{Label: "Automatic", Selected: v.Layout == ""}},
		Orientations: []views.Option{
			{Label: "Radiological: the subject’s right on the left", Value: "radiological", Selected: !v.Neurological},
			{Label: "Neurological: the subject’s left on the left", Value: "neurological", Selected: v.Neurological},
		},
		Compare: v.Compare,
	}
	for _, name := range ngstate.Layouts() {
		out.Layouts = append(out.Layouts, views.Option{Label: cmp.Or(words[name], name), Value: name, Selected: v.Layout == name})
	}
	if v.Position != nil {
		for i := range v.Position {
			out.Position[i] = number(&v.Position[i])
		}
	}
	return out
}

// scenePreview are the pictures of a scene.
func scenePreview(sc store.Scene, v ngstate.View, all []sceneItem) views.ScenePreview {
	out := views.ScenePreview{Notes: previewNotes(all)}
	b, ok := sceneBox(all)
	if !ok {
		if len(out.Notes) == 0 {
			out.Notes = []views.Problem{{Severity: views.Info, Text: "Nothing is shown that a preview could be drawn of."}}
		}
		return out
	}
	if v.Neurological { // it turns three sections together, and cannot mirror one
		out.Notes = append(out.Notes, views.Problem{
			Severity: views.Info,
			Text:     "In the neurological view Neuroglancer has the front at the bottom of the axial section, and at the left of the sagittal one.",
		})
	}
	digest := sceneDigest(sc)
	for i, name := range groupNames(v) {
		g := views.SceneGroup{Name: name, Empty: emptyGroup(v, all, i)}
		for _, plane := range planesOf() {
			if f, ok := sceneFigure(b, v, all, plane); ok {
				f.Src = "/tray/preview?" + url.Values{"plane": {string(plane)}, "group": {strconv.Itoa(i)}, "v": {digest}}.Encode()
				g.Figures = append(g.Figures, f)
			}
		}
		out.Groups = append(out.Groups, g)
	}
	return out
}

// groupNames are the sides of a comparison; one without a name is all.
func groupNames(v ngstate.View) []string {
	if v.Compare {
		return []string{"Left", "Right"}
	}
	return []string{""}
}

// emptyGroup says what to do about a side of a comparison that has no layer; "" of one that has some.
func emptyGroup(v ngstate.View, all []sceneItem, group int) string {
	if !v.Compare || slices.ContainsFunc(all, func(d sceneItem) bool { return min(max(d.look.Group, 0), 1) == group }) {
		return ""
	}
	return "No layer is on this side yet. Choose the side of each under its “Adjust”."
}

// sceneDigest changes with everything that a preview shows.
func sceneDigest(sc store.Scene) string {
	text, _ := json.Marshal([]any{sc.Items, sc.View}) // strings cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// sceneFigure is one section without its address; false for one too thin to be looked at.
func sceneFigure(b box, v ngstate.View, all []sceneItem, plane preview.Plane) (views.Figure, bool) {
	view := sceneView(b, v, plane)
	if min(view.Width, view.Height) < leastSide {
		return views.Figure{}, false
	}
	anatomical := slices.ContainsFunc(all, func(d sceneItem) bool { return d.err == nil && d.asset.Volume.Place().Anatomical })
	f := views.Figure{Title: planeWords(plane, anatomical), Width: view.Width, Height: view.Height}
	f.Left, f.Right, f.Top, f.Bottom = preview.Letters(plane, anatomical, v.Neurological)
	bar := scaleBar(b)
	if pixels := int(bar/view.PixelSize + 0.5); pixels < view.Width-16 {
		f.Bar, f.BarText = pixels, millimeters(bar)
	}
	f.Alt = fmt.Sprintf("%s section of all visible layers, one over the other. %s is left, %s right, %s up and %s down.",
		f.Title, f.Left, f.Right, f.Top, f.Bottom)
	return f, true
}

// trayPreview draws one section of the scene.
func (s *site) trayPreview(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	plane := preview.Plane(cmp.Or(q.Get("plane"), string(preview.Axial)))
	if !slices.Contains(planesOf(), plane) {
		return badWish("plane", string(plane))
	}
	sc, err := s.Store.Scene(r.Context(), person(r))
	if err != nil {
		return err
	}
	v, group := viewOf(sc), -1
	if v.Compare {
		group = 0
		if q.Get("group") == "1" {
			group = 1
		}
	}
	all := s.readScene(r.Context(), rights(r), sc)
	b, ok := sceneBox(all)
	if !ok {
		return fmt.Errorf("%w: there is nothing to draw", ngstate.ErrInvalid)
	}
	img, err := s.drawScene(r.Context(), rights(r), all, group, sceneView(b, v, plane))
	if err != nil {
		return err
	}
	data, err := preview.PNG(img)
	if err != nil {
		return err
	}
	return servePNG(w, r, data)
}
