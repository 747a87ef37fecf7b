// Shortens what the build writes: node tools/shorten.mjs FOLDER
//
// wasm-bindgen names each function that the program takes from JavaScript, or gives to it, after what it does and a
// hash, in the program and in the JavaScript beside it; nobody reads these names there, and hashes cannot be
// compressed. Here they become a, b, c ... in both. Comments and indentation go too. That is some 4 KB of the compressed
// page; one sheet of styles is another 0.8.

import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [IMPORTS, EXPORTS] = [2, 7];

/** A file of WebAssembly, read from its beginning. */
class Reader {
    constructor(bytes) {
        this.bytes = bytes;
        this.at = 0;
    }

    byte() {
        return this.bytes[this.at++];
    }

    /** An unsigned number, seven bits a byte, the lowest first. */
    number() {
        let [value, shift, byte] = [0, 1, 0];
        do {
            byte = this.byte();
            value += (byte & 127) * shift;
            shift *= 128;
        } while (byte & 128);
        return value;
    }

    take(length) {
        return this.bytes.subarray(this.at, (this.at += length));
    }

    text() {
        return Buffer.from(this.take(this.number())).toString();
    }
}

function number(value) {
    const bytes = [];
    do {
        bytes.push((value & 127) | (value > 127 ? 128 : 0));
        value >>>= 7;
    } while (value);
    return bytes;
}

function text(value) {
    const bytes = Buffer.from(value);
    return [...number(bytes.length), ...bytes];
}

/** Passes over what an import is: a function's type, or the limits of a table or a memory, or a global's type. */
function passOver(reader) {
    const limits = () => {
        const flags = reader.number();
        reader.number();
        if (flags & 1) reader.number();
    };
    const kind = reader.byte();
    if (kind === 0) reader.number();
    else if (kind === 1) reader.byte(), limits();
    else if (kind === 2) limits();
    else if (kind === 3) reader.take(2);
    else throw new Error(`an import of kind ${kind}`);
}

/** The program with other names, which `rename` gives. */
function renamed(bytes, rename) {
    const reader = new Reader(bytes);
    const parts = [...reader.take(8)];
    const out = [Buffer.from(parts)];
    while (reader.at < bytes.length) {
        const [id, length] = [reader.byte(), reader.number()];
        let content = reader.take(length);
        if (id === IMPORTS || id === EXPORTS) {
            const section = new Reader(content);
            const count = section.number();
            const own = number(count);
            for (let entry = 0; entry < count; entry++) {
                if (id === IMPORTS) own.push(...text(rename(section.text())));
                own.push(...text(rename(section.text())));
                const from = section.at;
                if (id === IMPORTS) passOver(section);
                else section.byte(), section.number();
                own.push(...content.subarray(from, section.at));
            }
            content = Buffer.from(own);
        }
        out.push(Buffer.from([id, ...number(content.length)]), Buffer.from(content));
    }
    return Buffer.concat(out);
}

/** Short names, one for each that is wasm-bindgen's own. Those are in the JavaScript as they are in the program. */
function shortener(script) {
    const names = new Map();
    return (name) => {
        if (!/^__wb|^wasm_bindgen__/.test(name) || !script.includes(name)) return name;
        if (!names.has(name)) {
            let [rest, short] = [names.size, ""];
            do {
                short = String.fromCharCode(97 + (rest % 26)) + short;
                rest = Math.floor(rest / 26) - 1;
            } while (0 <= rest);
            names.set(name, short);
        }
        return names.get(name);
    };
}

const folder = process.argv[2];
for (const file of readdirSync(folder).filter((file) => file.endsWith("_bg.wasm"))) {
    const [program, beside] = [join(folder, file), join(folder, file.replace(/_bg\.wasm$/, ".js"))];
    let script = readFileSync(beside, "utf8");
    const known = new Map();
    const shorten = shortener(script);
    const rename = (name) => {
        const short = shorten(name);
        if (short !== name) known.set(name, short);
        return short;
    };
    writeFileSync(program, renamed(readFileSync(program), rename));
    // As fields of what the program gives, and as keys of what it takes; the script's own functions keep their names.
    const given = (all, before, name) => (known.has(name) ? before + known.get(name) : all);
    script = script.replace(/(\bwasm\.)([A-Za-z_$][\w$]*)/g, given).replace(/^(\s*)(\w+)(?=: function\()/gm, given);
    script = script.replace(/^\s*\/\*\*[^]*?\*\/\n/gm, "").replace(/^\s*\/\/.*\n/gm, "").replace(/^\s+/gm, "");
    writeFileSync(beside, script);
}

// One sheet of styles in place of one a concern: together they compress better, and are one thing to ask for.
const page = join(folder, "index.html");
let html = readFileSync(page, "utf8");
const sheet = /<link href=("?)(\.?\/)([\w-]+\.css)\1 rel=("?)stylesheet\4>/g;
const links = [...html.matchAll(sheet)];
const sheets = links.map((link) => link[3]);
if (sheets.length > 1) {
    const styles = sheets.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
    writeFileSync(join(folder, "styles.css"), styles);
    let first = true;
    html = html.replace(sheet, () => {
        const link = first ? `<link href=${links[0][2]}styles.css rel=stylesheet>` : "";
        first = false;
        return link;
    });
    sheets.forEach((file) => rmSync(join(folder, file)));
    writeFileSync(page, html);
}
