// Writes the zarr v3 arrays that a list names with zarrita: node write.mjs LIST
import { readFile, rm } from "node:fs/promises";
import { FileSystemStore } from "@zarrita/storage";
import * as zarr from "zarrita";

zarr.registry.set("gzip", async () => (await import("numcodecs/gzip")).default); // zarrita's own only reads

const arrays = {
	uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array, uint32: Uint32Array, int32: Int32Array,
	uint64: BigUint64Array, int64: BigInt64Array, float32: Float32Array, float64: Float64Array,
};

for (const { path, raw, ...options } of JSON.parse(await readFile(process.argv[2], "utf8"))) {
	const file = await readFile(raw);
	const data = new arrays[options.dtype](file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength));
	const stride = options.shape.map((_, i) => options.shape.slice(i + 1).reduce((a, b) => a * b, 1));
	const array = await zarr.create(zarr.root(new FileSystemStore(path)), options);
	await zarr.set(array, options.shape.map(() => null), { data, shape: options.shape, stride });
	await rm(raw);
}
