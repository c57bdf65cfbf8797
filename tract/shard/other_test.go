package shard_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ngportal/internal/pythontest"
	"ngportal/tract/shard"
)

// readShards is the format read with nothing but its description: it writes the objects it finds to files of their numbers,
// having asked for each as a viewer does.
const readShards = `
import gzip, json, os, struct
folder, spec, ids, prefix = %q, json.loads(%q), %s, %q
def mix(h):
    h ^= h >> 16; h = h * 0x85ebca6b & M; h ^= h >> 13; h = h * 0xc2b2ae35 & M
    return h ^ h >> 16
M = 0xffffffff
def rot(x, r): return (x << r | x >> 32 - r) & M
def murmur(x):
    h1 = rot((x & M) * 0x239b961b & M, 15) * 0xab0e9789 & M
    h2 = rot((x >> 32) * 0xab0e9789 & M, 16) * 0x38b34ae5 & M
    h = [h1 ^ 8, h2 ^ 8, 8, 8]
    for last in (False, True):
        h[0] = sum(h) & M
        for k in (1, 2, 3): h[k] = h[k] + h[0] & M
        if not last: h = [mix(v) for v in h]
    return h[0] | h[1] << 32
for id in ids:
    x = id >> spec['preshift_bits']
    h = murmur(x) if spec['hash'] == 'murmurhash3_x86_128' else x
    m, s = spec['minishard_bits'], spec['shard_bits']
    mini, shard = h & (1 << m) - 1, h >> m & (1 << s) - 1
    name = '%%x' %% shard
    b = open(os.path.join(folder, name.rjust(-(-s // 4), '0') + '.shard'), 'rb').read()
    base = 16 << m
    start, end = struct.unpack_from('<QQ', b, 16 * mini)
    index = b[base + start:base + end]
    if spec['minishard_index_encoding'] == 'gzip': index = gzip.decompress(index)
    v = struct.unpack('<%%dQ' %% (len(index) // 8), index); n = len(v) // 3
    have, at = 0, base
    for i in range(n):
        have += v[i]; at += v[n + i]
        if have == id:
            data = b[at:at + v[2 * n + i]]
            if spec['data_encoding'] == 'gzip': data = gzip.decompress(data)
            open(prefix + '-' + str(id), 'wb').write(data)
        at += v[2 * n + i]
`

func TestAnotherReaderFindsTheObjects(t *testing.T) {
	var script strings.Builder
	var all [][]uint64
	for i, s := range specs() {
		dir := t.TempDir()
		ids := sorted(s, numbers(200, 1<<40))
		w, err := shard.NewWriter(s, func(name string) (shard.File, error) { return os.Create(filepath.Join(dir, name)) })
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if err = w.Add(id, object(id)); err != nil {
				t.Fatal(err)
			}
		}
		if err = w.Close(); err != nil {
			t.Fatal(err)
		}
		list, err := json.Marshal(ids)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&script, readShards, dir, s.JSON(), list, fmt.Sprint(i))
		all = append(all, ids)
	}
	found := pythontest.Run(t, script.String())
	for i, ids := range all {
		for _, id := range ids {
			if got, err := os.ReadFile(filepath.Join(found, fmt.Sprintf("%d-%d", i, id))); err != nil || !bytes.Equal(got, object(id)) {
				t.Fatalf("%+v: object %d: %q, %v", specs()[i], id, got, err)
			}
		}
	}
}
