package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/ngstate"
	"ngportal/store"
	"ngportal/views"
)

// An importing is a scene that was made elsewhere, on its way into the tray.
type importing struct {
	scene   ngstate.Imported
	items   []store.Item // whose data are ours
	known   int          // layers of these
	foreign []foreignLayer
	notes   []string // sentences: what is left out, and why
}

// A foreignLayer is a layer of it whose data lie elsewhere.
type foreignLayer struct {
	at      int // among the layers of the scene
	address string
	item    store.Item
}

// trayImport adds the layers of a Neuroglancer link or state to the tray. It asks first about those that come from
// elsewhere, and tells what it would leave out.
func (s *site) trayImport(w http.ResponseWriter, r *http.Request) error {
	pasted := strings.TrimSpace(r.FormValue("scene"))
	in, err := s.readImport(r, pasted)
	if err != nil {
		return s.importFault(w, r, pasted, err)
	}
	if r.FormValue("asked") == "" && len(in.foreign)+len(in.notes) > 0 {
		return s.render(w, r, http.StatusOK, views.Import(s.importPage(r, pasted, in)))
	}
	items := in.items
	for _, f := range in.foreign {
		if slices.Contains(r.Form["foreign"], strconv.Itoa(f.at)) {
			if items, err = join(items, f.item); err != nil {
				return s.importFault(w, r, pasted, err)
			}
		}
	}
	have, err := visitOf(r).tray()
	if err != nil {
		return err
	}
	view := ""
	if len(have) == 0 && in.scene.View != (ngstate.View{}) { // one looks as before at what is there already
		text, wrong := json.Marshal(in.scene.View)
		if wrong != nil {
			return wrong
		}
		view = string(text)
	}
	if len(items) > 0 {
		if _, err = s.Store.AddScene(r.Context(), person(r), items, view); err != nil {
			return err
		}
	}
	back(w, r)
	return nil
}

// importFault shows the tray again, and what is wrong with what was pasted.
func (s *site) importFault(w http.ResponseWriter, r *http.Request, pasted string, fault error) error {
	u := explain(fault)
	if u.retry || u.code >= http.StatusInternalServerError {
		return fault
	}
	m, err := s.trayPage(r)
	if err != nil {
		return err
	}
	m.Import = views.ImportForm{Fault: strings.TrimSpace(u.what + " " + u.do), Text: pasted}
	return s.render(w, r, http.StatusUnprocessableEntity, views.TrayContent(m))
}

func (s *site) importPage(r *http.Request, pasted string, in importing) views.ImportPage {
	m := views.ImportPage{Page: s.page(r, "Add a scene"), Text: pasted, Known: in.known}
	m.Breadcrumbs = []views.Crumb{{Name: "Data", Href: "/"}, {Name: "Tray", Href: "/tray"}, {Name: "Add a scene"}}
	for _, f := range in.foreign {
		m.Foreign = append(m.Foreign, views.ForeignLayer{Value: strconv.Itoa(f.at), Name: itemName(f.item), Address: f.address})
	}
	for _, n := range in.notes {
		m.Notes = append(m.Notes, views.Problem{Severity: views.Warning, Text: sentence(n)})
	}
	return m
}

// importTime bounds the search for what the layers of a scene read.
const importTime = 30 * time.Second

// readImport finds out what the layers of a scene read.
func (s *site) readImport(r *http.Request, pasted string) (importing, error) {
	ctx, cancel := context.WithTimeout(r.Context(), importTime)
	defer cancel()
	r = r.WithContext(ctx)
	scene, err := s.importScene(r, pasted)
	if err != nil {
		return importing{}, err
	}
	in := importing{scene: scene, notes: scene.Warnings}
	for at, l := range scene.Layers {
		if err := s.importLayer(r, &in, at, l); err != nil {
			u := explain(err)
			if u.retry {
				return importing{}, err
			}
			in.notes = append(in.notes, "the layer “"+l.Name+"” is left out: "+lowerFirst(u.what))
		}
	}
	if len(in.items)+len(in.foreign) == 0 {
		why := strings.Join(in.notes, "; ")
		return importing{}, &userError{
			code: http.StatusUnprocessableEntity, heading: "Nothing can be added", what: sentence("none of its layers can be added"),
			do: sentence(why),
		}
	}
	return in, nil
}

// lowerFirst is a sentence as it goes on after a colon.
func lowerFirst(text string) string {
	if text == "" {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}

// importScene reads what was pasted. A stored scene of ours is opened, if the person may see all of it; addresses elsewhere
// are not asked for anything.
func (s *site) importScene(r *http.Request, pasted string) (ngstate.Imported, error) {
	slug, ours := s.slugOf(pasted)
	if !ours {
		scene, err := ngstate.Import(pasted)
		if err != nil || scene.Remote == "" {
			return scene, err
		}
		if slug, ours = s.slugOf(scene.Remote); !ours {
			return scene, &userError{
				code: http.StatusUnprocessableEntity, heading: "This link leads elsewhere",
				what: "Its scene lies at “" + scene.Remote + "”, which the portal does not fetch.",
				do:   "Open it in Neuroglancer, copy the state (the button {}), and paste it here.",
			}
		}
	}
	link, err := s.Store.Link(r.Context(), slug)
	for _, id := range link.Locations {
		if _, _, no := rights(r).Location(id); no != nil {
			err = errors.Join(err, fs.ErrNotExist)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return ngstate.Imported{}, notYours()
	}
	if err != nil {
		return ngstate.Imported{}, err
	}
	return ngstate.Import(string(link.State))
}

// notYours is what is said of what is not there and of what may not be known alike.
func notYours() error {
	return &userError{
		code: http.StatusUnprocessableEntity, heading: "Not there, or not for you",
		what: "It is not there, or you may not see it.", cause: fs.ErrNotExist,
	}
}

// slugOf reads the address of one of our links, or of its state.
func (s *site) slugOf(address string) (slug string, ok bool) {
	for _, before := range []string{s.PortalURL + "/s/", s.ViewerURL + "/_session/state/"} {
		if rest, found := strings.CutPrefix(address, before); found {
			slug, _, _ = strings.Cut(rest, "#")
			slug, _, _ = strings.Cut(slug, "?")
			return slug, slug != ""
		}
	}
	return "", false
}

// importLayer puts a layer where it belongs: among the items, or those that are asked about.
func (s *site) importLayer(r *http.Request, in *importing, at int, l ngstate.ImportedLayer) error {
	if len(l.Sources) == 0 && l.Type == "annotation" { // points and lines that somebody has set: all of it is in the state
		l.Sources = []string{"local://annotations/" + l.Name}
		item, err := s.importedItem(r, l, nil, l.Raw)
		if err != nil {
			return err
		}
		return in.add(item)
	}
	if len(l.Sources) == 0 {
		return fmt.Errorf("%w: it reads no data", ngstate.ErrInvalid)
	}
	refs := make([]*access.Ref, len(l.Sources))
	known := map[string]string{} // addresses of ours → data URLs
	for i, source := range l.Sources {
		ref, loc, ours, err := s.locate(r, source)
		if err != nil {
			return err
		}
		if ours {
			refs[i] = &ref
			if !strings.HasPrefix(source, s.ViewerURL+"/t/") { // which is one of several things that are made of an asset
				known[source] = s.dataURL(loc, ref.Path)
			}
		}
	}
	if refs[0] == nil && !foreignScheme(l.Sources[0]) {
		return fmt.Errorf("%w: Neuroglancer cannot read %.200s here", ngstate.ErrInvalid, l.Sources[0])
	}
	raw, err := ngstate.Readdress(l.Raw, known)
	if err != nil {
		return err
	}
	item, err := s.importedItem(r, l, refs[0], raw)
	if err != nil {
		return err
	}
	if elsewhere := slices.Index(refs, nil); elsewhere >= 0 { // by whatever scheme: the viewer knows more than we do
		in.foreign = append(in.foreign, foreignLayer{at, l.Sources[elsewhere], item})
		return nil
	}
	return in.add(item)
}

// add puts a layer whose data are ours among the items.
func (in *importing) add(item store.Item) (err error) {
	if in.items, err = join(in.items, item); err == nil {
		in.known++
	}
	return err
}

// foreignScheme reports whether the viewer can read an address by itself.
func foreignScheme(source string) bool {
	return slices.ContainsFunc([]string{"https://", "http://", "s3://", "gs://"}, func(s string) bool { return strings.HasPrefix(source, s) })
}

// importedItem is a layer as the tray has it.
func (s *site) importedItem(r *http.Request, l ngstate.ImportedLayer, ref *access.Ref, raw json.RawMessage) (store.Item, error) {
	o := options{Layers: []importedLayer{{Name: l.Name, Raw: raw}}}
	o.Look.Hidden = l.Hidden
	item := store.Item{Ref: access.Ref{Path: l.Sources[0]}, Name: l.Name}
	if ref != nil {
		kind, err := s.kindOf(r, *ref)
		if err != nil {
			return item, err
		}
		item.Ref, item.Kind = *ref, string(kind)
	}
	var err error
	if item.Options, err = o.text(); err == nil && len(item.Options) > store.MaxOptions {
		err = fmt.Errorf("%w: its settings are too long to be kept", ngstate.ErrInvalid)
	}
	return item, err
}

// join adds an item, or its layer to that of the same data: each channel of an image is a layer.
func join(items []store.Item, item store.Item) ([]store.Item, error) {
	at := slices.IndexFunc(items, func(i store.Item) bool { return i.Ref == item.Ref })
	if at < 0 {
		return append(items, item), nil
	}
	o, more := optionsOf(items[at]), optionsOf(item)
	o.Layers = append(o.Layers, more.Layers...)
	o.Look.Hidden = o.Look.Hidden && more.Look.Hidden
	text, err := o.text()
	if err == nil && len(text) > store.MaxOptions {
		err = fmt.Errorf("%w: with the other layers of the same data its settings are too long to be kept", ngstate.ErrInvalid)
	}
	if err != nil {
		return items, err
	}
	items = slices.Clone(items)
	items[at].Options, items[at].Name = text, ""
	return items, nil
}
