// The licences of what was bundled, from the packages themselves.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The names of the npm packages among the input paths of an esbuild metafile. */
export function packagesOf(inputs) {
  const names = new Set();
  for (const path of inputs) {
    const match = /(?:^|[\\/:])node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path);
    if (match !== null) names.add(match[1].replaceAll("\\", "/"));
  }
  return names;
}

/**
 * The text of LICENSES.txt: for each package its version, its declared license and every license or
 * notice file it ships, then the comments of legalTexts, what the bundler took out of the code.
 * Throws if a package ships no license file.
 */
export async function licenseText(modules, packages, legalTexts) {
  const parts = [];
  for (const name of [...packages].sort()) {
    const { version, license } = JSON.parse(await readFile(join(modules, name, "package.json"), "utf8"));
    const files = (await readdir(join(modules, name))).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    if (files.length === 0) throw new Error(`license of ${name}: the package ships no license file`);
    const texts = await Promise.all(files.sort().map((file) => readFile(join(modules, name, file), "utf8")));
    parts.push(`${name} ${version} (${license})\n\n${texts.map((text) => text.trim()).join("\n\n")}`);
  }
  const comments = [...new Set(legalTexts.flatMap(commentsOf))].sort();
  if (comments.length > 0) parts.push(`Notices in the source of these packages\n\n${comments.join("\n\n")}`);
  return `${parts.join(`\n\n${"=".repeat(80)}\n\n`)}\n`;
}

// A legal text lists files, and under them, indented, the comment that they share.
function commentsOf(text) {
  return (text.match(/\/\*[^]*?\*\//g) ?? []).map((comment) => comment.replace(/^ {2}/gm, ""));
}
