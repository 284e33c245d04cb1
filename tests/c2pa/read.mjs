// What the official C2PA reader (c2pa-rs as WebAssembly) says of files: offline, in Node.
//   node read.mjs [--trust ROOTS.pem] FILE...
// Prints a JSON array, one object a file: state (Trusted, Valid, Invalid or Error), success, informational and
// failure codes of the active manifest, assertions, ingredients, what ingredients' manifests got.
// A manifest is Valid without being trusted: look at state and codes both.
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { createRequire } from 'node:module';
import { initSync, WasmReader } from '@contentauth/c2pa-wasm';

const MIME = { '.mp4': 'video/mp4', '.mov': 'video/quicktime', '.jpg': 'image/jpeg', '.png': 'image/png', '.c2pa': 'application/c2pa' };
const require = createRequire(import.meta.url);
const args = process.argv.slice(2);
const trustAt = args.indexOf('--trust');
const roots = trustAt < 0 ? null : args.splice(trustAt, 2)[1];

const settings = { verify: { remote_manifest_fetch: false, ocsp_fetch: false } };
if (roots) {
  settings.trust = { trust_anchors: readFileSync(roots, 'utf8') };
  settings.verify.verify_trust = true;
}

async function read(file) {
  const reader = await WasmReader.fromBytes(MIME[extname(file)], new Uint8Array(readFileSync(file)), JSON.stringify(settings));
  const store = JSON.parse(reader.json());
  const active = store.manifests[store.active_manifest];
  const results = store.validation_results;
  const codes = (kind) => (results?.activeManifest?.[kind] ?? []).map((s) => s.code);
  const deltas = (kind) => (results?.ingredientDeltas ?? []).flatMap((d) => (d.validationDeltas[kind] ?? []).map((s) => s.code));
  return {
    state: store.validation_state,
    active_manifest: store.active_manifest,
    claim_version: active.claim_version,
    success: codes('success'), informational: codes('informational'), failure: codes('failure'),
    changes: (active.assertions ?? []).filter((a) => a.label.startsWith('c2pa.actions')).flatMap((a) => a.data.actions).flatMap((a) => a.changes ?? []),
    assertions: (active.assertions ?? []).map((a) => a.label),
    ingredients: (active.ingredients ?? []).map((i) => ({ title: i.title, relationship: i.relationship, manifest: i.active_manifest })),
    ingredient_success: deltas('success'), ingredient_failure: deltas('failure'),
  };
}

initSync({ module: readFileSync(require.resolve('@contentauth/c2pa-wasm/c2pa.wasm')) });
const answers = [];
for (const file of args) {
  try {
    answers.push({ file, ...await read(file) });
  } catch (e) {
    answers.push({ file, state: 'Error', error: String(e?.message ?? e), success: [], informational: [], failure: [] });
  }
}
console.log(JSON.stringify(answers, null, 1));
