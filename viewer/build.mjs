// Builds the hosted viewer and htmx into ../assets/dist. See README.md for what comes out.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { flattenUrls, rawText, replaceFetchOk } from "./build/hooks.mjs";
import { licenseText, packagesOf } from "./build/licenses.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "..", "assets", "dist");
const modules = join(here, "node_modules");
const library = join(modules, "neuroglancer", "lib");
const override = join(here, "src", "fetch_ok.js");

// What Neuroglancer 2.41.2 loads by URL. A build that finds less, or more, would fail in the
// browser only, and silently: chunks that never decode.
const workers = ["async_computation.bundle.js", "chunk_worker.bundle.js"];
const wasm = ["compresso.wasm", "jxl_decoder.wasm", "libpng.wasm", "neuroglancer_draco.wasm"];
const drawings = new Map(
  ["code-alt", "controls-alt", "layers"].map((icon) => [`ikonate/icons/${icon}.svg`, join(here, "icons", `${icon}.svg`)]),
);

const entries = {
  main: join(here, "src", "main.js"),
  "chunk_worker.bundle": join(here, "src", "chunk_worker.js"),
  "async_computation.bundle": join(library, "async_computation.bundle.js"),
};

await emptyDist();
const { files, inputs, legalTexts } = await bundle();
const hash = contentHash(files);
const index = await readFile(join(here, "src", "index.html"), "utf8");
const htmx = join(modules, "htmx.org", "dist", "htmx.min.js");
const packages = packagesOf(inputs).add("htmx.org");

for (const [name, bytes] of files) await write(join("viewer", hash, name), bytes);
await write(join("viewer", "index.html"), index.replaceAll("FOLDER", hash));
await write("htmx.js", await readFile(htmx));
await write("LICENSES.txt", await licenseText(modules, packages, legalTexts));
const versions = { neuroglancer: await version("neuroglancer"), htmx: await version("htmx.org"), viewer: hash };
await write("manifest.json", `${JSON.stringify(versions, null, 2)}\n`);
console.log(`built viewer ${hash}: ${files.size} files, ${packages.size} packages`);

// Dot files stay: git or an embed directive may need one there.
async function emptyDist() {
  await mkdir(dist, { recursive: true });
  for (const name of await readdir(dist)) {
    if (!name.startsWith(".")) await rm(join(dist, name), { recursive: true });
  }
}

async function bundle() {
  const found = { fetchOk: new Set(), urls: new Map(), icons: new Set() };
  const { outputFiles, metafile } = await build({
    entryPoints: entries,
    absWorkingDir: here,
    outdir: "out", // nothing is written there: it only gives the files their names
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    chunkNames: "chunk-[hash]",
    legalComments: "external",
    // Both need a client id of ours and pages with inline scripts.
    conditions: ["module", "neuroglancer/datasource/boss:disabled", "neuroglancer/datasource/brainmaps:disabled"],
    plugins: [
      replaceFetchOk({ original: join(library, "util", "http_request.js"), override, found: found.fetchOk }),
      flattenUrls({ library, found: found.urls }),
      rawText({ drawings, found: found.icons }),
    ],
    write: false,
    metafile: true,
    logLevel: "warning",
  });
  checkHooks(found);
  checkOverride(metafile);
  const legal = outputFiles.filter(({ path }) => path.endsWith(".LEGAL.txt"));
  const code = outputFiles.filter((file) => !legal.includes(file));
  const files = new Map(code.map(({ path, contents }) => [basename(path), contents]));
  for (const name of wasm) files.set(name, await readFile(found.urls.get(name)));
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  return { files, inputs, legalTexts: legal.map(({ text }) => text) };
}

function checkHooks({ fetchOk, urls, icons }) {
  if (fetchOk.size === 0) throw new Error("build: no module of neuroglancer imports the fetchOk that we replace");
  same("files loaded by URL", [...urls.keys()], [...workers, ...wasm]);
  same("icons of our own", [...icons], [...drawings.keys()]);
}

// Page and worker each have to reach our fetchOk, and nothing but ours may reach upstream's.
function checkOverride({ outputs, inputs }) {
  for (const entry of ["out/main.js", "out/chunk_worker.bundle.js"]) {
    const reached = new Set([entry]);
    for (const path of reached) {
      for (const { path: next, external } of outputs[path].imports) if (!external) reached.add(next);
    }
    const used = [...reached].some((path) => "src/fetch_ok.js" in outputs[path].inputs);
    if (!used) throw new Error(`build: ${entry} does not contain our fetchOk`);
  }
  for (const [importer, { imports }] of Object.entries(inputs)) {
    const direct = imports.some(({ path }) => path.endsWith("neuroglancer/lib/util/http_request.js"));
    if (direct && importer !== "src/fetch_ok.js") throw new Error(`build: ${importer} goes past our fetchOk`);
  }
}

function same(what, got, want) {
  const [a, b] = [got.sort().join(" "), want.sort().join(" ")];
  if (a !== b) throw new Error(`build: ${what}: found ${a || "none"}, want ${b}`);
}

function contentHash(files) {
  const hash = createHash("sha256");
  for (const name of [...files.keys()].sort()) {
    const bytes = files.get(name);
    hash.update(`${name} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex").slice(0, 16);
}

async function version(name) {
  return JSON.parse(await readFile(join(modules, name, "package.json"), "utf8")).version;
}

async function write(name, content) {
  const path = join(dist, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
