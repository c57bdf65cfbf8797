"""Writes .trx, .vtk and .tt.gz files with random streamlines, and what is in them, without any reader or writer of tracts.

For each file: NAME.f32 the points in RAS mm, NAME.counts their number in each streamline, and for .trx files NAME.scalars,
NAME.properties and NAME.group.G, all in 32 bits, little-endian.
"""

import gzip
import json
import os
import struct
import sys
import zipfile

import numpy as np

out = sys.argv[1]
rng = np.random.default_rng(20)


def put(name, array, dtype):
    with open(os.path.join(out, name), "wb") as f:
        f.write(np.ascontiguousarray(array).astype(dtype).tobytes())


def lines(n):
    counts = rng.integers(1, 60, n)
    points = np.concatenate([rng.uniform(-60, 60, 3) + np.cumsum(rng.normal(0, 1, (c, 3)), 0) for c in counts])
    return counts, points


def expect(name, counts, points):
    put(name + ".counts", counts, "<u4")
    put(name + ".f32", points, "<f4")


def trx(name, positions, offsets, sentinel, method, folder=False):
    counts, points = lines(40)
    points = points.astype(positions)
    starts = np.concatenate([[0], np.cumsum(counts)])
    fa = rng.uniform(0, 1, len(points)).astype("<f2")
    rgb = rng.integers(0, 256, (len(points), 3)).astype("u1")
    ident = rng.integers(-9, 9, len(counts)).astype("<i8")
    groups = {g: np.sort(rng.choice(len(counts), 12, replace=False)) for g in ("CC", "AF_L", "Ä b")}
    dtype = np.dtype(positions).name
    files = {
        "header.json": json.dumps({
            "DIMENSIONS": [10, 11, 12], "VOXEL_TO_RASMM": np.diag([2.0, 2, 2, 1]).tolist(),
            "NB_VERTICES": len(points), "NB_STREAMLINES": len(counts)}).encode(),
        "positions.3." + dtype: points.tobytes(),
        "offsets." + np.dtype(offsets).name: (starts if sentinel else starts[:-1]).astype(offsets).tobytes(),
        "dpv/fa.float16": fa.tobytes(),
        "dpv/rgb.3.uint8": rgb.tobytes(),
        "dps/id.int64": ident.tobytes(),
    }
    for g, members in groups.items():
        files["groups/%s.uint32" % g] = rng.permutation(members).astype("<u4").tobytes()
        put("%s.group.%s" % (name, g), members, "<u4")
    expect(name, counts, points)
    put(name + ".scalars", np.column_stack([fa.astype("f4"), rgb.astype("f4")]), "<f4")
    put(name + ".properties", ident, "<f4")
    path = os.path.join(out, name + ".trx")
    if folder:
        for file, data in files.items():
            os.makedirs(os.path.join(path, os.path.dirname(file)), exist_ok=True)
            with open(os.path.join(path, file), "wb") as f:
                f.write(data)
        return
    order = list(files)
    rng.shuffle(order)
    with zipfile.ZipFile(path, "w", method) as z:
        for file in order:
            with z.open(file, "w", force_zip64=bool(rng.integers(2))) as f:
                f.write(files[file])


def vtk(name, version, text, kind):
    counts, points = lines(25)
    points = points.astype("f4")
    n, total = len(counts), len(points)
    first = np.concatenate([[0], np.cumsum(counts)])
    if kind == "shuffled":
        order = rng.permutation(total)
    else:
        order = np.arange(total)
    stored = np.empty_like(points)
    stored[order] = points
    if kind == "lps":
        stored = stored * np.array([-1, -1, 1], "f4")
    title = {"lps": "a file with SPACE=LPS in it", "plain": "tracts SPACE=RAS"}.get(kind, "tracts")

    def body(array, typ):
        if text:
            return (" ".join(repr(float(v)) if typ[0] == "f" else str(int(v)) for v in np.ravel(array)) + "\n").encode()
        return np.ravel(array).astype(">" + typ).tobytes() + b"\n"

    b = ("# vtk DataFile Version %s\n%s\n%s\nDATASET POLYDATA\n" % (version, title, "ASCII" if text else "BINARY")).encode()
    b += ("POINTS %d float\n" % total).encode() + body(stored, "f4")
    if version == "5.1":
        b += b"METADATA\nINFORMATION 0\n\n"
        b += b"VERTICES 3 2\nOFFSETS vtktypeint64\n" + body([0, 1, 2], "i8") + b"CONNECTIVITY vtktypeint64\n" + body([0, 1], "i8")
        b += ("LINES %d %d\nOFFSETS vtktypeint64\n" % (n + 1, total)).encode() + body(first, "i8")
        b += b"CONNECTIVITY vtktypeint64\n" + body(order, "i8")
    else:
        b += b"VERTICES 2 4\n" + body([1, 0, 1, 1], "i4")
        cells = np.concatenate([np.concatenate([[c], order[f:f + c]]) for f, c in zip(first, counts)])
        b += ("LINES %d %d\n" % (n, len(cells))).encode() + body(cells, "i4")
    ident, fa = np.arange(n + 2) * 3, rng.uniform(0, 1, total).astype("f4")
    vectors = rng.normal(0, 1, (total, 3)).astype("f4")
    b += ("CELL_DATA %d\nSCALARS ident int 1\nLOOKUP_TABLE default\n" % (n + 2)).encode() + body(ident, "i4")
    b += ("POINT_DATA %d\nFIELD FieldData 2\nfa 1 %d float\n" % (total, total)).encode() + body(fa, "f4")
    b += ("tensor 9 %d double\n" % total).encode() + body(np.zeros((total, 9)), "f8")
    b += b"VECTORS dir float\n" + body(vectors, "f4")
    expect(name, counts, points)
    put(name + ".properties", ident[2:], "<f4")
    put(name + ".scalars", np.column_stack([fa, vectors])[order], "<f4")
    with open(os.path.join(out, name + ".vtk"), "wb") as f:
        f.write(b)


def matrix(name, array, typ, big=False):
    array = np.atleast_2d(array)
    head = [typ + (1000 if big else 0), array.shape[0], array.shape[1], 0, len(name) + 1]
    dtype = {0: "f8", 10: "f4", 20: "i4", 30: "i2", 40: "u2", 50: "u1"}[typ]
    order = ">" if big else "<"
    return struct.pack(order + "5i", *head) + name.encode() + b"\0" + array.astype(order + dtype).tobytes(order="F")


def tt(name, transform, clusters, parts=1, big=False):
    counts = rng.integers(1, 300, 30)
    blobs, points = [], []
    for c in counts:
        steps = rng.integers(-128, 128, (c - 1, 3))
        start = rng.integers(0, 3000, 3)
        blobs.append(struct.pack("<I3i", 3 * c, *start) + steps.astype("i1").tobytes())
        points.append(np.vstack([start, start + np.cumsum(steps, 0)]) / 32 if c > 1 else start[None] / 32)
    points = np.concatenate(points)
    b = matrix("dimension", [100, 120, 90], 20, big) + matrix("voxel_size", [2, 1.5, 1], 10, big)
    if transform:
        m = np.array([[-2, 0.1, 0, 90], [0, -1.5, 0.2, 110], [0, 0, 1, -70], [0, 0, 0, 1]])
        b += matrix("trans_to_mni", m.ravel(), 10, big)
        points = points @ m[:3, :3].T + m[:3, 3]
    else:
        points = points * [-2, -1.5, 1] + [2 * 99, 1.5 * 119, 0]
    b += matrix("report", np.frombuffer(b"a long text" * 200, "u1"), 50, big)
    if clusters:
        cluster = rng.integers(0, 5, len(counts))
        b += matrix("cluster", cluster, 40, big)
        put(name + ".properties", cluster, "<f4")
    for k, part in enumerate(np.array_split(np.arange(len(blobs)), parts)):
        data = np.frombuffer(b"".join(blobs[i] for i in part), "u1")
        b += matrix("track" + (str(k) if k else ""), data, 50, big)
    expect(name, counts, points)
    with gzip.open(os.path.join(out, name + ".tt.gz"), "wb") as f:
        f.write(b)


for i, positions in enumerate(("<f2", "<f4", "<f8")):
    for k, offsets in enumerate(("<u4", "<u8", "<i4", "<i8")):
        trx("trx%d%d" % (i, k), positions, offsets, (i + k) % 2 == 1,
            zipfile.ZIP_DEFLATED if k > 1 else zipfile.ZIP_STORED, folder=(i, k) == (1, 3))
for version in ("2.0", "3.0", "4.2", "5.1"):
    for text in (False, True):
        for kind in ("plain", "lps", "shuffled"):
            vtk("vtk%s%d%s" % (version.replace(".", ""), text, kind), version, text, kind)
tt("tt-plain", True, False)
tt("tt-clusters", True, True, parts=3)
tt("tt-nowhere", False, True)
tt("tt-big", True, True, big=True)
