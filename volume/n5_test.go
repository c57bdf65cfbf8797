package volume_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ngportal/internal/pythontest"
	"ngportal/volume"
)

// n5Level makes the attributes of a dataset of uint16 voxels.
func n5Level(size int, more string) string {
	return fmt.Sprintf(`{"dimensions":[%d,%d,%d],"blockSize":[64,64,32],"dataType":"uint16","compression":{"type":"gzip"}%s}`, size, size, size/2, more)
}

// placed is what is to be seen of the levels of an image.
func placed(img *volume.Image) string {
	var out []string
	for _, l := range img.Levels {
		out = append(out, fmt.Sprintf("%s%v%v%s%v %v", l.Path, l.Shape, l.Chunk, l.Encoding, l.Scale, l.Translation))
	}
	return strings.Join(out, " | ")
}

// TestReadN5 has the layouts that Neuroglancer's n5/frontend.ts tells apart, and those it does not open.
func TestReadN5(t *testing.T) {
	tests := map[string]struct {
		files       files
		wantLevels  string
		wantAxes    string // names, kinds, units
		wantRefused string // Unreadable
		wantWarning string
	}{
		"dataset with resolution, units and axes": {
			files{"attributes.json": n5Level(100, `,"axes":["z","y","x"],"units":["um","nm",""],"resolution":[1,20,3],"pixelResolution":null`)},
			"[100 100 50][64 64 32]gzip[1 20 3] [0.5 10 1.5]", "z space um 1e-06, y space nm 1e-09, x space  0", "", "",
		},
		"pixelResolution stands before resolution": {
			files{"attributes.json": n5Level(100, `,"resolution":[7,7,7],"pixelResolution":{"unit":"um","dimensions":[0.5,0.5,2]}`)},
			"[100 100 50][64 64 32]gzip[0.5 0.5 2] [0.25 0.25 1]", "x space um 1e-06, y space um 1e-06, z space um 1e-06", "", "",
		},
		"dataset that is downsampled": {
			files{"attributes.json": n5Level(50, `,"downsamplingFactors":[2,2,1],"pixelResolution":{"unit":"nm","dimensions":[4,4,40]}`)},
			"[50 50 25][64 64 32]gzip[8 8 40] [4 4 20]", "x space nm 1e-09, y space nm 1e-09, z space nm 1e-09", "", "",
		},
		"no size and no unit": {
			files{"attributes.json": n5Level(50, "")},
			"[50 50 25][64 64 32]gzip[1 1 1] [0.5 0.5 0.5]", "x space  0, y space  0, z space  0", "", "takes nanometers",
		},
		"BigDataViewer's scales": {
			files{
				"attributes.json":    `{"scales":[[1,1,1],[2,2,1]],"pixelResolution":{"unit":"um","dimensions":[1,1,2]}}`,
				"s0/attributes.json": n5Level(100, `,"downsamplingFactors":[9,9,9]`), "s1/attributes.json": n5Level(50, ""),
			},
			"s0[100 100 50][64 64 32]gzip[1 1 2] [0.5 0.5 1] | s1[50 50 25][64 64 32]gzip[2 2 2] [1 1 1]",
			"x space um 1e-06, y space um 1e-06, z space um 1e-06", "", "",
		},
		"Paintera's list of factors, attributes from the group": {
			files{
				"attributes.json": `{"multiScale":true,"downsamplingFactors":[[1,1,1],[3,3,3]],"resolution":[4,4,4],"units":["um","um","um"],
					"dataType":"uint64","compression":{"type":"raw"},"offset":[1,2,3]}`,
				"s0/attributes.json": `{"dimensions":[9,9,9],"blockSize":[3,3,3]}`,
				"s1/attributes.json": `{"dimensions":[3,3,3],"blockSize":[3,3,3],"compression":{"type":"gzip","useZlib":true}}`,
			},
			"s0[9 9 9][3 3 3]raw[4 4 4] [2 2 2] | s1[3 3 3][3 3 3]zlib[12 12 12] [6 6 6]",
			"x space um 1e-06, y space um 1e-06, z space um 1e-06", "", "\"offset\" moves",
		},
		"missing level": {
			files{"attributes.json": `{"scales":[[1,1,1],[2,2,2]]}`, "s0/attributes.json": n5Level(100, "")},
			"s0[100 100 50][64 64 32]gzip[1 1 1] [0.5 0.5 0.5]", "x space  0, y space  0, z space  0", "Level s1 is listed", "",
		},
		"levels that nobody lists": {
			files{
				"attributes.json":    `{"painteraData":{}}`,
				"s0/attributes.json": n5Level(100, `,"pixelResolution":{"unit":"nm","dimensions":[4,4,4]}`),
				"s1/attributes.json": n5Level(50, `,"pixelResolution":{"unit":"nm","dimensions":[4,4,4]},"downsamplingFactors":[2,2,2]`),
			},
			"s0[100 100 50][64 64 32]gzip[4 4 4] [2 2 2] | s1[50 50 25][64 64 32]gzip[8 8 8] [4 4 4]",
			"x space nm 1e-09, y space nm 1e-09, z space nm 1e-09", "list the directory", "",
		},
		"COSEM's multiscales": {
			files{
				"attributes.json":   `{"multiscales":[{"datasets":[{"path":"a"},{"path":"b"}]}]}`,
				"a/attributes.json": n5Level(100, `,"pixelResolution":{"unit":"nm","dimensions":[4,4,4]}`),
				"b/attributes.json": n5Level(50, `,"pixelResolution":{"unit":"nm","dimensions":[8,8,8]}`),
			},
			"a[100 100 50][64 64 32]gzip[4 4 4] [2 2 2] | b[50 50 25][64 64 32]gzip[8 8 8] [4 4 4]",
			"x space nm 1e-09, y space nm 1e-09, z space nm 1e-09", "\"multiscales\"", "",
		},
		"unit in words": {
			files{"attributes.json": n5Level(2, `,"pixelResolution":{"unit":"micrometer","dimensions":[1,1,1]}`)},
			"[2 2 1][64 64 32]gzip[1 1 1] [0.5 0.5 0.5]", "x space micrometer 1e-06, y space micrometer 1e-06, z space micrometer 1e-06", "only symbols", "",
		},
		"numbers alone": {
			files{"attributes.json": n5Level(2, `,"pixelResolution":[2,2,2]`)},
			"[2 2 1][64 64 32]gzip[2 2 2] [1 1 1]", "x space  0, y space  0, z space  0", "pixelResolution says no unit", "",
		},
		"codec": {
			files{"attributes.json": strings.Replace(n5Level(2, ""), "gzip", "xz", 1)},
			"[2 2 1][64 64 32]xz[1 1 1] [0.5 0.5 0.5]", "x space  0, y space  0, z space  0", "codec xz", "xz is not supported",
		},
		"bzip2, which only this package reads": {
			files{"attributes.json": strings.Replace(n5Level(2, ""), "gzip", "bzip2", 1)},
			"[2 2 1][64 64 32]bzip2[1 1 1] [0.5 0.5 0.5]", "x space  0, y space  0, z space  0", "codec bzip2", "",
		},
		"int64": {
			files{"attributes.json": strings.Replace(n5Level(2, ""), "uint16", "int64", 1)},
			"[2 2 1][64 64 32]gzip[1 1 1] [0.5 0.5 0.5]", "x space  0, y space  0, z space  0", "data type int64", "",
		},
		"six axes, compression of old": {
			files{"attributes.json": `{"dimensions":[1,2,3,4,5,6],"blockSize":[1,1,1,1,1,1],"dataType":"uint8","compressionType":"raw"}`},
			"[1 2 3 4 5 6][1 1 1 1 1 1]raw[1 1 1 1 1 1] [0.5 0.5 0.5 0.5 0.5 0.5]",
			"x space  0, y space  0, z space  0, t time  0, c channel  0, d6   0", "", "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadN5(tt.files.get)
			if err != nil {
				t.Fatal(err)
			}
			var axes []string
			for _, a := range img.Axes {
				axes = append(axes, fmt.Sprint(a.Name, " ", a.Kind, " ", a.Unit, " ", a.Meters))
			}
			if got := strings.Join(axes, ", "); got != tt.wantAxes {
				t.Errorf("axes %s\nwant %s", got, tt.wantAxes)
			}
			if got := placed(img); got != tt.wantLevels {
				t.Errorf("levels %s\nwant %s", got, tt.wantLevels)
			}
			wantSentence(t, "unreadable", img.Unreadable(), tt.wantRefused)
			if tt.wantWarning != "" {
				wantSentence(t, "findings", strings.Join(sentences(img), " | "), tt.wantWarning)
			}
		})
	}
}

func TestReadN5Refuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"n5":"2.5.1"}`:                                                      "an N5 container",
		`{"dimensions":[1,2]}`:                                                "\"blockSize\" is missing",
		`{"dimensions":[1,2],"blockSize":[1,2]}`:                              "\"dataType\" is missing",
		`{"dimensions":[-1,2],"blockSize":[1,2]}`:                             "at least one voxel",
		`{"dimensions":[9223372036854775808],"blockSize":[1]}`:                "larger than 2^53",
		`{"dimensions":[1],"blockSize":[0],"dataType":"uint8"}`:               "holds 0",
		`{"dimensions":[1,2],"axes":["x"]}`:                                   "names 1 axes where there are 2",
		`{"dimensions":[1,2],"units":["nm"]}`:                                 "names 1 units",
		`{"dimensions":[1,2],"resolution":[1,0]}`:                             "not positive",
		`{"dimensions":[1,2],"blockSize":[1,2],"downsamplingFactors":[1,-1]}`: "not positive",
		`{"scales":[[1,1,1]]}`:                                                "level s0 is not there",
		`{"scales":"x"}`:                                                      "no list of levels",
		`{"scales":[[1,1,1],[1,1]]}`:                                          "expected 3 numbers",
		`{"multiscales":[{"datasets":[{"path":"../../x"}]}]}`:                 "holds the segment",
		`{"multiscales":7,"scales":[[` + strings.Repeat("[", 20000):           "not JSON",
		`{"dimensions":[1],"blockSize":[1],"dataType":"uint8","resolution":[1e308],"downsamplingFactors":[1e308]}`: "too large",
	} {
		_, err := volume.ReadN5(files{"attributes.json": text}.get)
		if !errors.Is(err, volume.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: error %v, want ErrInvalid with %q", text, err, want)
		}
	}
	if _, err := volume.ReadN5(files{}.get); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing: error %v, want fs.ErrNotExist", err)
	}
}

// writeN5 makes N5 datasets and groups with zarr-python, whose axes are the other way round, and the voxels in N5's order.
const writeN5 = `
import json, warnings, numpy as np, zarr
from numcodecs import GZip, Zlib, BZ2
warnings.simplefilter('ignore')
rng = np.random.default_rng(4)
expected = {}
store = zarr.N5Store('c.n5')
group = zarr.group(store, overwrite=True)
for i, (dtype, compressor) in enumerate([('u1', None), ('u2', GZip(4)), ('i2', GZip(1)), ('u4', None), ('f4', GZip(9)), ('u2', BZ2(1)), ('u2', None)]):
    shape = tuple(int(n) for n in rng.integers(5, 30, size=3))
    chunks = tuple(int(n) for n in rng.integers(3, 12, size=3))
    a = rng.integers(0, 200, size=shape).astype(dtype)
    a[: chunks[0], : chunks[1], : chunks[2]] = 0
    name = 'd%d' % i
    group.create_dataset(name, data=a, chunks=chunks, compressor=compressor)
    group[name].attrs['resolution'] = [1, 2, 3]
    group[name].attrs['units'] = ['um', 'um', 'um']
    expected['c.n5/' + name] = dict(Shape=list(shape[::-1]), Values=a.T.ravel().tolist())
pyramid = group.create_group('p')
pyramid.attrs['downsamplingFactors'] = [[1, 1, 1], [2, 2, 2]]
a = rng.integers(0, 200, size=(40, 41, 42)).astype('u2')
pyramid.create_dataset('s0', data=a, chunks=(16, 16, 16), compressor=GZip())
pyramid.create_dataset('s1', data=a[::2, ::2, ::2], chunks=(16, 16, 16), compressor=GZip())
expected['c.n5/p'] = dict(Shape=[42, 41, 40], Values=a.T.ravel().tolist())
json.dump(expected, open('expected.json', 'w'))
`

func TestReadN5AgainstZarr(t *testing.T) {
	root := pythontest.Run(t, writeN5, "zarr", "numcodecs")
	var expected map[string]struct {
		Shape  []int64
		Values []float32
	}
	readJSON(t, filepath.Join(root, "expected.json"), &expected)
	for name, want := range expected {
		t.Run(name, func(t *testing.T) {
			get := dir(filepath.Join(root, name))
			img := must(volume.ReadN5(get))(t)
			block, err := volume.Overview(img, 64, ranger(get))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(img.Levels[0].Shape, want.Shape) || !slices.Equal(block.Data, want.Values) {
				t.Errorf("level %+v, block of %v differs from the %d voxels that were written", img.Levels[0], block.Shape, len(want.Values))
			}
		})
	}
}
