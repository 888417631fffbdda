"""One JSON request over HTTP, without redirects and proxies."""
import contextlib
import http.client
import json
import urllib.parse

from canonical import canonical

LIMIT = 4 << 20  # bytes of an answer


def call(method, url, body=None, **headers):
  """(status, JSON, headers) of the answer; a header argument's `_` stands for `-`.

  OSError: there was no usable answer, or one with a status of 500 or more, so the other side may or may not have acted.
  """
  place = urllib.parse.urlsplit(url)
  kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
  sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
  with contextlib.closing(kind(place.netloc, timeout=10)) as connection:
    try:
      target = urllib.parse.urlunsplit(("", "", place.path or "/", place.query, ""))
      connection.request(method, target, None if body is None else canonical(body), sent)
      answer = connection.getresponse()
      content = answer.read(LIMIT + 1)
      if answer.status >= 500 or len(content) > LIMIT:
        raise OSError(f"{place.netloc} answered {answer.status} with {len(content)} bytes")
      return answer.status, json.loads(content), answer.headers
    except (http.client.HTTPException, ValueError, RecursionError) as error:
      raise OSError(f"{place.netloc}: {type(error).__name__}") from error
