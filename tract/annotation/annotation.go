// Package annotation makes Neuroglancer's precomputed annotations of tractograms: polylines with a spatial index of
// several levels, so that a browser loads what it shows, however large the file is.
//
// Level 0 is whole streamlines, a sample of the file. Each further level has more streamlines, cut into the pieces
// that lie in its smaller cells. Polylines are simplified within a tolerance.
package annotation

import "io"

// A Workshop keeps the files of a build. What was created is there, whole, when the process is started again, or not at all.
type Workshop interface {
	// Create begins a file, which has its name once it is closed without an error before.
	Create(name string) (File, error)
	// Open opens a file; the error wraps [fs.ErrNotExist] if there is none.
	Open(name string) (ReadFile, error)
	// Remove removes a file; that there is none is no error.
	Remove(name string) error
}

// A File is being written. Abort instead of Close leaves nothing behind.
type File interface {
	io.WriteCloser
	Abort() error
}

// A ReadFile is read at any place.
type ReadFile interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// StoreName is the file that Build leaves in the workshop; all others are removed.
const StoreName = "store"
