"""Writes tractograms with nibabel into a folder, and what nibabel and numpy make of them.

usage: nibabel_oracle.py FOLDER

For each x.trk or x.tck there is x.f32, all points in RAS mm, and x.counts, the points of each
streamline, x.scalars and x.properties, the rows of numbers of both. All numbers are little-endian float32 and int32.
"""
import itertools
import os
import sys

import nibabel as nib
import numpy as np
from nibabel.streamlines import Field, TckFile, Tractogram, TrkFile

folder = sys.argv[1]
rng = np.random.default_rng(20240607)


def random_affine(shear):
    """An oblique affine with anisotropic voxels and, perhaps, mirrored axes and shear."""
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    m = q * rng.uniform(0.3, 3, size=3)
    if shear:
        m = m @ (np.eye(3) + np.triu(rng.uniform(-0.4, 0.4, size=(3, 3)), 1))
    affine = np.eye(4)
    affine[:3, :3] = m
    affine[:3, 3] = rng.uniform(-150, 150, size=3)
    return affine.astype(np.float32)


def random_lines():
    sizes = rng.integers(1, 40, size=12)
    return [rng.uniform(-90, 90, size=(n, 3)).astype(np.float32) for n in sizes]


def record(name, file):
    tractogram = nib.streamlines.load(os.path.join(folder, file)).tractogram
    loaded = tractogram.streamlines
    per_point = [v._data for v in tractogram.data_per_point.values()] or [np.zeros((0, 1))]
    per_streamline = list(tractogram.data_per_streamline.values()) or [np.zeros((0, 1))]
    np.hstack(per_point).astype("<f4").tofile(os.path.join(folder, name + ".scalars"))
    np.hstack(per_streamline).astype("<f4").tofile(os.path.join(folder, name + ".properties"))
    loaded._data.astype("<f4").tofile(os.path.join(folder, name + ".f32"))
    np.array([len(s) for s in loaded], "<i4").tofile(os.path.join(folder, name + ".counts"))


flips = list(itertools.product([False, True], repeat=3))
for i in range(32):
    lines = random_lines()
    affine = random_affine(shear=i % 4 == 3)
    other = {"R": "L", "L": "R", "A": "P", "P": "A", "S": "I", "I": "S"}
    order = "".join(other[c] if f else c for c, f in zip(nib.aff2axcodes(affine), flips[i % 8]))
    header = {
        Field.VOXEL_TO_RASMM: affine,
        Field.VOXEL_SIZES: np.sqrt((affine[:3, :3] ** 2).sum(0)),
        Field.DIMENSIONS: rng.integers(5, 200, size=3).astype(np.int16),
        Field.VOXEL_ORDER: order.lower() if i % 5 == 0 else order,
        Field.ENDIANNESS: "<>"[i % 2],
    }
    data = {}
    if i % 3 == 0:
        data["data_per_point"] = {
            "fa": [rng.random((len(s), 1), np.float32) for s in lines],
            "rgb": [rng.random((len(s), 3), np.float32) for s in lines],
        }
        data["data_per_streamline"] = {
            "weight": rng.random((len(lines), 1), np.float32),
            "bundle": rng.integers(0, 5, (len(lines), 1)).astype(np.float32),
            "end points": rng.random((len(lines), 6), np.float32),
        }
    name = "random%02d" % i
    TrkFile(Tractogram(lines, affine_to_rasmm=np.eye(4), **data), header).save(os.path.join(folder, name + ".trk"))
    record(name, name + ".trk")

TckFile(Tractogram(random_lines(), affine_to_rasmm=np.eye(4))).save(os.path.join(folder, "random.tck"))
record("random", "random.tck")

# The value of this image is x in mm, so that sampling it along streamlines gives their x.
ramp = np.broadcast_to(np.arange(50, dtype=np.float32)[:, None, None] * 4 - 98, (50, 50, 50))
nib.Nifti1Image(ramp, np.array([[4, 0, 0, -98], [0, 4, 0, -98], [0, 0, 4, -98], [0, 0, 0, 1]])).to_filename(
    os.path.join(folder, "ramp.nii"))
