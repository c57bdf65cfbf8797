package handlers

import (
	"ngportal/access"
	"ngportal/s3index"
	"ngportal/views"
)

// offer is to open the tractograms of a folder as one.
func offer(p place, f s3index.Folder, signedIn bool, inTray map[access.Ref]bool) *views.Offer {
	words := "The " + views.Number(f.Bundles) + " tractograms of this folder"
	if f.Next != "" {
		words = "The tractograms of this folder"
	}
	o := &views.Offer{Text: words + " can be opened as one layer, with a list of them as bundles.", InTray: inTray[p.ref], Href: assetURL(p.dataset, p.ref)}
	if signedIn {
		o.Asset = assetValue(p.ref)
	}
	return o
}
