"""A pager for the demo: takes the signed webhooks by which the desk calls people, prints each, and shows the last ones.

    pager.py --port PORT --key-file FILE
"""
import argparse
import base64
import hashlib
import hmac
import http.server
import json
import pathlib

BODY = 256 << 10  # bytes of a call at most
SHOWN = 50


class Handler(http.server.BaseHTTPRequestHandler):
  protocol_version = "HTTP/1.1"
  timeout = 15

  def do_POST(self):
    length = int(self.headers.get("Content-Length") or 0)
    if not 0 < length <= BODY:
      return self.answer(413, {"detail": f"1 to {BODY} bytes were expected"})
    body = self.rfile.read(length)
    # Standard Webhooks 1.0.
    signed = b".".join((self.headers.get(name, "").encode() for name in ("webhook-id", "webhook-timestamp"))) + b"." + body
    mark = "v1," + base64.b64encode(hmac.new(self.server.key, signed, hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(mark, self.headers.get("webhook-signature", "")):
      return self.answer(401, {"detail": "the signature does not match"})
    try:
      call = json.loads(body)
    except ValueError:
      return self.answer(400, {"detail": "JSON was expected"})
    self.server.calls = (self.server.calls + [call])[-SHOWN:]
    print(f"{call.get('type')}: {(call.get('data') or {}).get('summary', '')}", flush=True)
    return self.answer(200, {"taken": True})

  def do_GET(self):
    self.answer(200, {"calls": self.server.calls})

  def answer(self, status, document):
    content = json.dumps(document).encode()
    self.send_response(status)
    self.send_header("Content-Type", "application/json")
    self.send_header("Content-Length", str(len(content)))
    self.end_headers()
    self.wfile.write(content)

  def log_message(self, *_):
    pass


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("--port", type=int, required=True)
  parser.add_argument("--key-file", type=pathlib.Path, required=True)
  options = parser.parse_args()
  server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
  server.daemon_threads = True
  server.key, server.calls = options.key_file.read_text().strip().encode(), []
  server.serve_forever()


if __name__ == "__main__":
  main()
