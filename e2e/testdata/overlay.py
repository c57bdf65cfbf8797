"""Writes one phantom in every format: overlay.py OUT. Its value is a function of the place in the world, and each format
samples it on a grid of its own; streamlines run through the middles of its blobs. What is called space-B is the same
phantom where another scanner would have seen it, and an LTA leads from there to the others."""

import os
import sys

import nibabel
import numcodecs
import numpy
from nibabel.affines import apply_affine
from nibabel.streamlines import Field, Tractogram
from nibabel.streamlines.trk import TrkFile

import writers as w

BLOBS = [((9.0, 10.0, 8.0), 2.0), ((22.0, 12.0, 11.0), 1.6), ((13.0, 23.0, 20.0), 1.8)]  # middles and widths, mm
STRAIGHT = numpy.array([26.0, 20.0, 24.0])  # the middle of a streamline along y
SIZE = 32.0  # mm, of the cube from 0 that the phantom fills


def phantom(points):
    """The value at places in mm, of any shape with the coordinates last."""
    out = numpy.zeros(points.shape[:-1])
    for middle, width in BLOBS:
        out += 3000 * numpy.exp(-((points - middle) ** 2).sum(-1) / (2 * width ** 2))
    return numpy.rint(out).astype("u2")


def indices(shape):
    return numpy.stack(numpy.meshgrid(*[numpy.arange(n) for n in shape], indexing="ij"), -1)


def turn(axis, degrees):
    c, s = numpy.cos(numpy.radians(degrees)), numpy.sin(numpy.radians(degrees))
    i, j = [k for k in range(3) if k != axis]
    m = numpy.eye(3)
    m[i, i], m[i, j], m[j, i], m[j, j] = c, -s, s, c
    return m


def affine_over(linear, shape, middle):
    a = numpy.eye(4)
    a[:3, :3] = linear
    a[:3, 3] = middle - linear @ ((numpy.array(shape) - 1) / 2)
    return a


def nifti(path, linear, shape, middle=(SIZE / 2,) * 3, into=numpy.eye(4), **how):
    affine = affine_over(linear, shape, numpy.array(middle))
    w.nifti(path, phantom(apply_affine(into @ affine, indices(shape))), affine, **how)


def grid(sizes, firsts, shape):
    """The phantom at first + size * index, axes x, y, z."""
    return phantom(numpy.array(firsts) + indices(shape) * numpy.array(sizes))


def shape_of(sizes):
    return [int(SIZE // s) + 1 for s in sizes]


def ome_zarr(path, version, sizes, firsts):
    levels = [(numpy.array(sizes), numpy.array(firsts))]
    levels.append((levels[0][0] * 2, levels[0][1] + levels[0][0] / 2))
    for n, (size, first) in enumerate(levels):
        data = numpy.ascontiguousarray(grid(size, first, shape_of(size)).transpose())
        if version == "0.4":
            w.zarr2("%s/%d" % (path, n), data, (12, 14, 16), None, "C", numcodecs.Blosc("lz4", 5, 1), 0, "/")
        else:
            codecs = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "gzip", "configuration": {"level": 5}}]
            w.sharded3("%s/%d" % (path, n), data, [24, 24, 24], [12, 12, 12], codecs)
    axes = [(a, "space", "micrometer") for a in "zyx"]
    meta = w.ome(axes, [([s * 1000 for s in size[::-1]], [f * 1000 for f in first[::-1]]) for size, first in levels], version)
    (w.group2 if version == "0.4" else w.group3)(path, meta)


def nifti_zarr(path):
    sizes, shape = (0.9, 1.0, 1.1), (44, 42, 40)
    linear = turn(1, -20) @ turn(2, 35) @ numpy.diag(sizes)
    affine = affine_over(linear, shape, numpy.array((SIZE / 2,) * 3)).astype("f4").astype("f8")
    data = phantom(apply_affine(affine, indices(shape)))
    w.zarr2(path + "/0", numpy.ascontiguousarray(data.transpose()), (16, 16, 16), None, "C", numcodecs.Zlib(5), 0, "/")
    header = w.header_bytes(shape, "u2", affine)
    w.zarr2(path + "/nifti", header, header.shape)
    w.group2(path, w.ome([(a, "space", "millimeter") for a in "zyx"], [(sizes[::-1], None)]))


def tracts(path, back=numpy.eye(4)):
    lines = []
    for middle, _ in BLOBS:  # slanted to all planes
        steps = numpy.linspace(-4, 4, 33)[:, None]
        lines.append(numpy.array(middle) + steps * numpy.ones(3) / numpy.sqrt(3))
    lines.append(STRAIGHT + numpy.linspace(-6, 6, 49)[:, None] * numpy.array([0, 1, 0]))
    t = Tractogram([apply_affine(back, line).astype("f4") for line in lines], affine_to_rasmm=numpy.eye(4))
    header = {Field.VOXEL_TO_RASMM: numpy.eye(4, dtype="f4"), Field.DIMENSIONS: numpy.array([64, 64, 64], "i2"),
              Field.VOXEL_SIZES: numpy.ones(3, "f4"), Field.VOXEL_ORDER: b"RAS"}
    os.makedirs(os.path.dirname(path), exist_ok=True)
    TrkFile(t, header).save(path)


def lta(path, matrix):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    rows = "\n".join(" ".join("%.15e" % v for v in row) for row in matrix)
    with open(path, "w") as f:
        f.write("type      = 1\nnxforms   = 1\nmean      = 0.0000 0.0000 0.0000\nsigma     = 10000.0000\n1 4 4\n%s\n" % rows)
        for volume in ("src", "dst"):
            f.write("%s volume info\nvalid = 0  # volume info invalid\n" % volume)


def main():
    out = sys.argv[1] + "/sub-ph/"
    nifti(out + "sub-ph_desc-oblique_T1w.nii.gz", turn(0, 25) @ turn(1, 15) @ numpy.diag([1.0, 0.9, 1.1]), (44, 46, 40), sform=0)
    nifti(out + "sub-ph_desc-mirrored_T1w.nii", turn(2, -30) @ numpy.diag([-1.0, 1.0, 1.2]), (44, 44, 38), version=2,
          qaffine=numpy.diag([1, 1, 1.2, 1]))
    ome_zarr(out + "sub-ph_desc-four_OCT.ome.zarr", "0.4", (0.8, 0.9, 1.0), (0.3, 0.1, 0.2))
    ome_zarr(out + "sub-ph_desc-five_OCT.ome.zarr", "0.5", (1.1, 0.9, 0.8), (-0.2, 0.4, 0.0))
    nifti_zarr(out + "sub-ph_desc-header_T2w.nii.zarr")
    sizes = (1.0, 0.8, 0.9)
    half = [s / 2 for s in sizes]
    w.n5(out + "blocks.n5", grid(sizes, half, shape_of(sizes)), [13, 12, 14], {"type": "gzip"},
         {"pixelResolution": {"unit": "mm", "dimensions": sizes}})
    data = numpy.ascontiguousarray(grid(sizes, half, shape_of(sizes)).transpose(1, 2, 0))
    w.zarr2(out + "plain.zarr", data, (16, 16, 16), {"_ARRAY_DIMENSIONS": list("yzx"), "dimension_units": ["0.8 mm", "900 micrometer", "1 mm"]})
    offset, sizes = [-1, 2, 1], (0.9, 1.1, 1.0)
    first = [s * (o + 0.5) for s, o in zip(sizes, offset)]
    w.precomputed(out + "cloud.precomputed", [(grid(sizes, first, shape_of(sizes))[..., None], [s * 1e6 for s in sizes], offset, [16, 16, 16])])
    tracts(out + "sub-ph_desc-lines_tractography.trk")
    into = numpy.eye(4)  # from space B
    into[:3, :3] = turn(2, 90) @ turn(0, 12)
    into[:3, 3] = (41, -7, 5)
    back = numpy.linalg.inv(into)
    nifti(out + "sub-ph_space-B_T1w.nii.gz", turn(1, 10) @ numpy.diag([0.9, 1.0, 1.0]), (46, 42, 44),
          apply_affine(back, (SIZE / 2,) * 3), into)
    tracts(out + "sub-ph_space-B_tractography.trk", back)
    nifti(out + "sub-ph_space-A_T1w.nii.gz", turn(0, -15) @ numpy.diag([1.0, 1.0, 0.9]), (44, 44, 46))
    lta(out + "xfm/sub-ph_from-A_to-B_xfm.lta", into)
    w.Later(sys.argv[1] + "/zarrita.json").write()
    w.save(sys.argv[1] + "/overlay.json", {
        "blobs": [middle for middle, _ in BLOBS], "straight": list(STRAIGHT),
        "together": ["sub-ph_desc-oblique_T1w.nii.gz", "sub-ph_desc-mirrored_T1w.nii", "sub-ph_desc-four_OCT.ome.zarr",
                     "sub-ph_desc-five_OCT.ome.zarr", "sub-ph_desc-header_T2w.nii.zarr", "blocks.n5", "plain.zarr",
                     "cloud.precomputed", "sub-ph_desc-lines_tractography.trk"],
        "moved": ["sub-ph_space-A_T1w.nii.gz", "sub-ph_space-B_T1w.nii.gz", "sub-ph_space-B_tractography.trk"],
    })


main()
