"""Tells where streamlines run, by programs that are not ours: density.py FILE.trk SCRATCH writes SCRATCH/density.json. nibabel reads the
file, MRtrix counts streamlines in voxels of 2 mm."""

import base64
import json
import os
import subprocess
import sys

import nibabel
import numpy
from nibabel.streamlines import Tractogram, TckFile

trk, scratch = sys.argv[1:]
os.makedirs(scratch, exist_ok=True)
tck, volume = os.path.join(scratch, "lines.tck"), os.path.join(scratch, "density.nii.gz")
lines = nibabel.streamlines.load(trk).streamlines
TckFile(Tractogram(lines, affine_to_rasmm=numpy.eye(4))).save(tck)
subprocess.run(["tckmap", "-quiet", "-force", "-nthreads", "2", "-vox", "2", tck, volume], check=True)
image = nibabel.load(volume)
count = numpy.asarray(image.dataobj)
near = numpy.pad(count > 0, 2)  # and two voxels around
for axis in range(3):
    near = near | numpy.roll(near, 1, axis) | numpy.roll(near, -1, axis)
for axis in range(3):
    near = near | numpy.roll(near, 1, axis) | numpy.roll(near, -1, axis)
affine = image.affine.copy()
affine[:3, 3] -= affine[:3, :3] @ [2, 2, 2]
busy = numpy.argwhere(numpy.pad(count, 2) > numpy.quantile(count[count > 0], 0.98))
busy = busy[numpy.random.default_rng(1).choice(len(busy), 200, replace=False)]
json.dump({
    "shape": near.shape,
    "inverse": numpy.linalg.inv(affine).ravel().tolist(),
    "near": base64.b64encode(numpy.packbits(near.ravel()).tobytes()).decode(),
    "busy": [int(i) for i in numpy.ravel_multi_index(busy.T, near.shape)],
}, open(os.path.join(scratch, "density.json"), "w"))
os.remove(tck)
