#!/usr/bin/env bash
# Makes the golden files of tests/data/c2pa anew: a root, three leaves, files signed by the official implementation.
#   make_golden.sh READER OUT     READER: the folder with node_modules (build/release/tests/c2pa)
# The keys are thrown away; the certificates hold for 30 years.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
reader=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT
cd "$keys"

openssl ecparam -name prime256v1 -genkey -noout -out root.key
openssl req -x509 -new -key root.key -subj "/O=Understudy tests/CN=Golden root" -days 11000 -out "$out/root.pem" \
  -addext keyUsage=critical,keyCertSign,cRLSign
printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature \
  extendedKeyUsage=emailProtection,1.3.6.1.4.1.62558.2.1 subjectKeyIdentifier=hash authorityKeyIdentifier=keyid > leaf.cnf
openssl ecparam -name prime256v1 -genkey -noout -out es256.key
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out ps256.key 2> /dev/null
openssl genpkey -algorithm ed25519 -out ed25519.key
for alg in es256 ps256 ed25519; do
  openssl req -new -key $alg.key -subj "/O=Understudy tests/CN=Golden signer $alg" -out $alg.csr
  openssl x509 -req -sha256 -days 10950 -in $alg.csr -CA "$out/root.pem" -CAkey root.key -CAserial root.srl -CAcreateserial -extfile leaf.cnf -out $alg.pem 2> /dev/null
done

cp "$here/sign.mjs" "$reader/"
sign() { node "$reader/sign.mjs" "$here/definitions/$1.json" "$2" "$out/$3" "$4.key" "$4.pem" "${@:4}"; }
picture=testsrc2=s=64x48:d=1:r=5
ffmpeg -v error -y -f lavfi -i $picture -f lavfi -i sine=d=1 -c:v libx264 -pix_fmt yuv420p -c:a aac plain.mp4
ffmpeg -v error -y -f lavfi -i $picture -c:v mjpeg plain.mov
ffmpeg -v error -y -f lavfi -i $picture -frames:v 1 plain.jpg
ffmpeg -v error -y -f lavfi -i $picture -frames:v 1 plain.png
sign created plain.mp4 es256.mp4 es256
sign created plain.mov ps256.mov ps256
sign created plain.jpg ps256.jpg ps256
sign created plain.png ed25519.png ed25519
sign claim_v1 plain.jpg claim_v1.jpg es256 --thumbnail
cp "$out/es256.mp4" first.mp4
sign next_stage first.mp4 second.mp4 ed25519 --parent
mv "$out/second.mp4" .
sign next_stage second.mp4 chain.mp4 es256 --parent
