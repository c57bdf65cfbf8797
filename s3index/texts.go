package s3index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"ngportal/xfm"
)

// Limits of reading texts, in bytes.
const (
	maxText  = 64 << 10
	maxTable = 1 << 20 // of which some rows are kept
)

// atOnce is how many things of one asset are read at the same time.
const atOnce = 8

// together does n things, some at the same time. Where one of them panics it does so itself.
func together(n int, do func(i int)) {
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i := range n {
		g.Go(func() (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("%v\n%s", p, debug.Stack())
				}
			}()
			do(i)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		panic(err) // for whoever waits, and can recover
	}
}

// A text is a file to read.
type text struct {
	TextFile
	own   bool   // of the asset's own metadata
	row   string // of a table: the column "participant_id" or "sample_id" whose
	value string // value is this; "" wants all of the file
}

// read reads texts, and leaves out those that are not there or have nothing in them.
func (f *finder) read(ctx context.Context, texts []text) []text {
	together(len(texts), func(i int) {
		t, most := &texts[i], int64(maxText)
		if t.row != "" {
			most = maxTable
		}
		data, cut, err := f.asset.origin.bucket.beginning(ctx, f.asset.Location.Prefix+t.Ref.Path, most)
		if err != nil {
			return
		}
		t.Text, t.Cut = strings.ToValidUTF8(string(data), "\uFFFD"), cut
		if t.row != "" {
			t.Text, t.Cut = rowsOf(t.Text, t.row, t.value), false
		}
	})
	return slices.DeleteFunc(texts, func(t text) bool { return t.Text == "" })
}

// beginning reads the first bytes of an object, and tells whether there are more.
func (b *Bucket) beginning(ctx context.Context, key string, most int64) (data []byte, more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	body, err := b.Open(ctx, key, Get{Range: fmt.Sprintf("bytes=0-%d", most)})
	if isRange(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer body.Close()
	data, err = io.ReadAll(io.LimitReader(body, most+1))
	if err != nil {
		return nil, false, b.fail("read", key, err)
	}
	if int64(len(data)) > most {
		return data[:most], true, nil
	}
	return data, false, nil
}

// rowsOf is the head of a table and the rows that have value in a column; "" without any.
func rowsOf(table, column, value string) string {
	var out []string
	at := -1
	for line := range strings.Lines(strings.TrimPrefix(table, "\ufeff")) {
		line = strings.TrimRight(line, "\r\n")
		cells := strings.Split(line, "\t")
		if out == nil {
			at = slices.Index(cells, column)
			out = append(out, line)
		} else if at >= 0 && at < len(cells) && cells[at] == value && len(out) <= maxRelated {
			out = append(out, line)
		}
	}
	if len(out) < 2 {
		return ""
	}
	return strings.Join(out, "\n") + "\n"
}

// sidecars are the texts about the asset: those beside it by its own name, and from its folder up those that are its
// own by BIDS' principle of inheritance.
func (f *finder) sidecars() (out []text) {
	for i, s := range f.shelves {
		var named, others []text
		for _, file := range s.files {
			t := text{TextFile: TextFile{Name: strings.Repeat("../", i) + file, Ref: f.ref(s.path + file)}}
			lower := strings.ToLower(file)
			switch sub, sample := f.name.entities["sub"], f.name.entities["sample"]; {
			case lower == "participants.tsv" && sub != "":
				t.row, t.value = "participant_id", "sub-"+sub
			case lower == "samples.tsv" && sample != "":
				t.row, t.value = "sample_id", "sample-"+sample
			case !strings.HasSuffix(lower, ".json") && !strings.HasSuffix(lower, ".tsv"):
				continue
			case i == 0 && f.asset.named(file[:strings.LastIndexByte(file, '.')]):
				named = append(named, t)
				continue
			case !parseName(file).covers(f.name):
				continue
			}
			others = append(others, t)
		}
		out = slices.Concat(out, named, others)
	}
	return out[:min(len(out), maxTexts)]
}

// named reports whether the asset is called stem, but for its extension or a part of that.
func (a *Asset) named(stem string) bool {
	rest, ok := strings.CutPrefix(a.Name, stem)
	return ok && stem != "" && (rest == "" || rest[0] == '.' && !strings.ContainsAny(rest, "_-"))
}

// metadata are the files that a directory describes itself with.
func (a *Asset) metadata() (out []text) {
	var names []string
	switch a.Kind {
	case Zarr:
		names = []string{".zattrs", ".zgroup", ".zarray", "zarr.json"}
	case N5:
		names = []string{"attributes.json"}
	case Precomputed:
		names = []string{"info"}
	default:
		return nil
	}
	folders := []string{""}
	if a.Volume != nil && a.Volume.Sub != "" {
		folders = append(folders, a.Volume.Sub+"/")
	}
	if a.Volume != nil && len(a.Volume.Levels) > 0 && a.Volume.Levels[0].Path != "" && a.Kind != Precomputed {
		folders = append(folders, a.Volume.Levels[0].Path+"/")
	}
	for _, folder := range slices.Compact(folders) {
		for _, n := range names {
			ref := a.Ref
			ref.Path += folder + n
			out = append(out, text{TextFile: TextFile{Name: folder + n, Ref: ref}, own: true})
		}
	}
	return out
}

// tooLargeToMove says of a file that is too large that it is no transform.
func tooLargeToMove(err error) error {
	if errors.Is(err, ErrTooLarge) {
		return fmt.Errorf("%w: the file is larger than a linear transform may be", xfm.ErrInvalid)
	}
	return err
}
