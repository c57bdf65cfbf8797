// Package phantom writes the demo's sample data: two buckets with a head that never was.
//
// The head is defined by formulas in RAS+ millimeters (x to the right, y to
// the front, z up). Every volume samples the formulas at its own voxels, and
// the streamlines run through the formulas' white matter, so all of it lines
// up by construction, and a test can work out what must be seen at any position.
//
// The same program writes the same bytes on every run.
package phantom

// The buckets: folders below the one given to [Write]. Every file in them is an object.
const (
	PrivateBucket    = "neuro-private"
	MicroscopyBucket = "micro-private"
)

// Keys in [PrivateBucket]. An OME-Zarr is a folder, so its key ends in "/".
const (
	T1wKey  = "rawdata/sub-phantom/anat/sub-phantom_sample-brain_T1w.nii.gz"
	FAKey   = "derivatives/sub-phantom/dwi/sub-phantom_sample-brain_desc-FA_dwi.ome.zarr/"
	XPCTKey = "derivatives/sub-phantom/micr/sub-phantom_sample-brain_chunk-01_XPCT.ome.zarr/"
	DsegKey = "derivatives/sub-phantom/anat/sub-phantom_sample-brain_dseg.ome.zarr/"
	TRKKey  = "derivatives/sub-phantom/dwi/sub-phantom_sample-brain_desc-CSD_tractography.trk"
	TCKKey  = "derivatives/sub-phantom/dwi/sub-phantom_sample-brain_desc-CSDsift_tractography.tck"

	DsegTableKey = "derivatives/sub-phantom/anat/sub-phantom_sample-brain_dseg.tsv"
)

// Keys in [MicroscopyBucket].
const (
	FluoKey     = "rawdata/sub-phantom/micr/sub-phantom_sample-slice0001_stain-multi_FLUO.ome.zarr/"
	TilesPrefix = "sourcedata/tiles/"
	OddPrefix   = "odd names/"
	OddTRKKey   = OddPrefix + "tract (1) #2 + ü & 100%.trk"
	OddZarrKey  = OddPrefix + "tiny [50%] #1 + ü's.ome.zarr/"
)

// TileCount is the number of objects directly below [TilesPrefix], from tile-0001.json on.
const TileCount = 2500

// SiftEvery says which streamlines the .tck file holds: the first, and then
// every SiftEvery-th of [Streamlines].
const SiftEvery = 3

// TractGrid is the voxel space of the .trk file's header. Its voxel order is LAS.
func TractGrid() Grid { return tractGrid() }
