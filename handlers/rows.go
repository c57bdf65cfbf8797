package handlers

import (
	"path"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/views"
)

// A rower makes rows of one folder. What all of them begin with is written once.
type rower struct {
	place
	browse, asset, thumb, data, tract, uri string // what the addresses of the folder's entries begin with
	inTray                                 map[access.Ref]bool
}

func (s *site) rower(p place, loc access.Location, inTray map[access.Ref]bool) rower {
	return rower{
		p, browseURL(p.dataset, p.ref), assetURL(p.dataset, p.ref), thumbnailURL(p.dataset, p.ref),
		s.dataURL(loc, p.ref.Path), s.tractURL(loc, p.ref.Path), loc.URI(p.ref.Path), inTray,
	}
}

// row makes the model of one entry.
func (m rower) row(e s3index.Entry) views.Row {
	row := views.Row{Name: named(e.Name), Icon: iconOf(e.Kind, e.Path), Kind: kindName(e.Kind, e.Path)}
	if e.Folder {
		row.Icon, row.Kind = views.IconFolder, "folder"
	}
	if !e.Modified.IsZero() {
		row.Size = size(e.Size)
		row.DateTime = e.Modified.UTC().Format(time.RFC3339)
		row.Date = row.DateTime[:len(time.DateOnly)]
	}
	if access.CheckPath(e.Path) != nil {
		row.Kind += " (its name cannot be written in an address)"
		return row
	}
	name := e.Path[len(m.ref.Path):]
	row.Href = m.asset + access.EscapePath(name)
	if e.Folder {
		row.Href = m.browse + access.EscapePath(name)
	}
	if pictured(e.Kind) {
		row.Thumb = m.thumb + access.EscapePath(name)
	}
	if e.Kind != "" {
		ref := m.ref
		ref.Path = e.Path
		row.Asset, row.InTray = assetValue(ref), m.inTray[ref]
	}
	key := access.EscapeKey(name)
	row.Copy = views.Addresses{S3: m.uri + name, Data: m.data + key, Source: m.source(e.Kind, key)}
	return row
}

// source is Neuroglancer's source for an asset whose metadata have not been read: it lets the viewer
// find out which version of zarr it is. Tracts have no source of their own.
func (m rower) source(k s3index.Kind, key string) string {
	at := m.data + key
	switch k {
	case s3index.Zarr:
		return at + "|zarr:"
	case s3index.N5:
		return at + "|n5:"
	case s3index.Precomputed:
		return at + "|neuroglancer-precomputed:"
	case s3index.NIfTI:
		if strings.HasSuffix(strings.ToLower(at), ".gz") {
			return at + "|gzip:|nifti:"
		}
		return at + "|nifti:"
	case s3index.TRK, s3index.TCK, s3index.TRX, s3index.VTK, s3index.TT:
		return skeletonSource(m.tract + key)
	case s3index.MGH, s3index.Bundles:
	}
	return ""
}

// pictured tells whether an asset may have a thumbnail.
func pictured(k s3index.Kind) bool { return k != "" && k != s3index.MGH }

// kindName is what people call the kind of an asset.
func kindName(k s3index.Kind, name string) string {
	switch k {
	case s3index.Zarr:
		if strings.HasSuffix(strings.ToLower(name), ".ome.zarr/") {
			return "OME-Zarr"
		}
		return "Zarr"
	case s3index.N5:
		return "N5"
	case s3index.Precomputed:
		return "precomputed"
	case s3index.NIfTI:
		return "NIfTI"
	case s3index.MGH:
		return "MGH"
	case s3index.TRK:
		if strings.HasSuffix(strings.ToLower(name), ".gz") {
			return "TrackVis tracts (gzip)"
		}
		return "TrackVis tracts"
	case s3index.TCK:
		return "MRtrix tracts"
	case s3index.TRX:
		return "TRX tracts"
	case s3index.VTK:
		return "VTK polydata"
	case s3index.TT:
		return "DSI Studio tracts"
	case s3index.Bundles:
		return "folder of tracts"
	}
	if ext := path.Ext(name); len(ext) > 1 && len(ext) <= 6 {
		return ext[1:] + " file"
	}
	return "file"
}

func iconOf(k s3index.Kind, name string) views.Icon {
	switch {
	case k.Tract():
		return views.IconTracts
	case k != "" && strings.Contains(strings.ToLower(name), "_dseg."):
		return views.IconLabels
	case k != "":
		return views.IconVolume
	}
	return views.IconFile
}

// named is a name as it is shown: S3 allows an empty one between two slashes.
func named(name string) string {
	if name == "" {
		return "(no name)"
	}
	return name
}

// lastName is the last part of a path, as it is shown.
func lastName(path string) string {
	path = strings.TrimSuffix(path, "/")
	return named(path[strings.LastIndexByte(path, '/')+1:])
}
