"""Breaking the glass as somebody at the demo's page does it: a fresh sign-in by their card, and a form that their own key signs."""
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request

from own_key import own_key


class Still(urllib.request.HTTPRedirectHandler):
  """A redirect is an answer."""

  def redirect_request(self, *_):
    return None


OPENER = urllib.request.build_opener(Still)


def page(url, cookie="", form=None):
  """(status, text, cookie) of a page, or of a form that is sent."""
  data = None if form is None else urllib.parse.urlencode(form).encode()
  request = urllib.request.Request(url, data, {"Cookie": cookie} if cookie else {})
  try:
    answer = OPENER.open(request, timeout=20)
  except urllib.error.HTTPError as error:
    answer = error
  with answer:
    return answer.status, answer.read().decode(errors="replace"), (answer.headers.get("Set-Cookie") or "").partition(";")[0]


def grant(key, case, reason, ticket, minutes, **changes):
  """The members of a form that say who breaks the glass."""
  claims = {"jti": secrets.token_hex(16), "case": case, "reason": reason, "ticket": ticket, "minutes": minutes, "person_iss": key.me["issuer"],
            "sub": key.me["id"], "iat": int(time.time())} | changes
  return {"own": key.sign("countersign-glass+jwt", claims), "own_key": key.certificate}


def break_glass(desk, token, name, case, reason, ticket, minutes=60):
  """(status, text): 303 where policy has been asked."""
  _, _, cookie = page(f"{desk}/sign-in", form={"person": name})
  status, text, _ = page(f"{desk}/tasks/{case}", cookie)
  session = re.search(r'data-session="([^"]+)"', text)
  if status != 200 or not session:
    return status, text
  form = {"token": session[1], "key": secrets.token_hex(8), "reason": reason, "ticket": ticket, "minutes": minutes, "confirm": "yes"}
  status, text, _ = page(f"{desk}/tasks/{case}/break-glass", cookie, form | grant(own_key(desk, token), case, reason, ticket, minutes))
  alert = re.search(r'<p class="notice alert" role="alert">([^<]*)', text)
  return status, alert[1] if alert else text[:200]


def review_of(grant_id):
  """The case under which somebody is asked whether it was justified."""
  return "-".join((grant_id[:8], grant_id[8:12], grant_id[12:16], grant_id[16:20], grant_id[20:]))
