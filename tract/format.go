package tract

// A format is an open tractogram of one kind. It is safe for concurrent use.
//
// Each kind has a function openXXX(in Input, h *Header) (format, error) that reads what it must of the beginning of
// the file and fills in h, which comes with Format, Streamlines = -1, the identity as Affine and BundleProperty = -1.
// A format that sets no BundleProperty and has no Groups gets one by the names of its Properties.
type format interface {
	// layout tells how streamlines lie in the file.
	layout() layout

	// read begins to read the streamlines whose positions are in p. One that begins before p.To is read to its end.
	read(p Part) (batches, error)

	// over returns a copy that reads through other Sources, those that wrap makes of its own. It reads one window of a
	// sample: wrap's Sources may refuse to read (errSpent) beyond layout.requests and what layout.slack allows, and
	// a streamline that is not in what could be read may be left out.
	over(wrap func(Source) Source) format

	// vertices is [File.Vertices].
	vertices() (points, streamlines int64, ok bool)

	// group is [File.Group].
	group(i int) ([]uint32, error)
}

// A layout tells how the streamlines of a file lie in it. It is zero for a file that can only be read from its beginning.
type layout struct {
	positions Part    // of all streamlines; To is finite
	bytes     float64 // that a position stands for in the mean: 1 if positions are bytes, else those of a streamline
	slack     int64   // bytes that reading a part may take beyond those of its positions
	requests  int     // ranges that reading a small part takes
	divisible bool    // reading parts gives what reading the whole file does
}

// batches are streamlines that are read one after another.
type batches interface {
	// batch appends the next streamlines to b, which is empty: Positions, Counts, Points, Scalars and Properties.
	// It appends Bundles too if there are Groups, and else leaves that to the Reader, as well as Index, and what is to be
	// done about coordinates that are no finite numbers. It stops where the next streamline would bring the batch above
	// BatchPoints points, batchNumbers numbers or batchLines streamlines.
	//
	// The error is io.EOF after the last streamline, or any other; with either of them b may hold streamlines that were
	// read before, and numbers of one that was not read to its end, which the Reader cuts off.
	batch(b *Batch) error

	// notes tells what was noticed since the header, in whole sentences.
	notes() []string

	// close ends reading.
	close() error
}

// batchLines is how many streamlines a batch has at most.
const batchLines = 1 << 13
