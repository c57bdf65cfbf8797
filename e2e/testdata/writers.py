"""Writers of image formats that are not ngportal's: nibabel and python-zarr where there are such, small ones by the
specifications elsewhere. Arrays are indexed as the format's metadata list their axes."""

import gzip
import json
import lzma
import os
import struct
import zlib

import nibabel
import numcodecs
import numpy
import zarr


def save(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else json.dumps(content).encode())


def nifti(path, data, affine, version=1, order="<", sform=1, qform=1, qaffine=None, units=("mm", "sec"), slope=None,
          intent=None, pixdim4=None):
    """A .nii or .nii.gz as nibabel writes it. affine is in the header's unit."""
    kind = {1: nibabel.Nifti1Image, 2: nibabel.Nifti2Image}[version]
    header = kind.header_class(endianness=order)
    header.set_data_dtype(data.dtype.newbyteorder(order))
    image = kind(data, affine, header=header, dtype=data.dtype.newbyteorder(order))
    image.set_sform(affine, code=sform)
    image.set_qform(affine if qaffine is None else qaffine, code=qform)
    image.header.set_xyzt_units(*units)
    if intent:
        image.header.set_intent(intent)
    if pixdim4:
        image.header["pixdim"][4] = pixdim4
    if slope:
        image.header.set_slope_inter(*slope)
        with _open(path) as f:
            f.write(image.header.binaryblock + b"\0\0\0\0" + _pad(image.header))
            f.write(data.astype(data.dtype.newbyteorder(order)).tobytes("F"))
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    nibabel.save(image, path)


def _open(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return gzip.open(path, "wb") if path.endswith(".gz") else open(path, "wb")


def _pad(header):
    return b"\0" * (int(header.get_data_offset()) - header.sizeof_hdr - 4)


def zarr2(path, data, chunks, attrs=None, order="C", compressor=None, fill=0, separator=".", drop=()):
    """A zarr v2 array by python-zarr; the chunks in drop are removed again, so that they are fill values."""
    store = zarr.storage.DirectoryStore(path, dimension_separator=separator)
    out = zarr.create(shape=data.shape, chunks=chunks, dtype=data.dtype, order=order, compressor=compressor,
                      fill_value=fill, store=store, overwrite=True, dimension_separator=separator)
    out[...] = data
    for index in drop:
        name = os.path.join(path, separator.join(map(str, index)))
        if os.path.exists(name):
            os.remove(name)
            data[tuple(slice(i * c, (i + 1) * c) for i, c in zip(index, chunks))] = fill
    if attrs:
        save(path + "/.zattrs", attrs)


def group2(path, attrs):
    save(path + "/.zgroup", {"zarr_format": 2})
    save(path + "/.zattrs", attrs)


class Later:
    """Zarr v3 arrays that zarrita is to write, see npm/write.mjs."""

    def __init__(self, out):
        self.out, self.arrays = out, []

    def array(self, path, data, chunks, codecs, fill=0, separator="/", names=None, attrs=None):
        raw = path + ".raw"
        os.makedirs(os.path.dirname(raw), exist_ok=True)
        data.tofile(raw)
        self.arrays.append({"path": path, "raw": raw, "shape": data.shape, "chunkShape": chunks, "dtype": str(data.dtype),
                            "codecs": codecs, "fillValue": fill, "chunkSeparator": separator, "dimensionNames": names,
                            "attributes": attrs or {}})

    def write(self):
        save(self.out, self.arrays)


def group3(path, attrs):
    save(path + "/zarr.json", {"zarr_format": 3, "node_type": "group", "attributes": attrs})


def crc32c(content):
    """CRC-32C, RFC 3720 appendix B.4."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >> 8)
    return struct.pack("<I", crc ^ 0xFFFFFFFF)


def _crc_table():
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ (0x82F63B78 if n & 1 else 0)
        yield n


CRC_TABLE = list(_crc_table())


def encode3(block, codecs):
    """One chunk by the codecs of zarr v3, with numcodecs for compression."""
    content = None
    for c in codecs:
        how = c.get("configuration", {})
        if c["name"] == "transpose":
            block = block.transpose(how["order"])
        elif c["name"] == "bytes":
            content = block.astype(block.dtype.newbyteorder("<" if how.get("endian", "little") == "little" else ">")).tobytes()
        elif c["name"] == "gzip":
            content = gzip.compress(content, how["level"])
        elif c["name"] == "zstd":
            content = bytes(numcodecs.Zstd(how["level"]).encode(content))
        elif c["name"] == "blosc":
            shuffle = {"noshuffle": 0, "shuffle": 1, "bitshuffle": 2}[how["shuffle"]]
            items = numpy.frombuffer(content, "u%d" % how["typesize"])
            content = bytes(numcodecs.Blosc(how["cname"], how["clevel"], shuffle, how["blocksize"]).encode(items))
        elif c["name"] == "crc32c":
            content += crc32c(content)
    return content


def blocks(data, shape, fill):
    """Indices and full blocks of data, padded with fill."""
    for index in numpy.ndindex(*[-(-n // c) for n, c in zip(data.shape, shape)]):
        part = data[tuple(slice(i * c, (i + 1) * c) for i, c in zip(index, shape))]
        whole = numpy.full(shape, fill, data.dtype)
        whole[tuple(slice(0, n) for n in part.shape)] = part
        yield index, whole


def zarr3(path, data, chunks, codecs, fill=0, names=None, attrs=None):
    """A zarr v3 array by the specification, for codecs that zarrita only reads."""
    save(path + "/zarr.json", {
        "zarr_format": 3, "node_type": "array", "shape": data.shape, "data_type": str(data.dtype), "fill_value": fill,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunks}},
        "chunk_key_encoding": {"name": "default"}, "codecs": codecs, "dimension_names": names, "attributes": attrs or {},
    })
    for index, block in blocks(data, chunks, fill):
        save(path + "/c/" + "/".join(map(str, index)), encode3(block, codecs))


def sharded3(path, data, shard, chunks, codecs, fill=0, at="end", names=None, attrs=None, drop=()):
    """A sharded zarr v3 array, by section 'sharding_indexed' of the specification. Inner chunks in drop are left out."""
    index_codecs = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
    save(path + "/zarr.json", {
        "zarr_format": 3, "node_type": "array", "shape": data.shape, "data_type": str(data.dtype), "fill_value": fill,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shard}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "codecs": [{"name": "sharding_indexed", "configuration": {
            "chunk_shape": chunks, "codecs": codecs, "index_codecs": index_codecs, "index_location": at}}],
        "dimension_names": names, "attributes": attrs or {},
    })
    for inner in drop:
        data[tuple(slice(i * c, (i + 1) * c) for i, c in zip(inner, chunks))] = fill
    per = [s // c for s, c in zip(shard, chunks)]
    entry = 16 * int(numpy.prod(per)) + 4
    for index, whole in blocks(data, shard, fill):
        body, table = b"", b""
        for inner, block in blocks(whole, chunks, fill):
            if tuple(i * n + j for i, n, j in zip(index, per, inner)) in [tuple(d) for d in drop]:
                table += b"\xff" * 16
                continue
            content = encode3(block, codecs)
            table += struct.pack("<QQ", len(body) + (entry if at == "start" else 0), len(content))
            body += content
        table += crc32c(table)
        save(path + "/c/" + "/".join(map(str, index)), table + body if at == "start" else body + table)


def n5(path, data, block, compression, attrs, drop=()):
    """An N5 dataset by the specification, version 2. data is indexed in N5's order, the fastest axis first."""
    save(path + "/attributes.json", {
        "dimensions": data.shape, "blockSize": block, "dataType": str(data.dtype), "compression": compression, **attrs})
    for index in numpy.ndindex(*[-(-n // b) for n, b in zip(data.shape, block)]):
        where = tuple(slice(i * b, (i + 1) * b) for i, b in zip(index, block))
        if index in drop:
            data[where] = 0
            continue
        part = data[where]
        head = struct.pack(">HH", 0, part.ndim) + b"".join(struct.pack(">I", n) for n in part.shape)
        body = part.astype(part.dtype.newbyteorder(">")).tobytes("F")
        kind = compression["type"]
        if kind == "gzip":
            body = zlib.compress(body) if compression.get("useZlib") else gzip.compress(body)
        elif kind == "zstd":
            body = bytes(numcodecs.Zstd(3).encode(body))
        elif kind == "blosc":
            body = bytes(numcodecs.Blosc(compression["cname"], 5, compression["shuffle"]).encode(
                numpy.frombuffer(body, part.dtype)))
        elif kind == "xz":
            body = lzma.compress(body)
        save(path + "/" + "/".join(map(str, index)), head + body)


def precomputed(path, levels, kind="image"):
    """A precomputed volume. Each level is data [x, y, z, channel], size of a voxel in nm, offset in voxels, chunk."""
    scales = []
    for n, (data, resolution, offset, chunk) in enumerate(levels):
        key = "s%d" % n
        scales.append({"key": key, "size": data.shape[:3], "resolution": resolution, "voxel_offset": offset,
                       "chunk_sizes": [chunk], "encoding": "raw"})
        for index in numpy.ndindex(*[-(-n // c) for n, c in zip(data.shape[:3], chunk)]):
            low = [i * c for i, c in zip(index, chunk)]
            high = [min(a + c, n) for a, c, n in zip(low, chunk, data.shape)]
            part = data[low[0]:high[0], low[1]:high[1], low[2]:high[2]]
            name = "_".join("%d-%d" % (a + o, b + o) for a, b, o in zip(low, high, offset))
            save("%s/%s/%s" % (path, key, name), part.astype(part.dtype.newbyteorder("<")).tobytes("F"))
    first = levels[0][0]
    save(path + "/info", {"@type": "neuroglancer_multiscale_volume", "type": kind, "data_type": str(first.dtype),
                          "num_channels": first.shape[3], "scales": scales})


def header_bytes(shape, dtype, affine, version=1):
    """The header of a NIfTI file, as the array "nifti" of NIfTI-Zarr holds it."""
    kind = {1: nibabel.Nifti1Image, 2: nibabel.Nifti2Image}[version]
    image = kind(numpy.zeros(shape, dtype), affine)
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    image.header.set_xyzt_units("mm")
    return numpy.frombuffer(image.header.binaryblock + b"\0\0\0\0", "u1").copy()


def ome(axes, levels, version="0.4", **more):
    """The metadata of one multiscale image. axes are (name, kind, unit), levels (scale, translation)."""
    listed = []
    for name, kind, unit in axes:
        a = {"name": name, "type": kind}
        if unit:
            a["unit"] = unit
        listed.append(a)
    entry = {"name": "image", "axes": listed, "datasets": [
        {"path": str(n), "coordinateTransformations": [{"type": "scale", "scale": list(scale)}] + (
            [{"type": "translation", "translation": list(shift)}] if shift is not None else [])}
        for n, (scale, shift) in enumerate(levels)]}
    if version == "0.4":
        entry["version"] = version
        return {"multiscales": [entry], **more}
    return {"ome": {"version": version, "multiscales": [entry], **more}}
