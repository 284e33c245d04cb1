"""A time-stamp authority for tests: answers RFC 3161 over HTTP with `openssl ts`, under a root of its own.

tsa.py FOLDER: makes keys in FOLDER (root.pem is the root), prints the port, and serves until its standard input ends."""

import http.server
import pathlib
import subprocess
import sys
import threading

folder = pathlib.Path(sys.argv[1]).resolve()
folder.mkdir(parents=True, exist_ok=True)
(folder / "leaf.cnf").write_text("keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"
                                 "basicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
(folder / "tsa.cnf").write_text(f"""[tsa]
default_tsa = it
[it]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/leaf.pem
certs = {folder}/root.pem
signer_key = {folder}/leaf.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
""")
(folder / "serial").write_text("01\n")


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=folder)


for name in ("root", "leaf"):
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
openssl("req", "-x509", "-new", "-key", "root.key", "-subj", "/O=Understudy tests/CN=Time root", "-days", "30", "-out", "root.pem",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign")
openssl("req", "-new", "-key", "leaf.key", "-subj", "/O=Understudy tests/CN=Time authority", "-out", "leaf.csr")
openssl("x509", "-req", "-sha256", "-days", "30", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial",
        "-extfile", "leaf.cnf", "-out", "leaf.pem")


class Authority(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        question = self.rfile.read(int(self.headers["Content-Length"]))
        (folder / "question.tsq").write_bytes(question)
        if self.path == "/other":  # an answer to another question
            question = (folder / "first.tsq").read_bytes()
        elif not (folder / "first.tsq").exists():
            (folder / "first.tsq").write_bytes(question)
        (folder / "asked.tsq").write_bytes(question)
        openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "asked.tsq", "-out", "answer.tsr")
        answer = b"hello" if self.path == "/rubbish" else (folder / "answer.tsr").read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *words):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Authority)
print(server.server_port, flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
server.serve_forever()
