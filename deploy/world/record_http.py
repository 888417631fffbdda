"""The system of record over HTTP: JSON documents, ETags, idempotent writes, problems as RFC 9457."""
import http.server
import json
import re
import sqlite3
import sys
import threading
import urllib.parse

from canonical import canonical
from record_store import PAGE, Problem, digest
from record_writes import ID, WRITES

BODY = 256 << 10  # bytes of a request body at most
CONNECTIONS = 256  # at once; further ones wait
KEY = re.compile(r"[!-~]{1,128}")
DOCUMENT = re.compile(f"/(tickets|entitlements|invoices|purchase-orders|goods-receipts|classifications)/{ID}")


def parsed(content):
  """Strict JSON: an object, no fractions, no repeated names. Problem: 400."""
  def unique(pairs):
    if len(dict(pairs)) != len(pairs):
      raise ValueError("a repeated name")
    return dict(pairs)
  try:
    value = json.loads(content.decode(), object_pairs_hook=unique)
    canonical(value)
  except (ValueError, RecursionError):
    raise Problem(400, "body.invalid", "expected JSON with integers only and no repeated names") from None
  if not isinstance(value, dict):
    raise Problem(400, "body.invalid", "expected a JSON object")
  return value


class Handler(http.server.BaseHTTPRequestHandler):
  protocol_version = "HTTP/1.1"
  server_version = "record"
  timeout = 15  # seconds of silence on a connection
  wbufsize = -1  # headers and body leave together
  disable_nagle_algorithm = True

  def do_GET(self):
    self.respond(self.read)

  def do_PUT(self):
    self.respond(self.change)

  do_POST = do_PUT

  def respond(self, work):
    with self.server.working:
      try:
        document, headers = work()
        self.answer(200, "application/json", document, headers)
      except Problem as problem:
        self.problem(problem)
      except sqlite3.Error as error:
        self.fail(503, "store.failed", error)
      except (KeyError, TypeError, ValueError) as error:
        self.fail(500, "document.malformed", error)
      self.wfile.flush()

  def fail(self, status, code, error):
    print(f"record: {code}: {type(error).__name__}", file=sys.stderr)
    self.problem(Problem(status, code, "whether the request was carried out, /effects?key= tells"))

  def read(self):
    url = urllib.parse.urlsplit(self.path)
    query = dict(urllib.parse.parse_qsl(url.query, max_num_fields=10))
    document = self.document(url.path, query)
    return document, {"ETag": f'"{digest(document)}"'}

  def document(self, path, query):
    store, match = self.server.store, DOCUMENT.fullmatch(path)
    if match:
      return store.get(match[1], match[2])
    if path == "/mails" and "thread" in query:
      return store.get("mails", query["thread"])
    if path in ("/goods-receipts", "/invoices") and "order" in query:
      return {"order": query["order"], "items": store.of_order(path[1:], query["order"])}
    if path == "/effects":
      since = query.get("since", "0")
      if not re.fullmatch("[0-9]{1,15}", since):
        raise Problem(400, "query.invalid", "expected `since` to be the number of an effect")
      effects = store.effects(int(since), query.get("key"))
      return {"effects": effects, "next": effects[-1]["number"] if len(effects) == PAGE else None}
    if path == "/health":
      return {"status": "ok"} | dict(zip(("documents", "effects"), store.counts()))
    raise Problem(404, "route.unknown", "there is no such resource")

  def restored(self, target):
    text = target if isinstance(target, str) else ""
    match, thread = DOCUMENT.fullmatch(text), re.fullmatch(f"/mails\\?thread={ID}", text)
    kind, id = (match[1], match[2]) if match else ("mails", thread[1] if thread else "")
    document = self.server.store.restore(kind, id)
    return document, {"ETag": f'"{digest(document)}"'}

  def change(self):
    body = parsed(self.body())
    if (self.command, self.path) == ("POST", "/restore"):
      return self.restored(body.get("target"))
    for method, pattern, kind, change in WRITES:
      match = pattern.fullmatch(self.path)
      if match and method == self.command:
        key = self.headers.get("Idempotency-Key", "")
        if not KEY.fullmatch(key):
          raise Problem(400, "key.missing", "expected the header Idempotency-Key of 1 to 128 visible characters")
        id = match[1] if pattern.groups else body.get("thread")
        answer, repeated = self.server.store.write(
          key, method, self.path, kind, id if isinstance(id, str) else "", body, self.headers.get("If-Match"), change)
        return answer, {"ETag": f'"{digest(answer["after"])}"'} | ({"Idempotent-Replayed": "true"} if repeated else {})
    raise Problem(404, "route.unknown", "there is no such resource, or it cannot be written so")

  def body(self):
    length = self.headers.get("Content-Length", "")
    self.close_connection = True  # what is not read now must not be taken for the next request
    if not re.fullmatch("[0-9]{1,9}", length) or "Transfer-Encoding" in self.headers:
      raise Problem(411, "length.missing", "expected the header Content-Length")
    if int(length) > BODY:
      raise Problem(413, "body.large", f"expected at most {BODY} bytes")
    if self.headers.get_content_type() != "application/json":
      raise Problem(415, "type.other", "expected application/json")
    content = self.rfile.read(int(length))
    self.close_connection = self.headers.get("Connection", "").lower() == "close"
    return content

  def problem(self, problem):
    document = {"type": "about:blank", "title": self.responses[problem.status][0], "status": problem.status,
                "code": problem.code, "detail": problem.detail}
    if problem.pointer is not None:
      document["pointer"] = problem.pointer
    self.answer(problem.status, "application/problem+json", document, {})

  def send_error(self, code, message=None, explain=None):
    self.close_connection = True
    self.problem(Problem(code, "request.invalid", "expected an HTTP/1.1 request with GET, PUT or POST"))

  def answer(self, status, type, document, headers):
    content = canonical(document)
    self.send_response(status)
    for name, value in {"Content-Type": type, "Content-Length": str(len(content)), "Cache-Control": "no-store",
                        **headers, **({"Connection": "close"} if self.close_connection else {})}.items():
      self.send_header(name, value)
    self.end_headers()
    self.wfile.write(content)

  def log_message(self, *_):
    """Nothing: requests hold real values, and the effects are the log."""


class Server(http.server.ThreadingHTTPServer):
  daemon_threads = True
  request_queue_size = 128

  def __init__(self, port, store):
    super().__init__(("127.0.0.1", port), Handler)
    self.store, self.working = store, Working()
    self.slots = threading.BoundedSemaphore(CONNECTIONS)

  def process_request(self, request, client):
    self.slots.acquire()
    super().process_request(request, client)

  def process_request_thread(self, request, client):
    try:
      super().process_request_thread(request, client)
    finally:
      self.slots.release()

  def handle_error(self, request, client):
    """A client that went away is no error of ours; what it had asked for is done or not, as its key tells."""


class Working:
  """Counts the requests at work, so that a stop can wait for them."""

  def __init__(self):
    self.changed, self.count = threading.Condition(), 0

  def __enter__(self):
    with self.changed:
      self.count += 1

  def __exit__(self, *_):
    with self.changed:
      self.count -= 1
      self.changed.notify_all()

  def wait(self, seconds):
    with self.changed:
      return self.changed.wait_for(lambda: self.count == 0, seconds)
