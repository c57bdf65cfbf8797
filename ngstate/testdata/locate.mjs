// Says where Neuroglancer itself puts voxels: its own code for OME metadata and for transforms.
// Input: a list of {lib, attrs | names + meters + origin, spec, voxel}; output: a list of {axis: meters}.
import { readFileSync } from "node:fs";

const cases = JSON.parse(readFileSync(0, "utf8"));
const ct = await import(`${cases[0].lib}/coordinate_transform.js`);
const ome = await import(`${cases[0].lib}/datasource/zarr/ome.js`);

console.log(JSON.stringify(cases.map(({ attrs, names, meters, origin, spec, voxel }) => {
  let space, model;
  if (attrs) {
    const { coordinateSpace, scales } = ome.parseOmeMetadata("https://h/", attrs, 2).multiscale;
    const rank = coordinateSpace.rank;
    space = coordinateSpace;
    model = voxel.map((v, i) => v + 0.5 + scales[0].transform[rank * (rank + 1) + i]);
  } else {
    space = ct.makeCoordinateSpace({ names, scales: Float64Array.from(meters), units: names.map(() => "") });
    model = voxel.map((v, i) => v + origin[i]);
  }
  const source = new ct.WatchableCoordinateSpaceTransform(ct.makeIdentityTransform(space));
  source.restoreState(spec);
  const { rank, transform, inputSpace, outputSpace } = source.value;
  return Object.fromEntries(outputSpace.names.map((name, row) => {
    let at = transform[rank * (rank + 1) + row] * outputSpace.scales[row];
    for (let col = 0; col < rank; ++col) {
      at += transform[col * (rank + 1) + row] * model[col] * inputSpace.scales[col];
    }
    return [name, at];
  }));
})));
