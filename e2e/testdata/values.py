"""Writes volumes of all kinds with random contents, and what nibabel and numpy say is at random positions of them:
values.py OUT SEED. OUT/values.json lists them by page; the files are in folders beside it. Volumes of one page lie around
one place, so that they can be looked at together. npm/write.mjs OUT/zarrita.json writes what is left to zarrita. With a third
argument, that folder's real files are listed, too, on the pages called "real"."""

import json
import os
import sys

import nibabel
import numcodecs
import numpy
import zarr
from nibabel.affines import apply_affine

import writers as w

COUNT = 50
CENTER = numpy.array([12.0, 12.0, 12.0])  # mm
MARGIN = 0.45  # of a voxel, to either side of its middle: positions keep 0.05 from borders
METERS = {"meter": 1, "millimeter": 1e-3, "micrometer": 1e-6, "nanometer": 1e-9, "second": 1, "millisecond": 1e-3}


class Pages:
    def __init__(self, out, seed):
        self.out, self.rng, self.pages, self.later = out, numpy.random.default_rng(seed), {}, w.Later(out + "/zarrita.json")

    def path(self, name):
        return os.path.join(self.out, name)

    def noise(self, shape, dtype):
        dtype = numpy.dtype(dtype)
        if dtype.kind == "f":
            return (self.rng.standard_normal(shape) * 1000).astype(dtype)
        info = numpy.iinfo(dtype)
        return self.rng.integers(info.min, info.max, shape, dtype.newbyteorder("="), endpoint=True).astype(dtype)

    def shape(self, low=9, high=25):
        return [int(n) for n in self.rng.integers(low, high, 3)]

    def voxels(self, shape):
        """Random voxels, and positions in them as fractions of indices: 0 is the middle of the first."""
        at = numpy.stack([self.rng.integers(0, n, COUNT) for n in shape], 1)
        return at, at + self.rng.uniform(-MARGIN, MARGIN, at.shape)

    def add(self, page, name, about, samples):
        self.pages.setdefault(page, []).append({"path": name, "about": about, "samples": samples})


def text(value):
    """A value as the test compares it."""
    if numpy.issubdtype(type(value), numpy.floating):
        return repr(float(value))
    if value.dtype == "i8":
        value = value.astype("u8")  # which is how the viewer reads it
    return str(int(value))


def sample(at, value, channel=None):
    return {"at": {k: float(v) for k, v in at.items()}, "value": text(value), "channel": channel}


# --- NIfTI ---

def rotation(rng):
    q, r = numpy.linalg.qr(rng.standard_normal((3, 3)))
    q *= numpy.sign(numpy.diag(r))
    return q if numpy.linalg.det(q) > 0 else -q


def affine_around(linear, shape, center=CENTER):
    a = numpy.eye(4)
    a[:3, :3] = linear
    a[:3, 3] = center - linear @ ((numpy.array(shape[:3]) - 1) / 2)
    return a


def random_affine(p, shape, flip=False, oblique=True):
    linear = (rotation(p.rng) if oblique else numpy.eye(3)) @ numpy.diag(p.rng.uniform(0.6, 1.6, 3))
    if flip:
        linear[:, 0] *= -1
    return affine_around(linear, shape)


def nifti_samples(p, path, unit, seconds=None):
    """What nibabel reads at positions: its affine says which voxel is nearest, its array what is stored there."""
    image = nibabel.load(path)
    data = numpy.asanyarray(image.dataobj.get_unscaled())
    _, near = p.voxels(data.shape[:3])
    world = apply_affine(image.affine, near)
    nearest = numpy.rint(apply_affine(numpy.linalg.inv(image.affine), world)).astype(int)
    out = []
    for where, index in zip(world * METERS[unit], nearest):
        at = dict(zip("xyz", where))
        index = list(index)
        channel = None
        if data.ndim == 4:
            index.append(int(p.rng.integers(data.shape[3])))
            at["t"] = (index[3] + 0.5) * seconds
        if data.ndim == 5:
            channel = int(p.rng.integers(data.shape[4]))
            index += [0, channel]
            at["t"] = 0.5 * seconds
        out.append(sample(at, data[tuple(index)], channel))
    return out


def nifti_page(p):
    cases = [
        ("oblique.nii.gz", "i2", {}, {}),
        ("big-endian.nii", "i2", {"order": ">", "qform": 0}, {}),
        ("two.nii.gz", "f4", {"version": 2, "sform": 0}, {}),
        ("two-big.nii", "f4", {"version": 2, "order": ">"}, {}),
        ("mirrored.nii.gz", "u1", {"sform": 0}, {"flip": True}),
        ("mirrored-straight.nii", "u2", {"qform": 0}, {"flip": True, "oblique": False}),
        ("i1.nii", "i1", {}, {}), ("u4.nii.gz", "u4", {}, {}), ("i4.nii", "i4", {"order": ">"}, {"flip": True}),
        ("u8.nii.gz", "u8", {}, {}), ("i8.nii", "i8", {"qform": 0}, {}),
        ("scaled.nii.gz", "i2", {"slope": (2.5, 10)}, {}),
    ]
    for name, dtype, how, kind in cases:
        data = p.noise(p.shape(), dtype)
        w.nifti(p.path("nifti/" + name), data, random_affine(p, data.shape, **kind), **how)
        p.add("nifti", "nifti/" + name, "%s %s %s" % (dtype, how, kind), nifti_samples(p, p.path("nifti/" + name), "millimeter"))

    data = p.noise(p.shape(), "u2")
    good, other = random_affine(p, data.shape), random_affine(p, data.shape)
    w.nifti(p.path("nifti/disagree.nii.gz"), data, good, sform=2, qaffine=other)
    p.add("nifti more", "nifti/disagree.nii.gz", "sform is not the qform", nifti_samples(p, p.path("nifti/disagree.nii.gz"), "millimeter"))
    sheared = affine_around(rotation(p.rng) @ numpy.array([[1, 0.3, 0.1], [0, 1.2, -0.2], [0, 0, 0.8]]), data.shape)
    w.nifti(p.path("nifti/sheared.nii"), data, sheared, sform=3, qaffine=good)
    p.add("nifti more", "nifti/sheared.nii", "sheared sform", nifti_samples(p, p.path("nifti/sheared.nii"), "millimeter"))
    for unit, name, factor in (("micron", "micrometer", 1e3), ("meter", "meter", 1e-3)):
        a = random_affine(p, data.shape)
        a[:3] *= factor
        w.nifti(p.path("nifti/%s.nii.gz" % unit), data, a, units=(unit, "sec"))
        p.add("nifti more", "nifti/%s.nii.gz" % unit, "in " + name, nifti_samples(p, p.path("nifti/%s.nii.gz" % unit), name))
    w.nifti(p.path("nifti/unset.nii"), data, random_affine(p, data.shape), units=("unknown", "sec"))
    p.add("nifti more", "nifti/unset.nii", "no unit", nifti_samples(p, p.path("nifti/unset.nii"), "millimeter"))
    near = p.noise([15, 12, 10, 3], "f4")
    w.nifti(p.path("nifti/time.nii.gz"), near, random_affine(p, near.shape), pixdim4=2)
    p.add("nifti more", "nifti/time.nii.gz", "4-D", nifti_samples(p, p.path("nifti/time.nii.gz"), "millimeter", 2))
    vector = p.noise([12, 11, 10, 1, 3], "f4")
    w.nifti(p.path("nifti/vector.nii.gz"), vector, random_affine(p, vector.shape), intent="vector", pixdim4=2)
    p.add("nifti more", "nifti/vector.nii.gz", "5-D vectors", nifti_samples(p, p.path("nifti/vector.nii.gz"), "millimeter", 2))
    nowhere = p.noise([26, 25, 24], "u1")
    w.nifti(p.path("nifti/nowhere.nii"), nowhere, numpy.diag([1.1, 0.9, 1.2, 1]), sform=0, qform=0)
    p.add("nifti more", "nifti/nowhere.nii", "neither form", nifti_samples(p, p.path("nifti/nowhere.nii"), "millimeter"))


# --- grids: the axes of the array, each with a size of voxels and a place of the first one ---

def grid_samples(p, data, axes, scales, firsts, units):
    """What numpy reads at positions. A position of an axis of the world is first + scale * index, for middles of voxels."""
    at, near = p.voxels(data.shape)
    out = []
    for index, frac in zip(at, near):
        where, nearest, channel = {}, [], None
        for name, scale, first, unit, i, f, n in zip(axes, scales, firsts, units, index, frac, data.shape):
            if name == "c":
                channel = int(i)
                nearest.append(channel)
                continue
            position = first + scale * (i if name == "t" else f)
            where[name] = position * METERS.get(unit, 1)
            nearest.append(min(max(int(numpy.rint((position - first) / scale)), 0), n - 1))
        out.append(sample(where, data[tuple(nearest)], channel))
    return out


def plain(p, names):
    """A random shape, chunks, voxel sizes and units of a plain array that begins at 0."""
    units = [["micrometer", "millimeter", "nanometer"][p.rng.integers(3)] for _ in names]
    scales = [float(round(p.rng.uniform(0.7, 1.6), 3)) for _ in names]
    shape = [int(s) for s in p.rng.integers(10, 24, len(names))]
    chunks = [int(c) for c in p.rng.integers(5, 14, len(names))]
    mm = {"micrometer": 1000, "millimeter": 1, "nanometer": 1e6}
    attrs = {"dimension_units": ["%r %s" % (s * mm[u], u) for s, u in zip(scales, units)]}
    return shape, chunks, scales, [s / 2 for s in scales], attrs


def compressors():
    out = [("none", None), ("gzip", numcodecs.GZip(5)), ("zlib", numcodecs.Zlib(5)), ("zstd", numcodecs.Zstd(5))]
    for cname in ("lz4", "lz4hc", "zstd", "zlib", "blosclz"):
        for shuffle in (0, 1, 2):
            out.append(("%s-%d" % (cname, shuffle), numcodecs.Blosc(cname, 5, shuffle)))
    return out


def smooth(p, shape, dtype):
    """Contents that compress, so that codecs do more than copy."""
    ramp = numpy.add.outer(numpy.add.outer(numpy.arange(shape[0]) * 3, numpy.arange(shape[1]) * 2), numpy.arange(shape[2]))
    return (ramp + p.rng.integers(0, 9, shape)).astype(dtype)


def zarr2_pages(p):
    dtypes = ["|u1", "<u2", ">u2", "<i2", "<f4", ">f4", "<u4", ">i4", "|i1", "<i4", "<u8"]
    for n, (name, compressor) in enumerate(compressors()):
        axes = ["".join(p.rng.permutation(list("xyz"))), "zyx"][n % 2]
        shape, chunks, scales, firsts, attrs = plain(p, axes)
        dtype = dtypes[n % len(dtypes)]
        data = smooth(p, shape, dtype) if n % 3 else p.noise(shape, dtype)
        fill = int(p.rng.integers(1, 100))
        order, separator = "CF"[n % 2], "./"[(n // 2) % 2]
        path = "zarr2/%s.zarr" % name
        w.zarr2(p.path(path), data, chunks, {**attrs, "_ARRAY_DIMENSIONS": list(axes)}, order, compressor, fill, separator,
                drop=[(0, 0, 0), (1, 1, 1)])
        p.add("zarr2 %d" % (n % 2), path, "%s %s %s %r fill %d" % (dtype, axes, order, separator, fill),
              grid_samples(p, data, axes, scales, firsts, ["millimeter"] * 3))
    data = p.noise([20, 18, 22], "f4")
    data[numpy.abs(data) > 1500] = numpy.nan
    data[data < -1200] = -numpy.inf
    w.zarr2(p.path("zarr2/nan.zarr"), data, (8, 8, 8), {"_ARRAY_DIMENSIONS": list("zyx"), "dimension_units": ["1 mm"] * 3},
            fill=float("nan"), drop=[(0, 1, 1)])
    p.add("zarr2 0", "zarr2/nan.zarr", "NaN, infinities", grid_samples(p, data, "zyx", [1] * 3, [0.5] * 3, ["millimeter"] * 3))


AXIS = {"t": ("t", "time", "second"), "c": ("c", "channel", "")}


def pyramid(p, axes, unit, translated=True):
    """Axes, shape and levels of an OME image around the center; level 1 halves the axes of space."""
    shape = {"t": 3, "c": 2}
    mm = {"micrometer": 1000.0, "millimeter": 1.0, "nanometer": 1e6}[unit]
    dims, listed = [], []
    one, half, first, first1 = [], [], [], []
    for a in axes:
        if a in "tc":
            dims.append(shape[a])
            listed.append(AXIS[a])
            one.append(2.0 if a == "t" else 1.0)
            half.append(one[-1])
            first.append(0.0)
            first1.append(0.0)
            continue
        n = int(p.rng.integers(12, 26))
        s = float(round(p.rng.uniform(0.6, 1.5), 3)) * mm
        f = float(round(CENTER["xyz".index(a)] * mm - s * (n - 1) / 2 + p.rng.uniform(-1, 1) * mm, 4)) if translated else 0.0
        dims.append(n)
        listed.append((a, "space", unit))
        one.append(s)
        half.append(2 * s)
        first.append(f)
        first1.append(f + s / 2)
    return dims, listed, ([one, half], [first, first1])


def ome_image(p, page, path, axes, unit, dtype, version, write, about, group, translated=True):
    shape, listed, (scales, firsts) = pyramid(p, axes, unit, translated)
    chunk = [1 if a in "tc" else int(p.rng.integers(6, 14)) for a in axes]
    data = p.noise(shape, dtype)
    data = write(p.path(path) + "/0", data, chunk)
    write(p.path(path) + "/1", p.noise([n if a in "tc" else -(-n // 2) for a, n in zip(axes, shape)], dtype), chunk)
    group(p.path(path), w.ome(listed, [(scales[0], firsts[0] if translated else None), (scales[1], firsts[1] if translated else None)], version))
    p.add(page, path, "%s %s %s %s" % (axes, unit, dtype, about),
          grid_samples(p, data, axes, scales[0], firsts[0], [u for _, _, u in listed]))


def ome_page(p):
    def by_zarr(compressor, separator="/", order="C"):
        def write(path, data, chunk):
            w.zarr2(path, data, chunk, None, order, compressor, 0, separator, drop=[(0,) * data.ndim])
            return data
        return write
    lz4 = numcodecs.Blosc("lz4", 5, 1)
    cases = [
        ("zyx", "micrometer", "u2", lz4, "/"), ("zyx", "millimeter", "f4", None, "."), ("xyz", "nanometer", "u1", numcodecs.GZip(1), "/"),
        ("czyx", "micrometer", "u2", lz4, "/"), ("tczyx", "micrometer", "i2", numcodecs.Zstd(1), "/"), ("tzyx", "millimeter", "u4", lz4, "/"),
        ("yx", "micrometer", "u2", lz4, "/"), ("yxz", "millimeter", "i4", numcodecs.Blosc("zstd", 3, 2), "."),
    ]
    for n, (axes, unit, dtype, compressor, separator) in enumerate(cases):
        ome_image(p, "ome 0.4", "ome4/%s-%d.ome.zarr" % (axes, n), axes, unit, dtype, "0.4", by_zarr(compressor, separator, "CF"[n % 2]),
                  str(compressor), w.group2)
    ome_image(p, "ome 0.4", "ome4/here.ome.zarr", "zyx", "millimeter", "u2", "0.4", by_zarr(lz4), "no translation", w.group2, translated=False)


BYTES = {"name": "bytes", "configuration": {"endian": "little"}}
BIG = {"name": "bytes", "configuration": {"endian": "big"}}
GZIP = {"name": "gzip", "configuration": {"level": 5}}
ZSTD = {"name": "zstd", "configuration": {"level": 3, "checksum": False}}
CRC = {"name": "crc32c"}


def blosc(cname, shuffle, typesize):
    return {"name": "blosc", "configuration": {"cname": cname, "clevel": 5, "shuffle": shuffle, "typesize": typesize, "blocksize": 0}}


def transpose(*order):
    return {"name": "transpose", "configuration": {"order": list(order)}}


def zarr3_pages(p):
    def zarrita(codecs, separator="/"):
        def write(path, data, chunk):
            p.later.array(path, data, chunk, codecs, 0, separator)
            return data
        return write

    def ours(codecs):
        def write(path, data, chunk):
            w.zarr3(path, data, chunk, codecs)
            return data
        return write

    def sharded(codecs, at, factor=2):
        def write(path, data, chunk):
            w.sharded3(path, data, [c * factor if c > 1 else 1 for c in chunk], chunk, codecs, 0, at, drop=[(0,) * data.ndim])
            return data
        return write
    cases = [
        ("zyx", "u2", zarrita([BYTES]), "raw"), ("zyx", "f4", zarrita([BIG, GZIP], "."), "big, gzip"),
        ("xyz", "i2", zarrita([transpose(2, 0, 1), BYTES, ZSTD]), "transpose, zstd"), ("czyx", "u2", zarrita([BYTES, blosc("lz4", "shuffle", 2)]), "blosc"),
        ("tczyx", "u1", zarrita([BYTES, ZSTD]), "zstd"), ("zyx", "i4", ours([BYTES, CRC]), "crc32c"),
        ("zyx", "u4", ours([BYTES, blosc("zstd", "bitshuffle", 4)]), "blosc-zstd"), ("yx", "u2", zarrita([BYTES, GZIP]), "gzip"),
        ("zyx", "u2", sharded([BYTES, GZIP], "end"), "sharded, gzip"), ("zyx", "f4", sharded([transpose(1, 2, 0), BIG, CRC], "start"), "sharded at start, transpose, crc32c"),
        ("czyx", "u1", sharded([BYTES, blosc("lz4", "noshuffle", 1)], "end"), "sharded, blosc"),
    ]
    for n, (axes, dtype, write, about) in enumerate(cases):
        unit = ["micrometer", "millimeter", "nanometer"][n % 3]
        ome_image(p, "ome 0.5", "ome5/%s-%d.ome.zarr" % (axes, n), axes, unit, numpy.dtype(dtype).name, "0.5", write, about, w.group3)
    ome_image(p, "zarr3", "ome5/late.ome.zarr", "zyx", "millimeter", "uint16", "0.4", zarrita([BYTES, ZSTD]), "0.4 in v3", w.group3)
    plain_codecs = [("uint8", [BYTES, GZIP]), ("int8", [BYTES, ZSTD]), ("uint64", [BYTES]), ("int32", [BIG, GZIP]),
                    ("float32", [transpose(1, 2, 0), BYTES, ZSTD])]
    for n, (dtype, codecs) in enumerate(plain_codecs):
        axes = "".join(p.rng.permutation(list("xyz")))
        shape, chunks, scales, firsts, attrs = plain(p, axes)
        data, path = p.noise(shape, dtype), "zarr3/%s.zarr" % dtype
        p.later.array(p.path(path), data, chunks, codecs, 0, "./"[n % 2], list(axes), attrs)
        p.add("zarr3", path, "%s %s" % (axes, codecs), grid_samples(p, data, axes, scales, firsts, ["millimeter"] * 3))
    shape, chunks, scales, firsts, attrs = plain(p, "zyx")
    data = p.noise(shape, "uint16")
    w.sharded3(p.path("zarr3/shards.zarr"), data, [c * 2 for c in chunks], chunks, [BYTES, blosc("zstd", "shuffle", 2), CRC], 7, "end",
               list("zyx"), attrs, drop=[(0, 0, 0), (1, 0, 1)])
    p.add("zarr3", "zarr3/shards.zarr", "sharded, filled", grid_samples(p, data, "zyx", scales, firsts, ["millimeter"] * 3))


# --- N5, precomputed, NIfTI-Zarr ---

def n5_page(p):
    codecs = [("raw", {"type": "raw"}), ("gzip", {"type": "gzip"}), ("zlib", {"type": "gzip", "useZlib": True}), ("zstd", {"type": "zstd"}),
              ("blosc", {"type": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0})]
    for n, (name, compression) in enumerate(codecs):
        data, path = p.noise([22, 20, 18], ["uint8", "uint16", "int16", "float32", "uint32"][n]), "n5/%s.n5" % name
        attrs = [{"pixelResolution": {"unit": "mm", "dimensions": [1.1, 0.9, 1.2]}},
                 {"resolution": [1100, 900, 1200], "units": ["um"] * 3, "axes": list("xyz")}][n % 2]
        w.n5(p.path(path), data, [8, 7, 9], compression, attrs, drop=[(1, 1, 1)])
        p.add("other", path, name, grid_samples(p, data, "xyz", [1.1, 0.9, 1.2], [0.55, 0.45, 0.6], ["millimeter"] * 3))
    data = p.noise([24, 20, 16], "uint16")
    w.save(p.path("n5/levels.n5/attributes.json"), {"scales": [[1, 1, 1], [2, 2, 2]], "axes": list("xyz"), "resolution": [1.0, 1.0, 1.5], "units": ["mm"] * 3})
    w.n5(p.path("n5/levels.n5/s0"), data, [8, 8, 8], {"type": "gzip"}, {})
    w.n5(p.path("n5/levels.n5/s1"), p.noise([12, 10, 8], "uint16"), [8, 8, 8], {"type": "gzip"}, {})
    p.add("other", "n5/levels.n5", "two levels", grid_samples(p, data, "xyz", [1, 1, 1.5], [0.5, 0.5, 0.75], ["millimeter"] * 3))


def precomputed_page(p):
    for dtype, kind in (("uint8", "image"), ("uint16", "image"), ("float32", "image"), ("uint64", "segmentation")):
        data, path, offset = p.noise([20, 18, 16, 1], dtype), "precomputed/" + dtype, [3, -2, 5]
        scale = [0.9, 1.1, 1.3]
        w.precomputed(p.path(path), [(data, [s * 1e6 for s in scale], offset, [8, 8, 8]),
                                     (p.noise([10, 9, 8, 1], dtype), [s * 2e6 for s in scale], [1, -1, 2], [8, 8, 8])], kind)
        p.add("other", path, kind, grid_samples(p, data[..., 0], "xyz", scale, [s * (o + 0.5) for s, o in zip(scale, offset)], ["millimeter"] * 3))


def nifti_zarr_page(p):
    """The header wins over the OME metadata, which can say nothing of directions."""
    for version, dtype in ((2, "int16"), (3, "float32")):
        data = p.noise([19, 17, 15], dtype)  # x, y, z
        affine = random_affine(p, data.shape, flip=version == 3).astype("f4").astype("f8")
        zooms = [float(z) for z in nibabel.affines.voxel_sizes(affine)]
        path = p.path("niizarr/v%d.nii.zarr" % version)
        header = w.header_bytes(data.shape, dtype, affine, 1 if version == 2 else 2)
        axes = [(a, "space", "millimeter") for a in "zyx"]
        meta = w.ome(axes, [(zooms[::-1], None)], "0.4" if version == 2 else "0.5")
        stored = numpy.ascontiguousarray(data.transpose())
        if version == 2:
            w.zarr2(path + "/0", stored, (8, 8, 8), None, "C", numcodecs.Zlib(5), 0, "/")
            w.zarr2(path + "/nifti", header, header.shape, None, "C", None)
            w.group2(path, meta)
        else:
            w.zarr3(path + "/0", stored, [8, 8, 8], [BYTES, GZIP])
            w.zarr3(path + "/nifti", header, header.shape, [BYTES])
            w.group3(path, meta)
        _, near = p.voxels(data.shape)
        world = apply_affine(affine, near)
        nearest = numpy.rint(apply_affine(numpy.linalg.inv(affine), world)).astype(int)
        p.add("other", "niizarr/v%d.nii.zarr" % version, "header wins",
              [sample(dict(zip("xyz", at * 1e-3)), data[tuple(i)]) for at, i in zip(world, nearest)])


# --- files of public projects, which lie where they are ---

def real_pages(p, folder):
    at = lambda name: os.path.join(folder, "volumes", name)
    p.add("real 4-D", "example4d.nii.gz", "EPI", nifti_samples(p, at("example4d.nii.gz"), "millimeter", 2000))
    four = zarr.open(at("simple_0.4.ome.zarr/scale0/image"), mode="r")[...]
    with open(at("simple_0.5.ome.zarr/scale0/image/c/0/0"), "rb") as f:  # one chunk, not compressed
        five = numpy.frombuffer(f.read(), "<u2").reshape(10, 10)
    for name, data in (("simple_0.4.ome.zarr", four), ("simple_0.5.ome.zarr", five)):
        p.add("real OME-Zarr", name, "Neuroglancer's own", grid_samples(p, data, "yx", [4, 30], [0, 0], ["nanometer"] * 2))


def main():
    out, seed = sys.argv[1], int(sys.argv[2])
    p = Pages(out, seed)
    if len(sys.argv) > 3:
        real_pages(p, sys.argv[3])
    for page in (nifti_page, zarr2_pages, ome_page, zarr3_pages, n5_page, precomputed_page, nifti_zarr_page):
        page(p)
    p.later.write()
    with open(out + "/values.json", "w") as f:
        json.dump([{"name": name, "assets": assets} for name, assets in p.pages.items()], f)


if __name__ == "__main__":
    main()
