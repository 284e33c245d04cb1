// Signs with the official implementation: how the golden files in tests/data/c2pa were made (see make_golden.sh).
//   node sign.mjs DEF.json IN OUT KEY.pem CHAIN.pem es256|ed25519|ps256 [--parent] [--thumbnail]
// --thumbnail: IN is embedded as its own thumbnail. --parent: IN becomes the parentOf ingredient, with its own manifest if it has one.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { createRequire } from 'node:module';
import { constants, createPrivateKey, sign } from 'node:crypto';
import { initSync, WasmBuilder } from '@contentauth/c2pa-wasm';

// The module expects a browser's worker: a Blob over a buffer, and a reader that does not wait.
class BufferBlob extends Blob {
  constructor(bytes, type) { super([]); this.bytes = bytes; this.kind = type; }
  get size() { return this.bytes.length; }
  get type() { return this.kind ?? ''; }
  slice(start, end) { return new BufferBlob(this.bytes.subarray(start, end), this.kind); }
  async arrayBuffer() { return this.bytes.slice().buffer; }
}
globalThis.FileReaderSync = class { readAsArrayBuffer(blob) { return blob.bytes.slice().buffer; } };

const require = createRequire(import.meta.url);
initSync({ module: readFileSync(require.resolve('@contentauth/c2pa-wasm/c2pa.wasm')) });
const args = process.argv.slice(2);
const isParent = args.includes('--parent');
const hasThumbnail = args.includes('--thumbnail');
const [definition, input, output, keyFile, chainFile, alg] = args.filter((a) => !a.startsWith('--'));
const format = { mp4: 'video/mp4', mov: 'video/quicktime', png: 'image/png', jpg: 'image/jpeg' }[input.split('.').pop()];
const key = createPrivateKey(readFileSync(keyFile));
const chain = readFileSync(chainFile, 'utf8').match(/-----BEGIN CERT[\s\S]+?END CERTIFICATE-----/g)
  .map((pem) => Buffer.from(pem.replace(/-----.*?-----|\s/g, ''), 'base64'));

const head = (major, n) => n < 24 ? Buffer.from([major << 5 | n]) : n < 256 ? Buffer.from([major << 5 | 24, n])
  : Buffer.from([major << 5 | 25, n >> 8, n & 255]);
const bytes = (b) => Buffer.concat([head(2, b.length), b]);
const string = (s) => Buffer.concat([head(3, s.length), Buffer.from(s)]);
const COSE_ALG = { es256: -7, ed25519: -8, ps256: -37 };
const rawSign = {
  es256: (m) => sign('sha256', m, { key, dsaEncoding: 'ieee-p1363' }),
  ed25519: (m) => sign(null, m, key),
  ps256: (m) => sign('sha256', m, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
}[alg];

const RESERVED = 4000;  // the COSE box must be exactly this long, or offsets and hashes are wrong
const signer = { alg, reserveSize: RESERVED, sign: async (claim) => {
  const protectedHeader = Buffer.concat([head(5, 2), head(0, 1), head(1, -1 - COSE_ALG[alg]), Buffer.from([0x18, 33]),
    head(4, chain.length), ...chain.map(bytes)]);
  const signature = rawSign(Buffer.concat([head(4, 4), string('Signature1'), bytes(protectedHeader), bytes(Buffer.alloc(0)),
    bytes(Buffer.from(claim))]));
  const cose = (pad) => Buffer.concat([Buffer.from([0xd2, 0x84]), bytes(protectedHeader), Buffer.from([0xa1]), string('pad'),
    bytes(Buffer.alloc(pad)), Buffer.from([0xf6]), bytes(signature)]);
  const out = cose(RESERVED - cose(300).length + 300);
  if (out.length !== RESERVED) throw new Error('the padding gives ' + out.length);
  return new Uint8Array(out);
} };

const blob = () => new BufferBlob(new Uint8Array(readFileSync(input)), format);
const settings = { builder: { thumbnail: { enabled: false } }, verify: { verify_after_sign: false, remote_manifest_fetch: false } };
if (isParent) settings.builder.actions = { auto_opened_action: { enabled: true } };
const builder = WasmBuilder.fromJson(readFileSync(definition, 'utf8'), JSON.stringify(settings));
if (isParent) await builder.addIngredientFromBlob(JSON.stringify({ title: basename(input), relationship: 'parentOf' }), format, blob());
if (hasThumbnail) builder.setThumbnailFromBlob(format, blob());
writeFileSync(output, await builder.sign(signer, [], format, blob()));
