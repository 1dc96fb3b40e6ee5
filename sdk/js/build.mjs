#!/usr/bin/env node
// build.mjs - makes the package: JavaScript for import and require, types for
// both, and the script for a page.
//
//   node build.mjs OUT     OUT then holds package.json, README.md and dist/
//
// Needs typescript, esbuild and terser: next to this file, above it, or in
// TIDEMARK_NODE_MODULES.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = process.env.TIDEMARK_NODE_MODULES;
const require = createRequire(modules ? path.resolve(modules, "x.js") : import.meta.url);
const esbuild = require("esbuild");
const { minify } = require("terser");
const ts = require("typescript");

const out = path.resolve(process.argv[2] || path.join(here, "out"));
const dist = path.join(out, "dist");
const manifest = JSON.parse(fs.readFileSync(path.join(here, "package.json"), "utf8"));

/** For pages: as small as it gets. */
const PAGE = ["browser", "full", "any", "any-full", "errors", "vitals", "react"];
/** For programs: as it was written. */
const PROGRAM = ["node", "express", "react-native"];

// Names that are nobody's business become one letter. Those of what a browser
// keeps are fixed, since the next version must read what this one kept.
const KEPT = { lane: "h", head: "C", at: "Q", items: "a", bytes: "p", due: "i", start: "at", last: "j", anon: "F", off: "b" };
const INTERNAL = /^(_.*|lane|head|at|items|bytes|due|start|last|anon|off|lost|digit|store|sdk|after)$/;
const TERSER = {
	module: true, ecma: 2022, mangle: true,
	compress: { passes: 3, pure_getters: true, keep_fargs: false, inline: false, reduce_funcs: false },
};

const shared = {
	bundle: true, write: false, target: "es2022", charset: "utf8", logLevel: "warning",
	tsconfig: path.join(here, "tsconfig.json"),
	define: { SDK_VERSION: JSON.stringify(manifest.version) },
	external: ["react"],
};

const core = (name) => ["browser", "full", "any", "any-full", "script"].includes(name);
const source = (name) => path.join(here, "src", name + ".ts");
const write = (name, text) => fs.writeFileSync(path.join(dist, name), text);

async function bundle(name, format, options) {
	const built = await esbuild.build({ ...shared, entryPoints: [source(name)], format, ...options });
	return built.outputFiles[0].text;
}

async function page(name, format, file) {
	const text = await bundle(name, format, {
		minify: true, platform: "browser",
		mangleProps: core(name) ? INTERNAL : /^_/, mangleCache: core(name) ? { ...KEPT } : {},
	});
	const small = await minify(text, { ...TERSER, module: format == "esm" });
	write(file, small.code + "\n");
}

/** Types from the sources; for require() the same with the other extension. */
function types() {
	const config = ts.parseJsonConfigFileContent(
		ts.readConfigFile(path.join(here, "tsconfig.json"), ts.sys.readFile).config, ts.sys, here,
		{ emitDeclarationOnly: true, outDir: dist, rootDir: path.join(here, "src"), noEmit: false,
			...(modules && { typeRoots: [path.resolve(modules, "@types")], baseUrl: path.resolve(modules),
				paths: { react: ["@types/react"] } }) });
	const program = ts.createProgram(config.fileNames, config.options);
	const result = program.emit();
	const wrong = [...ts.getPreEmitDiagnostics(program), ...result.diagnostics];
	if (wrong.length) {
		console.error(ts.formatDiagnostics(wrong, { getCanonicalFileName: (f) => f, getCurrentDirectory: () => here, getNewLine: () => "\n" }));
		process.exit(1);
	}
	for (const folder of [".", "store"])
		for (const file of fs.readdirSync(path.join(dist, folder)).filter((f) => f.endsWith(".d.ts"))) {
			const text = fs.readFileSync(path.join(dist, folder, file), "utf8");
			fs.writeFileSync(path.join(dist, folder, file.replace(/ts$/, "cts")), text.replaceAll('.js"', '.cjs"'));
		}
}

fs.rmSync(dist, { recursive: true, force: true });
fs.mkdirSync(dist, { recursive: true });
types();
for (const name of PAGE) {
	await page(name, "esm", name + ".js");
	await page(name, "cjs", name + ".cjs");
}
await page("script", "iife", "tidemark.js");
for (const name of PROGRAM) {
	const platform = name == "react-native" ? "neutral" : "node";
	write(name + ".js", await bundle(name, "esm", { platform }));
	write(name + ".cjs", await bundle(name, "cjs", { platform }));
}
for (const file of ["package.json", "README.md", "CHANGELOG.md", "LICENSE"])
	if (out != here && fs.existsSync(path.join(here, file))) fs.copyFileSync(path.join(here, file), path.join(out, file));
