"""Stand-ins of PagerDuty (Events API v2), Slack (incoming webhook) and a receiver of signed webhooks (Standard Webhooks 1.0).

They look at every field as the real ones do, and answer as they are told: 429 with Retry-After, 500, nothing at all, or 2xx.
"""
import base64
import collections
import hashlib
import hmac
import http.server
import json
import re
import threading
import time

TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$")
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
RETRY_AFTER = 4
SECRET = "a secret of a mail gateway, 32+".replace(" ", "-")


def pagerduty_mistakes(event):
  """What PagerDuty would refuse, or cut."""
  found = []

  def want(holds, what):
    if not holds:
      found.append(what)
  want(event.get("routing_key") == ROUTING_KEY, "routing_key: the integration's 32 characters were expected")
  want(event.get("event_action") in ("trigger", "acknowledge", "resolve"), f"event_action: {event.get('event_action')}")
  want(isinstance(event.get("dedup_key"), str) and 0 < len(event["dedup_key"]) <= 255, "dedup_key: 1 to 255 characters")
  unknown = set(event) - {"routing_key", "event_action", "dedup_key", "payload", "images", "links", "client", "client_url"}
  want(not unknown, f"members that nobody knows: {unknown}")
  if event.get("event_action") != "trigger":
    return found
  payload = event.get("payload") or {}
  for name, most in (("summary", 1024), ("source", 255)):
    want(isinstance(payload.get(name), str) and 0 < len(payload[name]) <= most, f"payload.{name}: 1 to {most} characters")
  want(payload.get("severity") in ("critical", "error", "warning", "info"), f"payload.severity: {payload.get('severity')}")
  want(TIMESTAMP.match(payload.get("timestamp", "")), f"payload.timestamp: {payload.get('timestamp')}")
  want(isinstance(payload.get("custom_details", {}), dict), "payload.custom_details: an object")
  unknown = set(payload) - {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}
  want(not unknown, f"members of payload that nobody knows: {unknown}")
  want(all(link.get("href", "").startswith("http") and link.get("text") for link in event.get("links", [])), "links: href and text")
  return found


def slack_mistakes(body):
  text = body.get("text")
  if not isinstance(text, str) or not 0 < len(text) <= 40_000:
    return ["text: 1 to 40,000 characters"]
  links = re.sub(r"<https?://[^|>\s]+\|[^<>|]+>", "", text)
  return ["a mention or a broken link: <, > and & are written as entities"] if re.search(r"[<>]|&(?!amp;|lt;|gt;)", links) else []


def signature_mistakes(headers, content):
  id, at, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
  if not id or not at.isdigit() or abs(time.time() - int(at)) > 300:
    return ["webhook-id or webhook-timestamp"]
  code = base64.b64encode(hmac.digest(SECRET.encode(), f"{id}.{at}.".encode() + content, hashlib.sha256)).decode()
  return [] if f"v1,{code}" in given.split(" ") else ["webhook-signature"]


class Alerting:
  """`plan(channel, …)` says what the next calls are answered with; after them all is well."""

  def __init__(self):
    self.lock, self.plans = threading.Lock(), collections.defaultdict(collections.deque)
    # (channel, body, id, when, answer): in the order of arrival. What was not answered has arrived all the same.
    self.calls, self.mistakes, self.pause = [], [], 0
    outer = self

    class Handler(http.server.BaseHTTPRequestHandler):
      protocol_version = "HTTP/1.1"

      def do_POST(self):
        outer.take(self)

      def log_message(self, *arguments):
        pass
    self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    self.server.daemon_threads = True
    self.port = self.server.server_address[1]
    threading.Thread(target=self.server.serve_forever, daemon=True).start()

  def plan(self, channel, *answers):
    with self.lock:
      self.plans[channel] = collections.deque(answers)

  def take(self, request):
    channel = request.path.strip("/")
    content = request.rfile.read(int(request.headers.get("Content-Length", 0)))
    body = json.loads(content)
    found = {"pagerduty": lambda: pagerduty_mistakes(body), "slack": lambda: slack_mistakes(body),
             "email": lambda: signature_mistakes(request.headers, content)}[channel]()
    if len(content) > 512 << 10 or "json" not in request.headers.get("Content-Type", ""):
      found.append("JSON of at most 512 KiB was expected")
    with self.lock:
      answer = self.plans[channel].popleft() if self.plans[channel] else 202 if channel == "pagerduty" else 200
      self.mistakes += [(channel, mistake) for mistake in found]
      self.calls.append((channel, body, request.headers.get("webhook-id"), time.time(), answer))
    if answer == "silence":
      time.sleep(25)
      request.close_connection = True
      return
    time.sleep(self.pause)
    text = b'{"status":"success"}' if answer == 202 else b"ok" if answer == 200 else b"not now"
    try:
      request.send_response(answer)
      if answer == 429:
        request.send_header("Retry-After", str(RETRY_AFTER))
      request.send_header("Content-Length", str(len(text)))
      request.end_headers()
      request.wfile.write(text)
    except OSError:
      pass  # whoever asked is dead

  def heard(self, channel, action=None, key=None):
    """Bodies that the receiver has taken, silence among them, in order; the same event again is one."""
    with self.lock:
      calls = [(body, id) for name, body, id, _, answer in self.calls if name == channel and answer in (200, 202, "silence")]
    taken = {}
    for body, id in calls:
      if action in (None, body.get("event_action")) and key in (None, body.get("dedup_key")):
        taken.setdefault(id or json.dumps(body, sort_keys=True), body)
    return list(taken.values())

  def since(self, channel, moment):
    with self.lock:
      return [body for name, body, _, at, _ in self.calls if name == channel and at >= moment]

  def impatient(self):
    """Those that were sent again sooner than a 429 asked for."""
    with self.lock:
      calls, found = list(self.calls), []
    for at, (channel, body, id, when, answer) in enumerate(calls):
      if answer == 429:
        again = next((later for name, other, other_id, later, _ in calls[at + 1:] if (name, other, other_id) == (channel, body, id)), None)
        found += [(channel, again - when)] if again and again - when < RETRY_AFTER - 0.2 else []
    return found

  def answers(self, channel):
    with self.lock:
      return [answer for name, _, _, _, answer in self.calls if name == channel]
