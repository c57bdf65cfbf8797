package s3index

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"ngportal/tract"
	"ngportal/tract/skeleton"
)

// leastBundles is how many tractograms a folder must hold to be shown as one with a bundle for each.
const leastBundles = 2

// headedBundles is how many of them are looked into to describe the folder.
const headedBundles = 64

// tractFiles are the tractograms that lie directly below prefix, in the order of their names, if they are enough for a
// tractogram of bundles.
func tractFiles(l Listing, prefix string) (files []Object) {
	for _, o := range l.Objects {
		if KindOfName(o.Key[len(prefix):]).Tract() {
			files = append(files, o)
		}
	}
	if len(files) < leastBundles {
		return nil
	}
	return files
}

// describeBundles describes a folder of tractograms: each is a bundle, whose number is its place among them from 1 on.
func (l *Library) describeBundles(ctx context.Context, b *Bucket, files []Object, a *Asset) error {
	digest := sha256.New()
	for _, f := range files {
		fmt.Fprintf(digest, "%s\x00%s\x00", f.Key, f.Version())
	}
	a.Kind, a.origin.version = Bundles, hex.EncodeToString(digest.Sum(nil))
	t, err := remember(ctx, l.near, a.origin.name("bundles"), func(ctx context.Context) (*Tractogram, int64, error) {
		t := l.bundles(ctx, b, files, len(a.Location.Prefix))
		return t, int64(512 + 512*len(files)), ctx.Err()
	})
	if err != nil {
		return err
	}
	own := *t
	a.Tract = &own
	if lines, fault := l.few(ctx, *a); fault == nil { // else a viewer begins at zero
		own.Bounds = boundsOf(lines.Points)
	}
	return nil
}

// bundles looks into the first files. Their paths are their keys from so many bytes on.
func (l *Library) bundles(ctx context.Context, b *Bucket, files []Object, from int) *Tractogram {
	t := &Tractogram{Skeleton: true, Header: tract.Header{Streamlines: -1, BundleProperty: -1}, Objects: make([]skeleton.Object, len(files))}
	faults, counted := make([]error, len(files)), make([]bool, len(files))
	together(min(len(files), headedBundles), func(i int) {
		format, _ := tract.FormatOf(files[i].Key)
		file := tractFile{bucket: b, key: files[i].Key, format: format, object: files[i], size: files[i].Size}
		f, err := l.kept(file, tract.Unstated).File(ctx)
		if err != nil {
			faults[i] = err
			return
		}
		o := &t.Objects[i]
		if o.Vertices, o.Streamlines, counted[i] = f.Vertices(); !counted[i] {
			*o, counted[i] = skeleton.Object{Streamlines: max(f.Header().Streamlines, 0)}, f.Header().Streamlines >= 0
		}
	})
	vertices := int64(0)
	for i, f := range files {
		o := &t.Objects[i]
		o.ID, o.Label = uint64(i)+1, bundleName(f.Key)
		t.Files = append(t.Files, f.Key[from:])
		vertices += max(o.Vertices, skeleton.FirstVertices/headedBundles) // of one that does not tell: a guess
		o.First = faults[i] == nil && vertices <= skeleton.FirstVertices || i == 0
		if faults[i] != nil {
			t.Warnings = append(t.Warnings, "“"+o.Label+"” cannot be shown: "+plain(faults[i])+".")
		}
	}
	t.count(counted)
	return t
}

// count adds up what the files say of themselves: all is known if each of them says it.
func (t *Tractogram) count(counted []bool) {
	for i, o := range t.Objects {
		if !counted[i] {
			t.Total = -1
		}
		if t.Total >= 0 {
			t.Total += o.Streamlines
		}
		if o.First {
			t.Shown += o.Streamlines
		}
	}
}

// bundleName is the name of a file without its extension.
func bundleName(key string) string {
	name := key[strings.LastIndexByte(key, '/')+1:]
	if f, ok := tract.FormatOf(name); ok {
		name = name[:len(name)-len(f)-1]
	}
	return name
}

// bundlesOf counts the tractograms of a folder that can be shown as one; 0 if it cannot.
func bundlesOf(l Listing, prefix string) int {
	if _, marked := markerOf(l, prefix); marked || KindOfName(prefix) != "" {
		return 0
	}
	return len(tractFiles(l, prefix))
}
