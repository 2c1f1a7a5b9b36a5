// Copies the vendored parts of static/spelunker from npm: htmx as it is, and a sprite of the
// few icons that the product uses. Our own drawings are in icons-own.svg.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import icons from "./icons.json" with { type: "json" };

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static", "spelunker");
const modules = join(here, "node_modules");

const LICENCE =
  "Heroicons (MIT, Copyright Tailwind Labs, Inc.); quote, keyboard, drop and circle are Spelunker's own";

function drawing(file) {
  const svg = readFileSync(join(modules, "heroicons", "24", "outline", `${file}.svg`), "utf8");
  return svg
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/\s*\n\s*/g, "");
}

function symbol(name, inner) {
  const pen = 'fill="none" stroke="currentColor" stroke-width="1.5"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${pen}>${inner}</symbol>`;
}

function sprite() {
  const own = readFileSync(join(here, "icons-own.svg"), "utf8").match(/<symbol[\s\S]*?<\/symbol>/g);
  const taken = Object.entries(icons).map(([name, file]) => symbol(name, drawing(file)));
  const lines = [...taken, ...own.map((text) => text.replace(/\s*\n\s*/g, " "))].sort();
  return [
    '<svg xmlns="http://www.w3.org/2000/svg">',
    `<!-- ${LICENCE} -->`,
    ...lines,
    "</svg>",
    "",
  ].join("\n");
}

mkdirSync(out, { recursive: true });
copyFileSync(join(modules, "htmx.org", "dist", "htmx.min.js"), join(out, "htmx.min.js"));
writeFileSync(join(out, "icons.svg"), sprite());
