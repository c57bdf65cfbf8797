package ngstate_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"ngportal/ngstate"
)

// TestImportReadsWhatNeuroglancerWrites has Neuroglancer's own code write states for addresses.
func TestImportReadsWhatNeuroglancerWrites(t *testing.T) {
	lib, err := filepath.Abs("../viewer/node_modules/neuroglancer/lib/util/json.js")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = os.Stat(lib); err != nil {
		t.Skipf("no oracle: %v", err)
	}
	script := `import { jsonToUrlSafe, urlSafeParse } from "file://` + lib + `";
const states = [];
const bits = ["'", '"', "_", "&", ",", "\\", "<", "{", "[", "é", "\n", "a", "%", "%41", "+", "\u2028"];
let seed = 7;
const next = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
const word = () => Array.from({ length: next(12) }, () => bits[next(bits.length)]).join("");
for (let i = 0; i < 300; i++) {
  const layers = Array.from({ length: 1 + next(3) }, () => ({ name: "n" + word(), source: "s3://b/k_" + next(9), type: "image", shader: word(),
    shaderControls: { [word()]: [next(9), -1.5e-7, true, null, word()] } }));
  const text = JSON.stringify({ layers });
  const encoded = encodeURI(text).replace(/[!'()*;,]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
  states.push([text, "https://h/v/#!" + encoded]);
  const safe = jsonToUrlSafe(text); // which makes double quotes of single ones, so that it has to be read again
  states.push([JSON.stringify(urlSafeParse(safe)), "https://h/#!" + encodeURIComponent(safe)]);
}
console.log(JSON.stringify(states));`
	c := exec.Command("node", "--input-type=module", "-e", script)
	out, err := c.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("node: %v\n%s", err, exit.Stderr)
		}
		t.Skipf("no oracle: %v", err)
	}
	var states [][2]string
	if err := json.Unmarshal(out, &states); err != nil || len(states) != 600 {
		t.Fatalf("%d states, %v", len(states), err)
	}
	for _, s := range states {
		want := layers(t, s[0])
		if got := layers(t, s[1]); !reflect.DeepEqual(got, want) {
			t.Fatalf("Import(%s)\n= %s\nwant %s", s[1], got[0].Raw, want[0].Raw)
		}
	}
}

func FuzzImport(f *testing.F) {
	f.Add(lincLink)
	f.Add(`{"layers":{"a":"zarr://s3://b/k"},"dimensions":{"x":[1,"mm"]},"position":[1]}`)
	f.Add(`#!{'layers':[{'type':'image'_'source':['s3://b/k|zarr2:'&{'url':'https://h/x?token=1'}]}]}`)
	f.Add(`{"layers":[{"name":"a","source":{"url":"https://h/x","transform":{}},"skeletonRendering":{"shader":""},"mesh":"n5://s3://b"}]}`)
	f.Add("#!+https://h/state")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ngstate.Import(text)
		if err != nil {
			if !errors.Is(err, ngstate.ErrInvalid) || len(err.Error()) > 4000 {
				t.Fatalf("error %v", err)
			}
			return
		}
		if got.Remote == "" && len(got.Layers) == 0 || got.Remote != "" && got.Layers != nil {
			t.Fatalf("got %+v", got)
		}
		for _, l := range got.Layers {
			if !json.Valid(l.Raw) || !utf8.Valid(l.Raw) || l.Name == "" {
				t.Fatalf("layer %q: raw %q", l.Name, l.Raw)
			}
			for _, s := range l.Sources {
				if strings.HasPrefix(s, "javascript") || strings.HasPrefix(s, "file") || strings.ContainsAny(s, "\\\n\x00") {
					t.Fatalf("source %q", s)
				}
			}
			again, err := ngstate.Import(`{"layers":[` + string(l.Raw) + `]}`)
			if len(l.Raw) < ngstate.MaxState-20 && (err != nil || len(again.Warnings) != 0 || string(again.Layers[0].Raw) != string(l.Raw)) {
				t.Fatalf("again %+v, %v, of %s", again, err, l.Raw)
			}
		}
	})
}
