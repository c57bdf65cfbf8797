package handlers

import (
	"context"
	"net/http"
	"reflect"
	"strings"

	"ngportal/access"
	"ngportal/preview"
	"ngportal/s3index"
	"ngportal/views"
)

// Codes are the texts to copy on the page of an asset.
func Codes(a s3index.Asset) []views.Code {
	return newSite(Config{PortalURL: "https://portal.example.org", ViewerURL: "https://ng.example.org"}).codes(a)
}

// NameWords are what the page of an asset says of its name.
func NameWords(name string) []views.Fact { return nameWords(name) }

// TractFacts are what the page of a tractogram says, its bundles and the histogram of its lengths.
func TractFacts(t *s3index.Tractogram) views.AssetPage {
	m := views.AssetPage{Kind: "TrackVis tracts"}
	var more gathered
	if t.Sample != nil {
		more.lines = preview.Lines{Points: t.Sample.Batch.Points, Counts: t.Sample.Counts}
	}
	tractFacts(&m, place{}, t, more)
	return m
}

// Orientation is what the indices of a matrix grow towards.
func Orientation(m [3][4]float64) string { return orientation(m) }

// DrawScenes draws empty scenes one after another while others are being drawn, and returns the first error.
func DrawScenes(ctx context.Context, scenes, others int) error {
	s := newSite(Config{})
	for range others {
		s.scenes <- struct{}{}
	}
	for range scenes {
		if _, err := s.drawScene(ctx, access.Rights{}, nil, -1, preview.View{PixelSize: 1, Width: 1, Height: 1}); err != nil {
			return err
		}
	}
	return nil
}

// Histogram is the outline of a histogram.
func Histogram(counts []int64, low, high, least, most float64) string {
	return histogram(counts, low, high, least, most)
}

// Sidecars are what is shown of files beside an asset.
func Sidecars(files []s3index.TextFile) []views.Sidecar { return sidecars(place{}, files) }

// An Operation is what the document of the API must tell of one.
type Operation struct {
	Pattern, Summary, Scope string
	Query                   []Parameter
	In, Out                 reflect.Type // nil for no body
	Status                  int          // of the good answer
}

// A Parameter is one value of a query.
type Parameter struct {
	Name, Form string
	Words      []string
}

// Operations are those of the API.
func Operations() []Operation {
	body := func(t reflect.Type) reflect.Type {
		if t == reflect.TypeFor[none]() {
			return nil
		}
		return t
	}
	var out []Operation
	for _, o := range newSite(Config{}).operations() {
		one := Operation{
			Pattern: o.pattern, Summary: o.summary, Scope: o.scope.String(), In: body(o.in), Out: body(o.out), Status: http.StatusOK,
		}
		for _, p := range o.query {
			one.Query = append(one.Query, Parameter{p.name, p.form, p.words})
		}
		switch {
		case one.Out == nil:
			one.Status = http.StatusNoContent
		case o.out.Implements(reflect.TypeFor[addressed]()):
			one.Status = http.StatusCreated
		}
		out = append(out, one)
	}
	return out
}

// APIRoutes are the patterns of the portal's routes for programs, but for those that answer what is none of them.
func APIRoutes() []string {
	var out []string
	for _, r := range newSite(Config{}).routes() {
		if r.who == programs && !strings.HasSuffix(r.pattern, " "+apiPath) {
			out = append(out, r.pattern)
		}
	}
	return out
}

// Routes are the patterns of all of the portal's routes.
func Routes() []string {
	var out []string
	for _, r := range newSite(Config{}).routes() {
		out = append(out, r.pattern)
	}
	return out
}

// LiesIn is liesIn.
func LiesIn(file, space string) bool { return liesIn(file, space) }

// MadeOf is the path of what a source of the viewer host is made of.
func MadeOf(path string) string { return madeOf(path) }
