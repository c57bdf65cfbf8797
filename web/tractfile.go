package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ngportal/tract"
)

// A fileSource is a file on this machine, as it was when it was opened first.
type fileSource struct {
	path string
	was  fs.FileInfo
}

func newFileSource(path string) (fileSource, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", path)
	}
	return fileSource{path, info}, err
}

// Size is [tract.Source].
func (s fileSource) Size() int64 { return s.was.Size() }

// Open is [tract.Source].
func (s fileSource) Open(off, n int64) (io.ReadCloser, error) {
	if off < 0 || n < 0 || off+n > s.Size() {
		return nil, fmt.Errorf("%s: read %d bytes at %d of %d: %w", s.path, n, off, s.Size(), io.ErrUnexpectedEOF)
	}
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	r := &fileReading{source: s, file: f, part: io.NewSectionReader(f, off, n), left: n}
	if err := r.same(); err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

// A fileReading reads a part of a file, and looks again at its end whether it is the same file still.
type fileReading struct {
	source fileSource
	file   *os.File
	part   *io.SectionReader
	left   int64
}

func (r *fileReading) same() error {
	is, err := r.file.Stat()
	if err != nil {
		return err
	}
	if was := r.source.was; !os.SameFile(is, was) || is.Size() != was.Size() || !is.ModTime().Equal(was.ModTime()) {
		return fmt.Errorf("%s: %w", r.source.path, tract.ErrChanged)
	}
	return nil
}

func (r *fileReading) Read(p []byte) (int, error) {
	n, err := r.part.Read(p)
	r.left -= int64(n)
	if r.left > 0 && !errors.Is(err, io.EOF) {
		return n, err
	}
	if changed := r.same(); changed != nil {
		return n, changed
	}
	if r.left > 0 {
		return n, fmt.Errorf("%s: %w", r.source.path, tract.ErrChanged)
	}
	return n, err
}

func (r *fileReading) Close() error { return r.file.Close() }

// An openTract is a tractogram of this machine, and when it was changed last.
type openTract struct {
	*tract.File
	sources []fileSource
}

// open opens the file or folder that is named.
func (in *tractInput) open() (*openTract, error) {
	info, err := os.Stat(in.path)
	if err != nil {
		return nil, err
	}
	var o openTract
	input := tract.Input{Frame: tract.Frame(in.frame)}
	if info.IsDir() {
		err = o.openFolder(in.path, &input)
	} else {
		err = o.openFile(in, &input)
	}
	if err != nil {
		return nil, err
	}
	if o.File, err = tract.Open(input); err != nil {
		return nil, fmt.Errorf("%s: %w", in.path, err)
	}
	return &o, nil
}

func (o *openTract) openFile(in *tractInput, input *tract.Input) error {
	format, ok := tract.FormatOf(in.path)
	if !ok {
		return fmt.Errorf("%s: no tractogram has a name like this; one ends in .trk, .trk.gz, .tck, .trx, .vtk or .tt.gz", in.path)
	}
	input.Format = format
	main, err := o.source(in.path)
	if err != nil {
		return err
	}
	input.Source = main
	for _, path := range in.tsf {
		s, err := o.source(path)
		if err != nil {
			return err
		}
		if input.Scalars == nil {
			input.Scalars = map[string]tract.Source{}
		}
		name := strings.TrimSuffix(filepath.Base(path), ".tsf")
		if input.Scalars[name] != nil {
			return fmt.Errorf("%w: two files of scalars are called %s", errUsage, name)
		}
		input.Scalars[name] = s
	}
	return nil
}

// source opens one of the files that the tractogram is made of.
func (o *openTract) source(path string) (fileSource, error) {
	s, err := newFileSource(path)
	if err == nil {
		o.sources = append(o.sources, s)
	}
	return s, err
}

// maxFolderFiles is how many files a .trx folder may have.
const maxFolderFiles = 100_000

// openFolder takes the files of a .trx folder.
func (o *openTract) openFolder(dir string, input *tract.Input) error {
	if _, err := os.Stat(filepath.Join(dir, "header.json")); err != nil {
		return fmt.Errorf("%s is a folder without a header.json: only a .trx file is a folder, sometimes, and has one", dir)
	}
	input.Format, input.Folder = tract.TRX, map[string]tract.Source{}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(d.Name(), ".") && path != dir:
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		case len(o.sources) == maxFolderFiles:
			return fmt.Errorf("%s has more than %d files", dir, maxFolderFiles)
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		s, err := o.source(path)
		input.Folder[filepath.ToSlash(name)] = s
		return err
	})
}

// version tells one state of the tractogram from another.
func (o *openTract) version() string {
	var b strings.Builder
	for _, s := range o.sources {
		path, err := filepath.Abs(s.path)
		if err != nil {
			path = s.path
		}
		fmt.Fprintf(&b, "%q %d %s\n", path, s.Size(), s.was.ModTime().UTC().Format(time.RFC3339Nano))
	}
	return b.String()
}
