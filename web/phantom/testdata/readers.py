"""Reads the sample data with other people's libraries and prints what they say as JSON.

usage: readers.py FOLDER PATHS
FOLDER holds the buckets; PATHS is a JSON object of the assets' paths below it.
Exits with 3 if a library is missing. What is wrong in the files themselves is an exception.
"""
import json
import os
import struct
import sys
import warnings

try:
    import nibabel
    import numcodecs
    import numpy as np
    import zarr
except ImportError as e:
    print(e, file=sys.stderr)
    sys.exit(3)

warnings.simplefilter("error")  # a reader's complaint is a fault of ours
random = np.random.default_rng(7)
UNITS = {"millimeter": 1.0, "micrometer": 1e-3}


def content(path):
    with open(path, "rb") as f:
        return f.read()


def pick(shape, n=3000):
    return np.stack([random.integers(0, s, n) for s in shape], -1)


def rows(positions, values):
    return [[float(v) for v in p] + [float(v)] for p, v in zip(positions, values)]


def nifti(path):
    image = nibabel.load(path)
    header = image.header
    voxels = np.asarray(image.dataobj)
    at = pick(image.shape)
    world = nibabel.affines.apply_affine(image.affine, at)
    return {
        "dtype": str(image.get_data_dtype()),
        "shape": list(image.shape),
        "zooms": [float(z) for z in header.get_zooms()],
        "units": header.get_xyzt_units()[0],
        "codes": [int(header["qform_code"]), int(header["sform_code"])],
        "sform": image.get_sform().tolist(),
        "qform": image.get_qform().tolist(),
        "samples": rows(world, voxels[tuple(at.T)]),
    }


def crc32c(data):
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
        table.append(n)
    c = 0xFFFFFFFF
    for b in data:
        c = table[(c ^ b) & 255] ^ c >> 8
    return c ^ 0xFFFFFFFF


def sharded(path):
    """A zarr v3 array in shards, by the specification."""
    meta = json.loads(content(path + "/zarr.json"))
    assert meta["zarr_format"] == 3 and meta["node_type"] == "array"
    assert meta["chunk_key_encoding"] == {"name": "default", "configuration": {"separator": "/"}}
    (codec,) = meta["codecs"]
    assert codec["name"] == "sharding_indexed" and codec["configuration"]["index_location"] == "end"
    assert [c["name"] for c in codec["configuration"]["index_codecs"]] == ["bytes", "crc32c"]
    assert [c["name"] for c in codec["configuration"]["codecs"]] == ["bytes", "zstd"]
    shape = np.array(meta["shape"])
    shard = np.array(meta["chunk_grid"]["configuration"]["chunk_shape"])
    chunk = np.array(codec["configuration"]["chunk_shape"])
    per = shard // chunk
    count = int(np.prod(per))
    out = np.zeros(-(-shape // shard) * shard, np.dtype(meta["data_type"]))
    left_out = 0
    for where in np.ndindex(*-(-shape // shard)):
        data = content(path + "/c/" + "/".join(map(str, where)))
        index, sum_ = data[-16 * count - 4:-4], data[-4:]
        assert struct.unpack("<I", sum_)[0] == crc32c(index)
        for inner, (offset, size) in zip(np.ndindex(*per), struct.iter_unpack("<QQ", index)):
            if offset == size == 2**64 - 1:
                left_out += 1
                continue
            raw = numcodecs.Zstd().decode(data[offset:offset + size])
            start = np.array(where) * shard + np.array(inner) * chunk
            out[tuple(slice(s, s + c) for s, c in zip(start, chunk))] = np.frombuffer(raw, out.dtype).reshape(chunk)
    return out[tuple(slice(0, s) for s in shape)], left_out


def mean_pooled(a, f):
    shape = [-(-s // n) for s, n in zip(a.shape, f)]
    total, count = np.zeros(shape), np.zeros(shape)
    for o in np.ndindex(*f):
        part = a[tuple(slice(i, None, n) for i, n in zip(o, f))]
        where = tuple(slice(0, s) for s in part.shape)
        total[where] += part
        count[where] += 1
    return total / count


def ome(path):
    """An OME-Zarr image of either version: what it says, and samples of each level."""
    left_out = None
    if os.path.exists(path + "/zarr.json"):
        group = json.loads(content(path + "/zarr.json"))
        assert group["node_type"] == "group"
        attributes = group["attributes"]["ome"]
        version = attributes["version"]
    else:
        attributes = json.loads(content(path + "/.zattrs"))
        version = attributes["multiscales"][0]["version"]
    (scales,) = attributes["multiscales"]
    axes = scales["axes"]
    unit = [UNITS[a["unit"]] for a in axes if a["type"] == "space"]
    levels, previous = [], None
    for n, d in enumerate(scales["datasets"]):
        if version == "0.5":
            a, left_out = sharded(path + "/" + d["path"])
        else:
            z = zarr.open(path, "r")[d["path"]]
            assert z._dimension_separator == "/" and not z.filters
            files = [f for _, _, names in os.walk(path + "/" + d["path"]) for f in names if f.isdigit()]
            assert len(files) == z.nchunks, "%d chunks, want %d" % (len(files), z.nchunks)
            a = z[:]
        assert [t["type"] for t in d["coordinateTransformations"]] == ["scale", "translation"]
        scale = np.array(d["coordinateTransformations"][0]["scale"])
        move = np.array(d["coordinateTransformations"][1]["translation"])
        if previous is not None:
            old, old_scale, old_move = previous
            f = np.rint(scale / old_scale).astype(int)
            assert np.allclose(f * old_scale, scale)
            assert np.allclose(old_move + (f - 1) / 2 * old_scale, move), "level %d is shifted" % n
            if "image-label" not in attributes:
                assert np.abs(mean_pooled(old, f) - a).max() <= 0.5, "level %d is no average" % n
        previous = a, scale, move
        at = pick(a.shape)
        world = (at * scale + move)[:, -3:] * unit
        samples = rows(world[:, ::-1], a[tuple(at.T)])
        if len(axes) == 4:
            samples = [[int(c)] + s for c, s in zip(at[:, 0], samples)]
        levels.append({"shape": list(a.shape), "dtype": str(a.dtype), "samples": samples,
                       "scale": (scale[-3:] * unit).tolist(), "translation": (move[-3:] * unit).tolist()})
    return {"version": version, "axes": "".join(a["name"] for a in axes), "levels": levels, "leftOut": left_out,
            "label": attributes.get("image-label"), "omero": attributes.get("omero")}


def tract(path):
    f = nibabel.streamlines.load(path)
    header = f.header
    out = {"lines": [s.tolist() for s in f.streamlines], "count": int(header["nb_streamlines"])}
    if path.endswith(".trk"):
        out["order"] = header["voxel_order"].decode()
        out["affine"] = header["voxel_to_rasmm"].tolist()
        out["dim"] = header["dimensions"].tolist()
        out["size"] = [float(v) for v in header["voxel_sizes"]]
        out["fa"] = [s[:, 0].tolist() for s in f.tractogram.data_per_point.get("FA", [])]
        out["bundle"] = [float(v[0]) for v in f.tractogram.data_per_streamline.get("bundle", [])]
    return out


READ = {"t1": nifti, "fa": ome, "xpct": ome, "dseg": ome, "fluo": ome, "oddZarr": ome,
        "trk": tract, "tck": tract, "oddTrk": tract}
paths = json.loads(sys.argv[2])
json.dump({name: READ[name](os.path.join(sys.argv[1], path)) for name, path in paths.items()}, sys.stdout)
