# Reads a sharded precomputed folder by the description of the format alone, and holds it against the folder of the same
# source with a file for each object. The paths are in flat and sharded.
import gzip, json, os, struct

M = 0xffffffff


def mix(h):
    h ^= h >> 16
    h = h * 0x85ebca6b & M
    h ^= h >> 13
    h = h * 0xc2b2ae35 & M
    return h ^ h >> 16


def rot(x, r):
    return (x << r | x >> 32 - r) & M


def murmur(x):
    h = [rot((x & M) * 0x239b961b & M, 15) * 0xab0e9789 & M ^ 8, rot((x >> 32) * 0xab0e9789 & M, 16) * 0x38b34ae5 & M ^ 8, 8, 8]
    for last in (False, True):
        h[0] = sum(h) & M
        for k in (1, 2, 3):
            h[k] = h[k] + h[0] & M
        if not last:
            h = [mix(v) for v in h]
    return h[0] | h[1] << 32


def objects(folder, spec):
    """All objects in the shards of a folder, by their numbers."""
    assert spec['@type'] == 'neuroglancer_uint64_sharded_v1'
    bits, sbits = spec['minishard_bits'], spec['shard_bits']
    out = {}
    for name in os.listdir(folder):
        if not name.endswith('.shard'):
            continue
        assert len(name) == max(1, -(-sbits // 4)) + len('.shard') and name == name.lower(), name
        b = open(os.path.join(folder, name), 'rb').read()
        base = 16 << bits
        for mini in range(1 << bits):
            start, end = struct.unpack_from('<QQ', b, 16 * mini)
            if start == end:
                continue
            index = b[base + start:base + end]
            if spec['minishard_index_encoding'] == 'gzip':
                index = gzip.decompress(index)
            n = len(index) // 24
            assert n * 24 == len(index)
            v = struct.unpack('<%dQ' % (3 * n), index)
            id, at = 0, base
            for i in range(n):
                id, at = id + v[i], at + v[n + i]
                data = b[at:at + v[2 * n + i]]
                assert len(data) == v[2 * n + i]
                at += len(data)
                h = id >> spec['preshift_bits']
                if spec['hash'] == 'murmurhash3_x86_128':
                    h = murmur(h)
                assert h & (1 << bits) - 1 == mini and h >> bits & (1 << sbits) - 1 == int(name[:-6], 16), (id, name, mini)
                assert id not in out
                out[id] = gzip.decompress(data) if spec['data_encoding'] == 'gzip' else data
    return out


def files(folder):
    return {n: open(os.path.join(folder, n), 'rb').read() for n in os.listdir(folder) if os.path.isfile(os.path.join(folder, n)) and n != 'info'}


def morton(cell, grid):
    code = out = 0
    for bit in range(32):
        for c, g in zip(cell, grid):
            if g - 1 >> bit:
                code |= (c >> bit & 1) << out
                out += 1
    return code


def records(chunk, width):
    """The annotations of a chunk and their ids."""
    n, at, out = struct.unpack_from('<Q', chunk)[0], 8, []
    for _ in range(n):
        size = 4 + 12 * struct.unpack_from('<I', chunk, at)[0] + width
        out.append(chunk[at:at + size])
        at += size
    assert len(chunk) == at + 8 * n
    return out, struct.unpack_from('<%dQ' % n, chunk, at)


info = json.load(open(os.path.join(sharded, 'info')))
if info['@type'] == 'neuroglancer_skeletons':
    got = objects(sharded, info['sharding'])
    want = {int(n): b for n, b in files(flat).items()}
    assert got == want and len(want) > 0, (len(got), len(want))
else:
    width = sum({'rgb': 3, 'rgba': 4}.get(p['type'], int(''.join(c for c in p['type'] if c.isdigit()) or 0) // 8) for p in info['properties'])
    width = -(-width // 4) * 4
    whole = {}
    pairs = [(s, lambda n, s=s: morton(tuple(map(int, n.split('_'))), s['grid_shape'])) for s in info['spatial']]
    pairs += [(r, int) for r in info['relationships']]
    for place, number in pairs:
        got = objects(os.path.join(sharded, place['key']), place['sharding'])
        want = files(os.path.join(flat, place['key']))
        assert set(got) == {number(n) for n in want} and want, place
        for n, b in want.items():
            mine, ids = records(got[number(n)], width)
            assert mine == records(b, width)[0], (place, n)
            for id, r in zip(ids, mine):
                assert id not in whole
                whole[id] = r
    byid = objects(os.path.join(sharded, info['by_id']['key']), info['by_id']['sharding'])
    assert set(byid) == set(whole), (len(byid), len(whole))
    for id, b in byid.items():
        r = whole[id]
        assert b[:len(r)] == r
        rest, at = b[len(r):], 0
        for _ in info['relationships']:
            n = struct.unpack_from('<I', rest, at)[0]
            at += 4 + 8 * n
        assert at == len(rest), id
