package handlers

import (
	"net/http"
	"strings"

	"ngportal/access"
)

// assetValue is how forms name an asset. Neither a dataset nor a location has a slash in its name.
func assetValue(ref access.Ref) string {
	return ref.Dataset + "/" + ref.Location + "/" + ref.Path
}

func parseAsset(value string) (access.Ref, error) {
	parts := strings.SplitN(value, "/", 3)
	if len(parts) < 3 || parts[2] == "" {
		return access.Ref{}, &userError{
			code: http.StatusBadRequest, heading: "That is not an asset",
			what: "The form names an asset in a way the portal does not know.", do: "Load the page again and repeat it.",
		}
	}
	ref := access.Ref{Dataset: parts[0], Location: parts[1], Path: parts[2]}
	return ref, access.CheckPath(ref.Path)
}

// refs reads the assets of a form.
func refs(r *http.Request) ([]access.Ref, error) {
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	var out []access.Ref
	for _, value := range r.Form["asset"] {
		ref, err := parseAsset(value)
		if err != nil {
			return nil, err
		}
		out = append(out, ref)
	}
	return out, nil
}
