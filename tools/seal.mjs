// Seals what the build has written: node tools/seal.mjs FOLDER
//
// Each file is called by what is in it, so a build never meets the files of another, whatever a browser or a host has
// kept. The page says what it may load and run, which is its own. And the worker that keeps the page for when there is
// no network is told what that is.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [PAGE, WORKER, MANIFEST] = ["index.html", "worker.js", /\.webmanifest$/];

/** Scripts besides come by their digest. Styles are set by rules, and one by one by the program, which is no markup. */
const POLICY = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
];

const folder = process.argv[2];
const read = (file) => readFileSync(join(folder, file));
const digest = (bytes, encoding) => createHash("sha256").update(bytes).digest(encoding);
const integrity = (bytes) => `sha256-${digest(bytes, "base64")}`;

/** Puts one name in place of another in a file of text. */
function replace(file, from, to) {
    writeFileSync(join(folder, file), read(file).toString().replaceAll(from, to));
}

// The texts keep their names, in a folder that is called by all that is in it.
const within = (place) => readdirSync(join(folder, place), { withFileTypes: true }).flatMap((entry) => {
    const path = `${place}/${entry.name}`;
    return entry.isDirectory() ? within(path) : [path];
}).sort();
const texts = readdirSync(folder).find((file) => /^texts(-\w+)?$/.test(file));
const library = `texts-${digest(within(texts).map((file) => digest(read(file), "hex")).join(), "hex").slice(0, 12)}`;
replace(PAGE, `./${texts}`, `./${library}`);
renameSync(join(folder, texts), join(folder, library));

// The page names all but the icons, which the manifest names: so that comes after them.
const parts = readdirSync(folder).filter((file) => file !== PAGE && file !== WORKER && file !== library);
parts.sort((a, b) => MANIFEST.test(a) - MANIFEST.test(b));
const manifest = parts.find((file) => MANIFEST.test(file));
const named = parts.map((file) => {
    const plain = file.replace(/-[0-9a-f]{12,16}(?=[._])/, "");
    const name = plain.replace(/(_bg)?\.\w+$/, (end) => `-${digest(read(file), "hex").slice(0, 12)}${end}`);
    for (const place of [PAGE, manifest]) replace(place, file, name);
    renameSync(join(folder, file), join(folder, name));
    return name;
});

let html = read(PAGE).toString();
// Scripts that follow each other are one, and are not there to be read.
html = html.replaceAll("</script><script>", "\n");
html = html.replace(/(<script>)([^]*?)(?=<\/script>)/g, (_, open, script) => open + script.replace(/^\s*\/\/.*\n/gm, "").replace(/^\s+/gm, ""));
// What `trunk serve` would put into its own script when it sends the page, which is sealed before.
html = html.replace(/(['`])\{\{__TRUNK_ADDRESS__\}\}\1/, "location.host").replace("{{__TRUNK_WS_BASE__}}", "/");
const scripts = [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script]) => `'${integrity(script)}'`);
const policy = POLICY.map((rule) => (rule.startsWith("script-src") ? [rule, ...scripts].join(" ") : rule)).join(";");
const meta = `<meta http-equiv=Content-Security-Policy content="${policy}">`;
html = html.replace(/<meta http-equiv=Content-Security-Policy[^>]*>/, "").replace(/<meta charset=[^>]*>/, `$&${meta}`);
writeFileSync(join(folder, PAGE), html);

// Large icons are for the system that the page is installed on, which keeps them itself.
const opens = { "./": integrity(html) };
const systems = {};
const isLater = /^(queuescope-(systems|learn)|texts)/;
for (const file of [...named.filter((file) => !file.endsWith(".png")), ...within(library)]) {
    (isLater.test(file) ? systems : opens)[file] = integrity(read(file));
}
const name = digest(JSON.stringify([opens, systems]), "hex").slice(0, 12);
const worker = read(WORKER).toString();
const line = /^const build = \{.*\};$/m;
if (!line.test(worker)) throw new Error(`${WORKER} has no line for the build`);
writeFileSync(join(folder, WORKER), worker.replace(line, `const build = ${JSON.stringify({ name, opens, systems })};`));
