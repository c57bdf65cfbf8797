"""Writes, for each rule of the portal's checks, files that break it: preflight.py OUT. OUT/preflight.json lists them with
what numpy and nibabel say is at random positions."""

import gzip
import os
import struct
import sys

import numcodecs
import numpy
import zarr

import values
import writers as w

values.COUNT = 12
MM = ["1 mm"] * 3
LZ4 = numcodecs.Blosc("lz4", 5, 1)


class Cases:
    def __init__(self, out):
        self.p, self.out, self.list = values.Pages(out, 7), out, []
        self.data = self.p.noise([16, 15, 14], "u2")

    def path(self, name):
        return self.p.path(name)

    def add(self, rule, name, what, samples=None):
        self.list.append({"rule": rule, "path": name, "what": what, "samples": samples or []})

    def zyx(self, data, scales=(1, 1, 1), firsts=None, axes="zyx"):
        """Samples of a plain array, which begins at 0."""
        firsts = [s / 2 for s in scales] if firsts is None else firsts
        return values.grid_samples(self.p, data, axes, scales, firsts, ["millimeter"] * len(axes))

    def plain(self, rule, name, what, data=None, attrs=None, samples=True, **how):
        data = self.data.copy() if data is None else data
        attrs = {"_ARRAY_DIMENSIONS": list("zyx"), "dimension_units": MM} if attrs is None else attrs
        w.zarr2(self.path(name), data, how.pop("chunks", (8, 8, 8)), attrs, **how)
        self.add(rule, name, what, self.zyx(data) if samples else [])

    def ome(self, rule, name, what, axes=None, change=None, shift=(2.0, 3.0, 4.0), data=None, levels=1, more=None):
        """An OME-Zarr image 0.4; change edits its metadata."""
        data = self.data.copy() if data is None else data
        axes = axes or [(a, "space", "millimeter") for a in "zyx"]
        rank = len(axes)
        shift = [0.0] * (rank - 3) + list(shift)
        meta = w.ome(axes, [([1.0] * (rank - 3) + [2.0 ** n] * 3, shift) for n in range(levels)], **(more or {}))
        w.zarr2(self.path(name) + "/0", data, (1,) * (rank - 3) + (8, 8, 8), None, "C", LZ4, 0, "/")
        if change:
            change(meta)
        w.group2(self.path(name), meta)
        if rank == 3:
            self.add(rule, name, what, self.zyx(data, firsts=shift))
        else:
            self.add(rule, name, what, values.grid_samples(self.p, data, "czyx", [1] * 4, shift, [""] + ["millimeter"] * 3))

    def nifti(self, rule, name, what, data=None, affine=None, change=None, unit="millimeter", samples=True, **how):
        data = self.data if data is None else data
        affine = values.random_affine(self.p, data.shape) if affine is None else affine
        w.nifti(self.path(name), data, affine, **how)
        drawn = values.nifti_samples(self.p, self.path(name), unit) if samples else []
        if change:
            change(self.path(name))
        self.add(rule, name, what, drawn)


def edit(path, offset, content):
    with open(path, "r+b") as f:
        f.seek(offset)
        f.write(content)


def signed(samples):
    """Values as numpy has them, not as the viewer reads int64."""
    for s in samples:
        n = int(s["value"])
        s["value"] = str(n - 2 ** 64 if n >= 2 ** 63 else n)
    return samples


def arrays(c):
    floats = c.p.noise([12, 11, 10], "f8")
    c.plain("dtype", "float64.zarr", "zarr of float64", floats)
    c.plain("dtype", "bool.zarr", "zarr of bool", c.data > 30000)
    long = c.p.noise([12, 11, 10], "<i8")
    w.zarr2(c.path("int64.zarr"), long, (8, 8, 8), {"_ARRAY_DIMENSIONS": list("zyx"), "dimension_units": MM}, fill=0)
    c.add("int64", "int64.zarr", "zarr of int64, some below 0", signed(c.zyx(long)))
    store = zarr.storage.DirectoryStore(c.path("filters.zarr"))
    out = zarr.create(c.data.shape, chunks=(8, 8, 8), dtype="u2", filters=[numcodecs.Delta("u2")], compressor=None, fill_value=0, store=store)
    out[...] = c.data
    w.save(c.path("filters.zarr/.zattrs"), {"_ARRAY_DIMENSIONS": list("zyx"), "dimension_units": MM})
    c.add("filters", "filters.zarr", "zarr with a delta filter", c.zyx(c.data))
    c.plain("codec", "bz2.zarr", "zarr with bz2", compressor=numcodecs.BZ2(1))
    order = [0, 2, 1]
    odd = c.p.noise([14, 12, 15], "u2")
    w.zarr3(c.path("turned.zarr"), odd, [10, 11, 13], [values.transpose(*order), values.BYTES], 0, list("zyx"), {"dimension_units": MM})
    c.add("codec", "turned.zarr", "zarr v3, transpose [0, 2, 1]", c.zyx(odd))
    c.plain("fill-value", "fill.zarr", "fill value of another type", samples=True)
    text = open(c.path("fill.zarr/.zarray")).read().replace('"fill_value": 0', '"fill_value": 0.5')
    open(c.path("fill.zarr/.zarray"), "w").write(text)
    c.plain("unit", "unitless.zarr", "plain zarr without units", attrs={"_ARRAY_DIMENSIONS": list("zyx")})
    c.plain("unit-spelling", "um.zarr", "dimension_units \"1000 um\"", attrs={"_ARRAY_DIMENSIONS": list("zyx"), "dimension_units": ["1000 um"] * 3})
    c.plain("axes", "names.zarr", "plain zarr without names of axes", attrs={"dimension_units": MM})
    c.plain("sample", "corrupt.zarr", "zarr whose chunks are damaged", compressor=LZ4)
    for root, _, files in os.walk(c.path("corrupt.zarr")):
        for name in files:
            if not name.startswith("."):
                w.save(os.path.join(root, name), b"this is no blosc chunk, and long enough to be one by its length")
    long = numpy.zeros([6, 6, 4200], "u1")
    long[...] = c.p.noise(long.shape, "u1")
    c.plain("pyramid", "long.zarr", "4200 voxels long, one level", long, chunks=(6, 6, 500), attrs={"_ARRAY_DIMENSIONS": list("zyx"), "dimension_units": ["1 mm", "1 mm", "10 micrometer"]}, samples=False)
    c.list[-1]["samples"] = values.grid_samples(c.p, long, "zyx", [1, 1, 0.01], [0.5, 0.5, 0.005], ["millimeter"] * 3)
    big = numpy.zeros([240, 300, 280], "u1")
    big[::7] = c.p.noise([len(big[::7]), 300, 280], "u1")
    c.plain("chunk-size", "chunk.zarr", "one chunk of 20 MB", big, chunks=big.shape, compressor=LZ4)
    several = c.p.noise([2, 12, 11, 10], "u2")
    w.zarr2(c.path("channels.zarr"), several, (1, 8, 8, 8), {"_ARRAY_DIMENSIONS": list("czyx"), "dimension_units": [""] + MM}, fill=0)
    c.add("channels", "channels.zarr", "plain zarr with an axis c", values.grid_samples(c.p, several, "czyx", [1] * 4, [0] + [0.5] * 3, [""] + ["millimeter"] * 3))


def images(c):
    c.ome("opens", "good.ome.zarr", "OME-Zarr as it should be")
    c.ome("unit", "unitless.ome.zarr", "OME-Zarr without units", [(a, "space", "") for a in "zyx"])
    c.ome("unit-spelling", "mm.ome.zarr", "OME-Zarr with the unit \"mm\"", [(a, "space", "mm") for a in "zyx"])
    c.ome("levels", "levels.ome.zarr", "OME-Zarr, level 1 missing", levels=2)

    def version(meta):
        meta["multiscales"][0]["version"] = "0.3"
    c.ome("ome-version", "three.ome.zarr", "OME-Zarr 0.3", change=version)

    def twice(meta):
        meta["multiscales"][0]["axes"][1]["name"] = "z"
    c.ome("axes", "twice.ome.zarr", "OME-Zarr with two axes z", change=twice)
    c.list[-1]["samples"] = []  # nobody can say which is which

    def renamed(meta):
        for a, name in zip(meta["multiscales"][0]["axes"], ("depth", "height", "width")):
            a["name"] = name
    c.ome("axes", "names.ome.zarr", "OME-Zarr with axes depth, height, width", change=renamed)
    c.ome("consolidated", "consolidated.ome.zarr", "OME-Zarr, metadata of levels only consolidated")
    root = c.path("consolidated.ome.zarr")
    zarr.consolidate_metadata(zarr.storage.DirectoryStore(root))
    os.remove(root + "/0/.zarray")
    two = c.p.noise([2, 12, 11, 10], "u2")
    axes = [("c", "channel", "")] + [(a, "space", "millimeter") for a in "zyx"]
    bad = {"omero": {"channels": [{"color": "no color", "label": "a", "window": {"start": 1}}]}}
    c.ome("omero", "omero.ome.zarr", "OME-Zarr, damaged OMERO metadata", axes, data=two, more=bad)
    dirs = c.p.noise([3, 12, 11, 10], "f4")
    c.ome("vector-chunks", "sub-x_desc-vectors_dwi.ome.zarr", "directions, one chunk a component", axes, data=dirs)
    n = c.data.shape
    c.ome("centered", "centered.ome.zarr", "OME-Zarr around the origin", shift=[-(k - 1) / 2 for k in n])


def headers(c):
    c.nifti("placed", "plain.nii.gz", "NIfTI, qform = sform")
    c.nifti("mirrored", "mirrored.nii.gz", "NIfTI, x to the left", affine=values.random_affine(c.p, c.data.shape, flip=True))
    other = values.random_affine(c.p, c.data.shape)
    c.nifti("qform-sform", "forms.nii.gz", "NIfTI, qform differs from sform", qaffine=other)
    c.nifti("no-affine", "nowhere.nii.gz", "NIfTI, neither qform nor sform", affine=numpy.diag([1, 1, 1, 1]), sform=0, qform=0)
    c.nifti("unit", "unknown.nii.gz", "NIfTI without a unit", units=("unknown", "sec"))
    c.nifti("scl-slope", "slope.nii.gz", "NIfTI with a slope", slope=(2.0, 5.0))
    for s in c.list[-1]["samples"]:
        s["value"] = repr(float(s["value"]) * 2 + 5)
    c.nifti("dtype", "float64.nii.gz", "NIfTI of float64", data=c.p.noise([10, 11, 12], "f8"))
    c.nifti("header", "quatern.nii", "NIfTI, quaternion too long, sform good", change=lambda p: edit(p, 256, struct.pack("<3f", 0.9, 0.9, 0.9)))
    c.nifti("hdr-img", "pair.nii", "NIfTI, first half of a pair", samples=False, change=lambda p: edit(p, 344, b"ni1\0"))
    c.nifti("centered", "centered.nii.gz", "NIfTI around the origin", affine=values.affine_around(numpy.eye(3), c.data.shape, numpy.zeros(3)))
    sizes = (0.9, 1.0, 1.1)
    affine = values.affine_around(numpy.diag(sizes), c.data.shape)
    path = c.path("conflict.nii.zarr")
    w.zarr2(path + "/0", numpy.ascontiguousarray(c.data.transpose()), (8, 8, 8), None, "C", LZ4, 0, "/")
    header = w.header_bytes(c.data.shape, "u2", affine)
    w.zarr2(path + "/nifti", header, header.shape)
    w.group2(path, w.ome([(a, "space", "millimeter") for a in "zyx"], [([1.5, 1.5, 1.5], None)]))
    first = [affine[i, 3] for i in range(3)]
    c.add("scale-conflict", "conflict.nii.zarr", "NIfTI-Zarr, voxels of other sizes", c.zyx(c.data, sizes, first, "xyz"))
    image = w.nibabel.MGHImage(c.data.astype("f4"), affine.astype("f4"))
    w.nibabel.save(image, c.path("brain.mgz"))
    c.add("kind", "brain.mgz", "FreeSurfer MGZ")


def blocks(c):
    c_data = c.data.copy()
    w.n5(c.path("unitless.n5"), c_data, [8, 8, 8], {"type": "gzip"}, {})
    c.add("unit", "unitless.n5", "N5 without resolution")
    w.n5(c.path("offset.n5"), c_data, [8, 8, 8], {"type": "gzip"}, {"resolution": [1, 1, 1], "units": ["mm"] * 3, "translate": [4, 5, 6]})
    c.add("offset", "offset.n5", "N5 that is moved", c.zyx(c_data, axes="xyz", firsts=[4.5, 5.5, 6.5]))
    w.n5(c.path("xz.n5"), c_data, [8, 8, 8], {"type": "xz"}, {"resolution": [1, 1, 1], "units": ["mm"] * 3})
    c.add("codec", "xz.n5", "N5 with xz", c.zyx(c_data, axes="xyz"))
    w.precomputed(c.path("compresso.precomputed"), [(c.data[..., None], [1e6] * 3, [0, 0, 0], [8, 8, 8])])
    text = open(c.path("compresso.precomputed/info")).read().replace('"raw"', '"compresso"')
    open(c.path("compresso.precomputed/info"), "w").write(text)
    c.add("undecoded", "compresso.precomputed", "precomputed, encoding compresso")


def main():
    c = Cases(sys.argv[1])
    for group in (images, arrays, headers, blocks):
        group(c)
    c.p.later.write()
    w.save(sys.argv[1] + "/preflight.json", c.list)


main()
