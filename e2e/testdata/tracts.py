"""Writes the same three streamlines in every format: tracts.py OUT. One runs along x, one along y, one along z."""

import gzip
import json
import os
import struct
import sys
import zipfile

import nibabel
import numpy
from nibabel.streamlines import Field, TckFile, Tractogram
from nibabel.streamlines.trk import TrkFile

import writers as w

MIDDLES = numpy.array([[-30.0, 12.0, 20.0], [10.0, -24.0, 6.0], [18.0, 30.0, -28.0]])  # mm; nowhere near each other's mirror images
STEPS = numpy.arange(-20, 20.5, 0.5)  # mm, which every format can store as they are
LINES = [middle + STEPS[:, None] * numpy.eye(3)[axis] for axis, middle in enumerate(MIDDLES)]
POINTS = numpy.concatenate(LINES)
GROUPS = {"across": [0], "along": [1, 2]}


def trk(path):
    affine = numpy.array([[-2, 0, 0, 90], [0, 2, 0, -120], [0, 0, 2, -70], [0, 0, 0, 1]], "f4")
    header = {Field.VOXEL_TO_RASMM: affine, Field.DIMENSIONS: numpy.array([91, 109, 91], "i2"),
              Field.VOXEL_SIZES: numpy.full(3, 2, "f4"), Field.VOXEL_ORDER: b"LAS"}
    tractogram = Tractogram([line.astype("f4") for line in LINES], affine_to_rasmm=numpy.eye(4))
    if path.endswith(".tck"):
        return TckFile(tractogram).save(path)
    with gzip.open(path, "wb") if path.endswith(".gz") else open(path, "wb") as f:
        plain = path + ".plain"
        TrkFile(tractogram, header).save(plain)
        with open(plain, "rb") as p:
            f.write(p.read())
        os.remove(plain)


def trx(path, method):
    counts = [len(line) for line in LINES]
    files = {
        "header.json": json.dumps({"DIMENSIONS": [91, 109, 91], "VOXEL_TO_RASMM": numpy.diag([2.0, 2, 2, 1]).tolist(),
                                   "NB_VERTICES": len(POINTS), "NB_STREAMLINES": len(LINES)}).encode(),
        "positions.3.float16": POINTS.astype("<f2").tobytes(),
        "offsets.uint64": numpy.concatenate([[0], numpy.cumsum(counts)]).astype("<u8").tobytes(),
    }
    for name, members in GROUPS.items():
        files["groups/%s.uint32" % name] = numpy.array(members, "<u4").tobytes()
    with zipfile.ZipFile(path, "w", method) as z:
        for name, data in files.items():
            z.writestr(name, data)


def vtk(path, version, title, points):
    counts = [len(line) for line in LINES]
    starts = numpy.concatenate([[0], numpy.cumsum(counts)])
    order = numpy.arange(len(points))
    b = ("# vtk DataFile Version %s\n%s\nBINARY\nDATASET POLYDATA\nPOINTS %d float\n" % (version, title, len(points))).encode()
    b += points.astype(">f4").tobytes()
    if version == "5.1":
        b += ("\nLINES %d %d\nOFFSETS vtktypeint64\n" % (len(starts), len(points))).encode() + starts.astype(">i8").tobytes()
        b += b"\nCONNECTIVITY vtktypeint64\n" + order.astype(">i8").tobytes()
    else:
        cells = numpy.concatenate([numpy.concatenate([[n], order[at:at + n]]) for at, n in zip(starts, counts)])
        b += ("\nLINES %d %d\n" % (len(counts), len(cells))).encode() + cells.astype(">i4").tobytes()
    w.save(path, b + b"\n")


def matrix(name, array, kind, dtype):
    array = numpy.atleast_2d(array)
    return struct.pack("<5i", kind, *array.shape, 0, len(name) + 1) + name.encode() + b"\0" + array.astype(dtype).tobytes(order="F")


def tt(path):
    """DSI Studio's: 1/32 voxels from the middle of the first, and steps of single bytes."""
    to_mm = numpy.array([[-2, 0, 0, 78], [0, -2, 0, 76], [0, 0, 2, -50], [0, 0, 0, 1]], "f8")
    b = matrix("dimension", [79, 95, 79], 20, "<i4") + matrix("voxel_size", [2, 2, 2], 10, "<f4") + matrix("trans_to_mni", to_mm.ravel(), 10, "<f4")
    records = b""
    for line in LINES:
        at = numpy.rint(nibabel.affines.apply_affine(numpy.linalg.inv(to_mm), line) * 32).astype("i4")
        records += struct.pack("<I3i", 3 * len(at), *at[0]) + numpy.diff(at, axis=0).astype("i1").tobytes()
    with gzip.open(path, "wb") as f:
        f.write(b + matrix("track", numpy.frombuffer(records, "u1"), 50, "u1"))


def main():
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    files = ["packed.trk.gz", "lines.tck", "stored.trx", "deflated.trx", "four.vtk", "five.vtk", "studio.tt.gz"]
    at = {name: os.path.join(out, name) for name in files}
    trk(at["packed.trk.gz"])
    trk(at["lines.tck"])
    trx(at["stored.trx"], zipfile.ZIP_STORED)
    trx(at["deflated.trx"], zipfile.ZIP_DEFLATED)
    vtk(at["four.vtk"], "4.2", "tracts SPACE=RAS", POINTS)
    vtk(at["five.vtk"], "5.1", "tracts SPACE=LPS", POINTS * [-1, -1, 1])
    tt(at["studio.tt.gz"])
    w.Later(out + "/zarrita.json").write()
    w.save(out + "/tracts.json", {"middles": MIDDLES.tolist(), "files": files, "groups": GROUPS})


main()
