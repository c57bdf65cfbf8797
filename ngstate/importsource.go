package ngstate

import (
	"net/url"
	"slices"
	"strings"
)

// maxAddress is the longest address that is read, in bytes.
const maxAddress = 4096

// localSources need no data: what they show is in the state itself.
func localSources() []string { return []string{"local://annotations", "local://equivalences"} }

// importFormats are what may stand before an address: Neuroglancer's old formats, and ngtools' layers and formats.
func importFormats() []string {
	return []string{
		"zarr", "zarr2", "zarr3", "n5", "nifti", "deepzoom", "obj", "vtk", "graphene", "precomputed",
		"volume", "image", "labels", "segmentation", "surface", "mesh", "tracts", "tractsv1", "tractsv2", "points", "roi", "affine", "trk", "tck", "mgh", "tiff",
	}
}

// importSchemes are where data and states may be: what Neuroglancer reads in a browser, and DANDI's and LINC's names.
func importSchemes() []string {
	return []string{
		"http", "https", "s3", "gs", "s3+http", "s3+https", "gs+ngauth+http", "gs+ngauth+https", "middleauth+https",
		"boss", "dvid", "render", "brainmaps", "nggraph", "dandi", "linc",
	}
}

func importable(scheme string) bool { return slices.Contains(importSchemes(), scheme) }

// Resource cuts a source string down to the address of the data: "zarr://s3://b/k" and "s3://b/k|zarr2:" become "s3://b/k".
//
// What follows the host or bucket is percent-decoded as Neuroglancer does it, so that it is the key; a query is dropped.
// Scheme, and the host of http and https, are in lower case. It does not say whether the address is a sound one.
func Resource(source string) string {
	s, _, _ := strings.Cut(strings.TrimSpace(source), "|")
	for slices.Contains(importFormats(), importScheme(s)) {
		_, s, _ = strings.Cut(s, "://")
	}
	if at := strings.IndexAny(s, "?#"); at >= 0 {
		s = s[:at]
	}
	scheme := importScheme(s)
	if scheme == "" {
		return s
	}
	authority, path, slash := strings.Cut(s[len(scheme)+len("://"):], "/")
	if scheme == "http" || scheme == "https" {
		authority = strings.ToLower(authority)
	}
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	if slash {
		path = "/" + path
	}
	return scheme + "://" + authority + path
}

// importScheme is what stands before "://", in lower case; "" if that is no scheme.
func importScheme(s string) string {
	at := strings.Index(s, "://")
	if at < 1 || at > 32 {
		return ""
	}
	for i, c := range strings.ToLower(s[:at]) {
		letter := 'a' <= c && c <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", c)) {
			return ""
		}
	}
	return strings.ToLower(s[:at])
}

func hasPassword(address string) bool {
	_, after, _ := strings.Cut(address, "://")
	if at := strings.IndexAny(after, "/?#|"); at >= 0 {
		after = after[:at]
	}
	return strings.Contains(after, "@")
}

// sourceFault says why a source is not taken over, as the end of a sentence; "" if it is.
func sourceFault(source string) string {
	resource := Resource(source)
	scheme := importScheme(resource)
	switch {
	case len(source) > maxAddress:
		return "it is longer than any address"
	case strings.ContainsFunc(source, unprintable), strings.ContainsFunc(resource, unprintable):
		return "it holds characters that no address has"
	case slices.Contains(localSources(), source):
		return ""
	case scheme == "":
		return "it is no address"
	case !importable(scheme):
		return "addresses that begin with “" + scheme + ":” are not read"
	case hasPassword(resource):
		return "it holds a user name or password, which everybody would see whom the scene is shown to"
	}
	_, rest, _ := strings.Cut(resource, "://")
	parts := strings.Split(rest, "/")
	if parts[0] == "" {
		return "it names no host or bucket"
	}
	if slices.Contains(parts, "..") || slices.Contains(parts, ".") {
		return "it has “.” or “..” for a folder"
	}
	return ""
}

// secrets are the names that signatures and tokens have in the query of an address, in lower case.
func secrets() []string {
	return []string{
		"x-amz-signature", "x-amz-credential", "x-amz-security-token", "signature", "sig", "policy", "key-pair-id",
		"awsaccesskeyid", "token", "access_token", "x-goog-signature", "x-goog-credential", "api_key", "apikey", "key", "password",
	}
}

// withoutSecret cuts off the query of the first stage of a source if there is a signature or token in it.
func withoutSecret(source string) (clean string, cut bool) {
	first, stages, more := strings.Cut(source, "|")
	address, query, ok := strings.Cut(first, "?")
	if !ok {
		return source, false
	}
	for pair := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' || r == '#' || r == '?' }) {
		name, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(name); err == nil {
			name = decoded
		}
		cut = cut || slices.Contains(secrets(), strings.ToLower(name))
	}
	switch {
	case !cut:
		return source, false
	case more:
		return address + "|" + stages, true
	}
	return address, true
}
