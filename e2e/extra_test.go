package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// The bucket whose volumes have one value everywhere, so that any other on the screen is wrong.
const (
	evenBucket = "even"
	evenValue  = 220
	evenPath   = "even.zarr" // in every folder that is a location
	evenFolder = "scan"      // the location of a volume of many chunks

	chunkSide = 16
	slabs     = 16 // of chunks, along the last axis

	writtenBucket = "written" // empty at first: tests write files of their own to it, see written_test.go
)

// sets is how many further locations the bucket has, each with a volume of one chunk.
const sets = 100

func setName(i int) string { return fmt.Sprintf("set-%03d", i) }

// writeExtra fills a folder with buckets for the demo: the real files, if they are here, and the even ones.
func writeExtra(dir string) error {
	bucket := filepath.Join(dir, evenBucket)
	if err := writeEven(filepath.Join(bucket, evenFolder, evenPath), 4, slabs); err != nil {
		return err
	}
	for i := range sets {
		if err := writeEven(filepath.Join(bucket, setName(i), evenPath), 1, 1); err != nil {
			return err
		}
	}
	if err := os.Mkdir(filepath.Join(dir, writtenBucket), 0o755); err != nil {
		return err
	}
	if dataDir() == "" {
		return nil
	}
	from, err := filepath.Abs(dataDir())
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// writeEven writes a zarr array of version 2 of wide × wide × deep chunks, all of one value.
func writeEven(dir string, wide, deep int) error {
	chunk := bytes.Repeat([]byte{evenValue}, chunkSide*chunkSide*chunkSide)
	files := map[string][]byte{
		".zarray": fmt.Appendf(nil, `{"zarr_format":2,"shape":[%d,%d,%d],"chunks":[%d,%d,%d],"dtype":"|u1","fill_value":0,"order":"C","filters":null,"compressor":null}`,
			wide*chunkSide, wide*chunkSide, deep*chunkSide, chunkSide, chunkSide, chunkSide),
	}
	for x := range wide {
		for y := range wide {
			for z := range deep {
				files[fmt.Sprintf("%d.%d.%d", x, y, z)] = chunk
			}
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
