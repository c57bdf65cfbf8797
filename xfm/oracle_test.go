package xfm_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"ngportal/internal/pythontest"
	"ngportal/xfm"
)

// writeTransforms writes the same maps from moving to fixed points in every format, by numpy, nibabel, scipy and h5py,
// and lists what each file should do to some points.
const writeTransforms = `
import json, numpy as np, nibabel as nib, h5py
from nibabel.affines import apply_affine, from_matvec, voxel_sizes
from scipy.io import savemat
from scipy.spatial.transform import Rotation
rng = np.random.default_rng(5)
LPS = np.diag([-1., -1, 1, 1])
files = []

def note(name, m, **more):
    p = rng.uniform(-100, 100, (20, 3))
    files.append(dict(name=name, points=p.tolist(), moved=apply_affine(m, p).tolist(), **more))

def text(name, m, s, **more):
    open(name, 'w').write(s)
    note(name, m, **more)

def row(a): return ' '.join(repr(float(v)) for v in np.asarray(a).ravel())
def rows(a): return '\n'.join(row(r) for r in a)

def affine(flip=False, rigid=False):
    r = Rotation.random(random_state=int(rng.integers(1 << 30))).as_matrix()
    if not rigid:
        r = r @ (np.eye(3) + rng.uniform(-.2, .2, (3, 3))) @ np.diag(rng.uniform(.5, 2, 3))
    if flip:
        r = r @ np.diag([-1, 1, 1])
    return from_matvec(r, rng.uniform(-50, 50, 3))

def image(flip):
    a = affine(rigid=True)
    a[:3, :3] = a[:3, :3] @ np.diag(rng.uniform(.3, 3, 3) * [-1 if flip else 1, 1, 1])
    return tuple(int(v) for v in rng.integers(5, 300, 3)), a

def volume(what, name, shape, a):
    h = nib.freesurfer.MGHImage(np.zeros(shape, 'u1'), a).header
    mdc = h['Mdc']   # a row for each axis
    near = h.get_affine()   # computed in float32
    a = np.float64(mdc.T) * np.float64(h['delta'])
    a = from_matvec(a, np.float64(h['Pxyz_c']) - a @ (np.array(shape) / 2))
    assert np.allclose(a, near, rtol=1e-4, atol=1e-3), (a, near)
    return a, (what + ' volume info\nvalid = 1  # volume info valid\nfilename = ' + name + '\nvolume = ' + ' '.join(map(str, shape))
        + '\nvoxelsize = ' + row(h['delta']) + ''.join('\n%sras   = %s' % (c, row(mdc[i])) for i, c in enumerate('xyz'))
        + '\ncras   = ' + row(h['Pxyz_c']) + '\n')

for trial in range(4):
    m = affine(flip=trial == 3)
    t = '-%d' % trial
    (sm, am), (sf, af) = image(trial % 2), image(trial // 2)
    am, src = volume('src', '/data/moving image.mgz', sm, am)
    af, dst = volume('dst', '/data/fixed#1.mgz', sf, af)
    head = '# transform file x.lta\n# created by me\n\ntype      = %d # %s\nnxforms   = 1\nmean      = 0.0 0.0 0.0\nsigma     = 10000.0\n1 4 4\n%s\n'
    tail = src + dst + 'subject fsaverage\nfscale 0.15\n'
    names = dict(format='LTA', source='/data/moving image.mgz', target='/data/fixed#1.mgz')
    text('ras%s.lta' % t, m, head % (1, 'LINEAR_RAS_TO_RAS', rows(m)) + tail, **names)
    text('vox%s.lta' % t, m, head % (0, 'LINEAR_VOX_TO_VOX', rows(np.linalg.inv(af) @ m @ am)) + tail, **names)

    # ITK: points of the fixed image to the moving one, LPS, around a center.
    k = LPS @ np.linalg.inv(m) @ LPS
    c = rng.uniform(-30, 30, 3)
    params = np.r_[k[:3, :3].ravel(), k[:3, 3] - c + k[:3, :3] @ c]
    itk = '#Insight Transform File V1.0\n#Transform 0\nTransform: %s_3_3\nParameters: %s\nFixedParameters: %s\n'
    for cls in 'MatrixOffsetTransformBase_double', 'AffineTransform_float':
        text('%s%s.txt' % (cls, t), m, itk % (cls, row(params), row(c)), format='ITK')
    text('crlf%s.tfm' % t, m, (itk % ('AffineTransform_double', row(params), row(c))).replace('\n', '\r\n'), format='ITK')
    savemat('ants%s.mat' % t, {'AffineTransform_double_3_3': params[:, None], 'fixed': c[:, None]}, format='4')
    note('ants%s.mat' % t, m, format='ITK')
    f4 = np.float32
    p32, c32 = params.astype(f4), c.astype(f4)
    k32 = from_matvec(p32[:9].astype(float).reshape(3, 3), p32[9:].astype(float) + c32 - p32[:9].astype(float).reshape(3, 3) @ c32)
    m32 = np.linalg.inv(LPS @ k32 @ LPS)
    savemat('ants32%s.mat' % t, {'AffineTransform_float_3_3': p32[:, None], 'fixed': c32[:, None]}, format='4')
    note('ants32%s.mat' % t, m32, format='ITK')
    with open('big%s.mat' % t, 'wb') as o:
        for n, v in ('AffineTransform_double_3_3', params), ('fixed', c):
            np.array([1000, len(v), 1, 0, len(n) + 1], '>i4').tofile(o)
            o.write(n.encode() + b'\0')
            v.astype('>f8').tofile(o)
    note('big%s.mat' % t, m, format='ITK')

    # One affine is two: the last of a composite is applied first.
    k1 = LPS @ affine() @ LPS
    k2 = np.linalg.inv(k1) @ k
    one = lambda n, q: '#Transform %d\nTransform: AffineTransform_double_3_3\nParameters: %s\nFixedParameters: 0 0 0\n' % (n, row(np.r_[q[:3, :3].ravel(), q[:3, 3]]))
    text('composite%s.txt' % t, m, '#Insight Transform File V1.0\n#Transform 0\nTransform: CompositeTransform_double_3_3\n' + one(1, k1) + one(2, k2), format='ITK')

    for how, kw in ('old', {}), ('new', dict(libver='latest')):
        for made in 'plain', 'vlen1', 'zip', 'f4', 'big', 'many':
            name = '%s-%s%s.h5' % (how, made, t)
            with h5py.File(name, 'w', **kw) as f:
                f['ITKVersion'], f['OSName'] = '5.3.0', 'Linux'
                top = f.create_group('TransformGroup')
                S = lambda s: np.array([s], dtype=h5py.string_dtype()) if made == 'vlen1' else np.bytes_(s) if made == 'zip' else s
                def put(n, cls, p=None, x=None):
                    g = top.create_group(str(n))
                    g['TransformType'] = S(cls)
                    if p is None: return
                    o = dict(chunks=p.shape, compression='gzip', shuffle=True, fletcher32=True) if made == 'zip' else {}
                    if made == 'zip' and how == 'old': o['chunks'] = (5,)
                    o2 = dict(o, chunks=(3,)) if o else o
                    d = dict(f4='<f4', big='>f8').get(made, '<f8')
                    bad = 'Transform' if made == 'plain' else 'Tranform'
                    g.create_dataset(bad + 'Parameters', data=p.astype(d), **o)
                    g.create_dataset(bad + 'FixedParameters', data=x.astype(d), **o2)
                if made == 'many':
                    put(0, 'CompositeTransform_double_3_3')
                    z = np.zeros(3)
                    put(1, 'AffineTransform_double_3_3', np.r_[k1[:3, :3].ravel(), k1[:3, 3]], z)
                    put(2, 'AffineTransform_double_3_3', np.r_[k2[:3, :3].ravel(), k2[:3, 3]], z)
                    if how == 'old':   # more than one leaf of the tree of names
                        for n in range(3, 40):
                            put(n, 'TranslationTransform_double_3_3', z, z)
                else:
                    put(0, 'AffineTransform_%s_3_3' % ('float' if made == 'f4' else 'double'), params, c)
            note(name, m32 if made == 'f4' else m, format='ITK')

    text('x%s.aff12.1D' % t, m, '# 3dvolreg matrices (DICOM-to-DICOM, row-by-row):\n   ' + row(k[:3]) + '\n', format='AFNI')
    text('plain12%s.txt' % t, m, rows(m[:3]), format='plain')
    text('plain16%s.txt' % t, m, '# a comment\n' + rows(m).replace(' ', ', ') + '\n', format='plain')
    text('oneline%s.txt' % t, m, row(m), format='plain')

    # FLIRT: voxel indices times sizes, x from the other end where the affine's determinant is positive.
    def scaled(shape, a):
        s = np.diag(np.r_[voxel_sizes(a), 1])
        if np.linalg.det(a) > 0:
            s = s @ np.array([[-1, 0, 0, shape[0] - 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.]])
        return s
    (sm, am), (sf, af) = image(trial % 2), image(trial // 2)
    flirt = scaled(sf, af) @ np.linalg.inv(af) @ m @ am @ np.linalg.inv(scaled(sm, am))
    text('flirt%s.mat' % t, m, '\n'.join('  '.join('%.17g' % v for v in r) + '  ' for r in flirt) + '\n', format='FSL',
        moving=dict(Shape=sm, Matrix=am[:3].tolist()), fixed=dict(Shape=sf, Matrix=af[:3].tolist()))

    # Rotations by other parameters, given by scipy.
    a = rng.uniform(-1, 1, 3)
    trans = rng.uniform(-20, 20, 3)
    def around(r): return np.linalg.inv(LPS @ from_matvec(r, trans + c - r @ c) @ LPS)
    r = Rotation.from_euler('ZXY', a[[2, 0, 1]]).as_matrix()
    text('euler%s.txt' % t, around(r), itk % ('Euler3DTransform_double', row(np.r_[a, trans]), row(c)), format='ITK')
    text('euler0%s.txt' % t, around(r), itk % ('Euler3DTransform_double', row(np.r_[a, trans]), row(np.r_[c, 0])), format='ITK')
    r = Rotation.from_euler('ZYX', a[[2, 1, 0]]).as_matrix()
    text('zyx%s.txt' % t, around(r), itk % ('Euler3DTransform_double', row(np.r_[a, trans]), row(np.r_[c, 1])), format='ITK')
    q = Rotation.from_rotvec(a).as_quat()
    r = Rotation.from_rotvec(a).as_matrix()
    v = q[:3] * np.sign(q[3])
    text('versor%s.txt' % t, around(r), itk % ('VersorRigid3DTransform_double', row(np.r_[v, trans]), row(c)), format='ITK')
    text('similar%s.txt' % t, around(1.3 * r), itk % ('Similarity3DTransform_double', row(np.r_[v, trans, 1.3]), row(c)), format='ITK')
    text('shift%s.txt' % t, from_matvec(np.eye(3), -trans * [-1, -1, 1]), itk % ('TranslationTransform_double', row(trans), ''), format='ITK')
json.dump(files, open('files.json', 'w'))
`

func TestReadAgreesWithPython(t *testing.T) {
	root := pythontest.Run(t, writeTransforms, "nibabel", "scipy", "h5py")
	var files []struct {
		Name, Format, Source, Target string
		Points, Moved                [][3]float64
		Moving, Fixed                *xfm.Space
	}
	if err := json.Unmarshal(file(t, root, "files.json"), &files); err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("only %d files", len(files))
	}
	for _, f := range files {
		content := file(t, root, f.Name)
		got, err := xfm.Read(f.Name, content)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		if string(got.Format) != f.Format || got.Source != f.Source || got.Target != f.Target || got.Scaled != (f.Moving != nil) {
			t.Errorf("%s: got %s from %q to %q, scaled %t; want %s from %q to %q",
				f.Name, got.Format, got.Source, got.Target, got.Scaled, f.Format, f.Source, f.Target)
		}
		m := got.Matrix
		if f.Moving != nil {
			if m, err = xfm.FSLToRAS(m, *f.Moving, *f.Fixed); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
		wantMoves(t, f.Name, m, f.Points, f.Moved)
	}
	t.Logf("%d files", len(files))
}

// wantMoves compares to 1e-9 of the size of the coordinates, which are about 100.
func wantMoves(t *testing.T, what string, m xfm.Matrix, points, moved [][3]float64) {
	t.Helper()
	for i, p := range points {
		got := m.Apply(p)
		for j := range got {
			if math.Abs(got[j]-moved[i][j]) > 1e-9*max(1, math.Abs(moved[i][j])) {
				t.Errorf("%s: %v goes to %v, want %v", what, p, got, moved[i])
				return
			}
		}
	}
}

// writeHostileHDF5 writes what ITK would not, or what cannot be used.
const writeHostileHDF5 = `
import numpy as np, h5py
def make(name, cls='AffineTransform_double_3_3', p=np.r_[np.eye(3).ravel(), 1, 2, 3], kw={}, lib={}, group='TransformGroup', count=1):
    with h5py.File(name, 'w', **lib) as f:
        for i in range(count):
            g = f.create_group('%s/%d' % (group, i))
            if cls is not None: g['TransformType'] = cls
            g.create_dataset('TransformParameters', data=p, **kw)
            g['TransformFixedParameters'] = np.zeros(3)
make('good.h5')
make('warp.h5', 'DisplacementFieldTransform_float_3_3', np.zeros(100000, 'f4'))
make('other.h5', group='Other')
make('untyped.h5', None)
make('number.h5', 3.5)
make('ints.h5', p=np.arange(12))
make('long.h5', p=np.zeros(1000))
make('table.h5', p=np.zeros((3, 4)))
make('bomb.h5', p=np.zeros(12), kw=dict(chunks=(1 << 20,), maxshape=(None,), compression='gzip'))
make('lzf.h5', kw=dict(chunks=(12,), compression='lzf'))
make('dense.h5', lib=dict(libver='latest'), count=20)
make('nan.h5', p=np.full(12, np.nan))
`

func file(t testing.TB, root, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// seeds are files of h5py for the fuzzer, which has none by itself.
func seeds() []string { return []string{"old.h5", "new.h5", "chunked.h5"} }
