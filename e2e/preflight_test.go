package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A broken is a file that breaks a rule of the portal's checks.
type broken struct {
	Rule, Path, What string
	Samples          []struct {
		query
		Value string
	}
}

// A verdict is what the portal says of an asset, and what it would open.
type verdict struct {
	Checks []struct{ Rule, Light, Text, Repair string }
	Source string          // that Neuroglancer reads
	State  json.RawMessage // null where the portal refuses
	Why    string          // it refuses
}

// worst is the most serious light.
func (v verdict) worst() string {
	for _, light := range []string{"red", "amber"} {
		for _, c := range v.Checks {
			if c.Light == light {
				return light
			}
		}
	}
	return "green"
}

// TestPreflightTable opens a file that breaks each rule beside one that breaks none: as it is, and as the portal opens it.
// What the checks say must be what is seen then. The table goes to out/preflight.md.
func TestPreflightTable(t *testing.T) {
	var files []broken
	write(t, "preflight", &files)
	b := newTab(t)
	b.do(chromedp.EmulateViewport(640, 480))
	b.signIn("Ada")
	verdicts := make([]verdict, len(files))
	for i, f := range files {
		verdicts[i] = b.verdict(f)
	}
	if no := b.openAssets(assetOf(writtenBucket, "preflight/good.ome.zarr")); no != "" {
		t.Fatal(no)
	}
	b.waitLayers()
	table := []string{
		"| rule | file | the portal says | Neuroglancer alone | opened by the portal |", "|---|---|---|---|---|",
	}
	met := map[string]bool{}
	for i, f := range files {
		alone, ours := b.alone(f, verdicts[i]), b.ours(f, verdicts[i])
		table = append(table, row(f, verdicts[i], alone, ours))
		judge(t, f, verdicts[i], alone, ours)
		for _, c := range verdicts[i].Checks {
			met[c.Rule] = true
		}
	}
	text := strings.Join(table, "\n") + "\n"
	t.Log("\n" + text)
	if err := os.MkdirAll("out", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("out/preflight.md", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules(t) {
		if !met[rule] {
			t.Errorf("no file of this test breaks the rule %q", rule)
		}
	}
}

// rules are those of the packages, as their sources list them.
func rules(t *testing.T) []string {
	t.Helper()
	line := regexp.MustCompile(`(?m)^\tRule\w+ +(?:volume\.)?Rule += "([a-z0-9-]+)"`)
	var out []string
	for _, pattern := range []string{"../volume/*.go", "../ngstate/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range line.FindAllStringSubmatch(string(text), -1) {
				out = append(out, m[1])
			}
		}
	}
	const least = 20
	if len(out) < least {
		t.Fatalf("the sources list only the rules %q", out)
	}
	return out
}

// verdict asks the portal's API for its checks, and for the state it would open.
func (b *tab) verdict(f broken) verdict {
	b.t.Helper()
	path := strings.SplitN(assetOf(writtenBucket, "preflight/"+f.Path), "/", 3)[2]
	v := eval[verdict](b, `async (dataset, path) => {
		const ask = async (way, init) => {
			const res = await fetch('/api/v1/' + way, init);
			return [res.ok, await res.json()];
		};
		const [, asset] = await ask('datasets/' + dataset + '/asset?' + new URLSearchParams({path}));
		const beside = path.includes('/good.ome.zarr/') ? [] : [{dataset, path: 'preflight/good.ome.zarr/'}];
		const body = JSON.stringify({assets: [...beside, {dataset, path}]});
		const [made, link] = await ask('links', {method: 'POST', headers: {'Content-Type': 'application/json'}, body});
		const format = asset.source?.match(/\|(?!mgh:).*$/)?.[0] ?? ''; // to be read as it is, not as the portal mends it
		const out = {Checks: asset.checks ?? [], Source: asset.data_url + format, State: null, Why: made ? '' : link.error?.message ?? JSON.stringify(link)};
		if (made) out.State = link.link.state;
		return out;
	}`, "demo-"+writtenBucket, path)
	if len(v.Checks) == 0 {
		b.t.Errorf("%s: the portal has no checks of it", f.Path)
	}
	return v
}

// What is seen of a file.
const (
	rightly = "drawn rightly"
	badly   = "wrong: "
	failed  = "error: "
	refused = "refused: "
)

// alone opens a file by its address, as one would without the portal.
func (b *tab) alone(f broken, v verdict) string {
	b.t.Helper()
	beside := object{"name": "beside", "type": "image", "source": the.viewer + "/d/demo-" + writtenBucket + "/preflight/good.ome.zarr/|zarr2:"}
	layers := []object{beside, {"name": "alone", "type": "image", "source": v.Source}}
	if strings.HasPrefix(v.Source, beside["source"].(string)) {
		layers = layers[1:]
	}
	return b.see(f, object{"layers": layers})
}

func (b *tab) ours(f broken, v verdict) string {
	b.t.Helper()
	if v.Why != "" {
		return refused + v.Why
	}
	return b.see(f, v.State)
}

// see opens a state in the viewer that is there, and compares what it reads.
func (b *tab) see(f broken, state any) string {
	b.t.Helper()
	eval[any](b, `(state) => {
		viewer.state.reset();
		viewer.state.restoreState({...state, layout: 'xy', crossSectionScale: undefined});
		return null;
	}`, state)
	deadline := time.Now().Add(8 * time.Second)
	for !b.try(`() => viewer.layerManager.managedLayers.length && viewer.layerManager.managedLayers.every(m => m.layer && m.layer.dataSources.every(d => d.loadState !== undefined))`) {
		if time.Now().After(deadline) {
			return failed + "the source does not load"
		}
		time.Sleep(20 * time.Millisecond)
	}
	if wrong := b.layerErrors(); len(wrong) > 0 {
		_, what, _ := strings.Cut(wrong[0], ": ")
		return failed + what
	}
	if len(f.Samples) == 0 {
		return "opens"
	}
	var queries []query
	for _, s := range f.Samples {
		s.Path = f.Path
		queries = append(queries, s.query)
	}
	const patience = 2500
	got := b.valuesSoon(queries, patience)
	return describe(f, got)
}

// describe says what became of the values: how the first of those differs that do.
func describe(f broken, got []string) string {
	wrong, first := 0, -1
	for i, s := range f.Samples {
		if !sameValue(got[i], s.Value) {
			wrong++
			if first < 0 {
				first = i
			}
		}
	}
	if wrong == 0 {
		return rightly
	}
	return fmt.Sprintf("%s%d of %d values, such as %s for %s", badly, wrong, len(got), got[first], f.Samples[first].Value)
}

// colorRule is the one whose repair is of colors, not of values.
const colorRule = "vector-chunks"

// judge compares what the checks say with what is seen.
func judge(t *testing.T, f broken, v verdict, alone, ours string) {
	t.Helper()
	i := slices.IndexFunc(v.Checks, func(c struct{ Rule, Light, Text, Repair string }) bool { return c.Rule == f.Rule })
	if i < 0 {
		t.Errorf("%s (%s): the portal does not say %q of it, but %v", f.Path, f.What, f.Rule, v.Checks)
		return
	}
	c := v.Checks[i]
	switch {
	case c.Light == "red" && (alone == rightly || ours == rightly):
		t.Errorf("%s (%s): red (%s), and it is drawn rightly", f.Path, f.What, c.Text)
	case v.worst() == "green" && len(f.Samples) > 0 && ours != rightly:
		t.Errorf("%s (%s): green (%s), and the portal opens it so: %s", f.Path, f.What, c.Text, ours)
	case v.worst() == "amber" && strings.HasPrefix(ours, failed), v.worst() != "red" && strings.HasPrefix(ours, refused):
		t.Errorf("%s (%s): %s (%s), and the portal opens it so: %s", f.Path, f.What, c.Light, c.Text, ours)
	case c.Repair != "" && len(f.Samples) > 0 && ours != rightly, c.Repair != "" && alone == rightly && f.Rule != colorRule:
		t.Errorf("%s (%s): repaired (%s); alone: %s; opened by the portal: %s", f.Path, f.What, c.Repair, alone, ours)
	}
}

// row is a line of the table.
func row(f broken, v verdict, alone, ours string) string {
	var says []string
	for _, c := range v.Checks {
		text := fmt.Sprintf("**%s** %s: %s", c.Light, c.Rule, c.Text)
		if c.Repair != "" {
			text += " → " + c.Repair
		}
		says = append(says, text)
	}
	cells := []string{f.Rule, "`" + f.Path + "` (" + f.What + ")", strings.Join(says, "<br>"), alone, ours}
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(strings.Join(strings.Fields(c), " "), "|", "\\|")
	}
	return "| " + strings.Join(cells, " | ") + " |"
}
