package ngstate_test

import (
	"slices"
	"testing"

	"ngportal/ngstate"
)

func TestSources(t *testing.T) {
	tests := map[string]struct {
		state string
		want  [][]string
	}{
		"as we write them":             {`{"layers":[{"source":{"url":"https://ng/d/a/x/|zarr2:"}},{"source":["https://ng/t/b/y.trk/skel/"]}]}`, [][]string{{"https://ng/d/a/x/|zarr2:"}, {"https://ng/t/b/y.trk/skel/"}}},
		"a plain address":              {`{"layers":[{"source":"zarr://x"}]}`, [][]string{{"zarr://x"}}},
		"several, mixed":               {`{"layers":[{"source":["a",{"url":"b","transform":{}},{"url":["c"]}]}]}`, [][]string{{"a", "b", "c"}}},
		"a layer without":              {`{"layers":[{"type":"annotation"},{"source":"a"}]}`, [][]string{nil, {"a"}}},
		"an object without an address": {`{"layers":[{"source":{"subsources":{}}}]}`, [][]string{nil}},
		"no layers":                    {`{"dimensions":{}}`, nil},
		"no state":                     {`hello`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ngstate.Sources([]byte(tt.state))
			if !slices.EqualFunc(got, tt.want, slices.Equal) {
				t.Errorf("Sources(%s) = %q, want %q", tt.state, got, tt.want)
			}
		})
	}
}
