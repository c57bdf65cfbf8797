package main

import (
	"errors"
	"fmt"
	"runtime"

	"ngportal/tract"
	"ngportal/tract/annotation"
	"ngportal/tractstore"
)

// annotations builds annotations and writes a source of them.
func (c *conversion) annotations() (note string, err error) {
	f := c.file.File
	// The seed is of the content, so that a copy of a file elsewhere becomes the same folder.
	sample, err := f.Sample(tractstore.Streamlines, fmt.Sprint(f.Size()), tract.FirstPicture())
	if errors.Is(err, errors.ErrUnsupported) {
		sample, err = nil, nil
	}
	if err != nil {
		return "", err
	}
	layout, err := annotation.Plan(f, sample, c.tolerance)
	if err != nil {
		return "", err
	}
	at := c.folder.final + ".build"
	shop, err := openWorkshop(at, fmt.Sprintf("%s\ntolerance %g, frame %q\n%s", version(), layout.Tolerance(), c.in.frame, c.file.version()))
	if err != nil {
		return "", err
	}
	note, err = c.build(layout, shop)
	if errors.Is(stopped(err), errStopped) {
		c.kept = at
		return "", errors.Join(err, shop.leave())
	}
	return note, errors.Join(err, shop.end())
}

// build makes the store and writes what is in it.
func (c *conversion) build(layout *annotation.Layout, shop *tractWorkshop) (note string, err error) {
	if err = annotation.Build(c.file.File, layout, shop, runtime.GOMAXPROCS(0), c.line.begin("building")); err != nil {
		return "", err
	}
	r, err := shop.Open(annotation.StoreName)
	if err != nil {
		return "", err
	}
	defer r.Close()
	store, err := annotation.OpenStore(r, r.Size())
	if err != nil {
		return "", err
	}
	w := &annotationWriter{conversion: c, store: store, size: r.Size(), tell: c.line.begin("writing")}
	if err = w.write(); err != nil {
		return "", err
	}
	note = fmt.Sprintf("%d streamlines as annotations within %g mm, %d levels\n", store.Survey().Streamlines, layout.Tolerance(), len(store.Levels()))
	if !c.sharded {
		note += "Without --sharded there is no index by id: a viewer cannot tell about the line under the mouse.\n"
	}
	return note, nil
}
