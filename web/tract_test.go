package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ngportal/internal/tracttest"
)

// tractData is the folder of real tractograms.
func tractData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("NGPORTAL_TEST_DATA")
	if dir == "" {
		dir = filepath.Join(the.source, "../shared/data")
	}
	dir = filepath.Join(dir, "tracts")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no tractograms: %v (set NGPORTAL_TEST_DATA)", err)
	}
	return dir
}

// synthetic writes a .trk file of so many streamlines.
func synthetic(t *testing.T, n int64) string {
	t.Helper()
	s := tracttest.Synthetic{Streamlines: n}
	r, err := s.Open(0, s.Size())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bundles.trk")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.Copy(f, r); err != nil {
		t.Fatal(err)
	}
	if err = f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// tell runs `ngportal tract` and returns its exit status and all it has said.
func tell(ctx context.Context, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = run(ctx, append([]string{"tract"}, args...), os.Getenv, &o, &e)
	return code, o.String(), e.String()
}

func mustTell(t *testing.T, args ...string) (out string) {
	t.Helper()
	code, out, errs := tell(t.Context(), args...)
	if code != 0 {
		t.Fatalf("tract %q: %d\n%s", args, code, errs)
	}
	return out
}

func TestTractCommandTellsWhatIsWrongWithItsLine(t *testing.T) {
	dir := t.TempDir()
	full := filepath.Join(dir, "full")
	foreign := filepath.Join(dir, "foreign.partial")
	for _, name := range []string{filepath.Join(full, "mine"), filepath.Join(foreign, "mine")} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	trk, text := synthetic(t, 10), filepath.Join(full, "mine")
	for name, tt := range map[string]struct {
		args []string
		code int
		want string
	}{
		"nothing":               {nil, 2, "tract info FILE"},
		"another verb":          {[]string{"draw"}, 2, "tract info FILE"},
		"info of nothing":       {[]string{"info"}, 2, "takes FILE, not 0"},
		"info of two":           {[]string{"info", trk, trk}, 2, "takes FILE, not 2"},
		"another flag":          {[]string{"info", trk, "--fast"}, 2, "-fast"},
		"one folder":            {[]string{"convert", trk, "--as", "skeleton"}, 2, "takes FILE and OUTDIR"},
		"no kind":               {[]string{"convert", trk, dir + "/a"}, 2, "--as skeleton or --as annotation"},
		"another kind":          {[]string{"convert", trk, dir + "/a", "--as", "mesh"}, 2, "--as skeleton or --as annotation"},
		"a frame of a .trk":     {[]string{"info", trk, "--frame", "lps"}, 2, "for .vtk files"},
		"another frame":         {[]string{"info", "a.vtk", "--frame", "las"}, 2, "ras or lps"},
		"scalars of a .trk":     {[]string{"info", trk, "--tsf", trk}, 2, "for .tck files"},
		"tolerance of skeleton": {[]string{"convert", trk, dir + "/a", "--as", "skeleton", "--tolerance", "1"}, 2, "have every point"},
		"negative tolerance":    {[]string{"convert", trk, dir + "/a", "--as", "annotation", "--tolerance", "-1"}, 2, "a length in mm"},
		"no tolerance":          {[]string{"convert", trk, dir + "/a", "--as", "annotation", "--tolerance", "NaN"}, 2, "a length in mm"},
		"attributes of lines":   {[]string{"convert", trk, dir + "/a", "--as", "annotation", "--attributes", "length"}, 2, "for skeletons"},
		"an unknown attribute":  {[]string{"convert", trk, dir + "/a", "--as", "skeleton", "--attributes", "s_fa"}, 1, `no attribute "s_fa"; it can have: length`},
		"no file":               {[]string{"info", dir + "/none.trk"}, 1, "no such file"},
		"a folder":              {[]string{"info", dir}, 1, "without a header.json"},
		"another format":        {[]string{"info", text}, 1, ".trk, .trk.gz"},
		"not what it says":      {[]string{"info", "--json", renamed(t, text, "a.tck")}, 1, "invalid tractogram"},
		"a folder in use":       {[]string{"convert", trk, full, "--as", "skeleton"}, 1, "not empty"},
		"a file in the way":     {[]string{"convert", trk, text, "--as", "skeleton"}, 1, "cannot become a folder"},
		"someone's .partial":    {[]string{"convert", trk, dir + "/foreign", "--as", "skeleton"}, 1, "not of its making"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := tell(t.Context(), tt.args...)
			if code != tt.code || !strings.Contains(errs, tt.want) || out != "" {
				t.Errorf("tract %q: %d, %q, %q; want %d and %q", tt.args, code, out, errs, tt.code, tt.want)
			}
		})
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || !slices.Equal(left, []string{foreign, full}) {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func renamed(t *testing.T, path, name string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), name)
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func readOut(t *testing.T, parts ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
