// What esbuild has to be told about Neuroglancer. Each hook keeps count of what it found, so that
// the build can fail when an upstream change makes one miss.

import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Gives Neuroglancer our fetchOk in place of its own. found collects the modules that import it. */
export function replaceFetchOk({ original, override, found }) {
  const ours = Symbol("resolved by replaceFetchOk");
  return {
    name: "replace-fetch-ok",
    setup(build) {
      build.onResolve({ filter: /\/http_request\.js$/ }, async ({ path, pluginData, ...args }) => {
        if (pluginData === ours || args.importer === override) return undefined;
        const resolved = await build.resolve(path, { ...pick(args), pluginData: ours });
        if (resolved.path !== original) return resolved;
        found.add(args.importer);
        return { path: override };
      });
    },
  };
}

/**
 * esbuild leaves new URL("x", import.meta.url) as it is. All output lies in one folder, so the
 * reference has to be a bare name. found maps each name to the file it stands for.
 */
export function flattenUrls({ library, found }) {
  const reference = /new URL\(\s*"([^"]+)",\s*import\.meta\.url\s*\)/g;
  return {
    name: "flatten-urls",
    setup(build) {
      build.onLoad({ filter: /\.js$/ }, async ({ path }) => {
        if (!path.startsWith(library)) return undefined;
        const text = await readFile(path, "utf8");
        if (!text.includes("import.meta.url")) return undefined;
        const contents = text.replace(reference, (_, target) => {
          found.set(basename(target), join(dirname(path), target));
          return `new URL("./${basename(target)}", import.meta.url)`;
        });
        return { contents, loader: "js" };
      });
    },
  };
}

/** Imports "file?raw" as text. drawings maps the icons that ikonate lacks to our own files. */
export function rawText({ drawings, found }) {
  return {
    name: "raw-text",
    setup(build) {
      build.onResolve({ filter: /\?raw$/ }, async (args) => {
        const bare = args.path.slice(0, -"?raw".length);
        if (drawings.has(bare)) {
          found.add(bare);
          return { path: drawings.get(bare), namespace: "raw" };
        }
        const { path, errors } = await build.resolve(bare, pick(args));
        return errors.length > 0 ? { errors } : { path, namespace: "raw" };
      });
      build.onLoad({ filter: /./, namespace: "raw" }, async ({ path }) => ({
        contents: await readFile(path, "utf8"),
        loader: "text",
      }));
    },
  };
}

function pick({ kind, importer, resolveDir }) {
  return { kind, importer, resolveDir };
}
