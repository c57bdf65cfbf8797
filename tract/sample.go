package tract

// A Budget bounds what a sample may read.
type Budget struct {
	Ranges int   // requests for parts of the file, the header's among them
	Bytes  int64 // of all of them
}

// FirstPicture is the budget of the first picture of a tractogram, however large it is.
func FirstPicture() Budget { return Budget{Ranges: 64, Bytes: 16 << 20} }

// A Sample is some streamlines of a file, from all along it.
type Sample struct {
	Batch             // what was chosen, in the order of the file; Index is 0 and counts nothing
	Streamlines int64 // in the file: as its header has it, or counted, or estimated; -1 if that cannot be
	Points      int64 // likewise
	Exact       bool  // the whole file was read: Streamlines and Points are counted
	Ranges      int   // that were read
	Bytes       int64 // in them
}

// Sample chooses n streamlines of the file, or fewer if the budget is used up or the file has no more.
//
// A file that fits into the budget is read whole, and those with the smallest hashes of their numbers are chosen (see
// [Choose]). Of a larger one windows all along it are read, at places that depend on seed and nothing else, several at
// once; what begins in a window may be chosen, so that long streamlines are not preferred. The same file and seed
// give the same sample.
//
// The error wraps [errors.ErrUnsupported] if the file is larger than the budget and can only be read from its
// beginning; else it is that of [Reader.Next].
func (f *File) Sample(n int, seed string, b Budget) (*Sample, error) {
	return nil, nil
}
