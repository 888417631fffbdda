"""Identity: signing in by a provider of somebody else's, its tokens at the APIs, and every way in which an access ends.

    identity.py BIN RUN --brokers HOST:PORT --base PORT --provider PORT

RUN is the folder of a running installation whose IDENTITY names the provider on that port; the provider is started here.
"""
import argparse
import base64
import hashlib
import json
import os
import pathlib
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.parse

import jwt

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))

from outside.browser import Browser, log_in  # noqa: E402
from own_key import Device  # noqa: E402
from road import Road, call  # noqa: E402

SAMPLES = pathlib.Path(__file__).parents[1] / "workflows" / "reply-draft" / "samples"
PROVIDER = pathlib.Path(__file__).parent / "outside" / "provider.py"
PEOPLE = {"P-ada": {"groups": ["cs-support-agents"]}, "P-lena": {"groups": ["cs-support-agents", "cs-support-verifiers", "cs-finance-leads"]},
          "P-noor": {"groups": ["cs-support-leads"]}, "P-ivo": {"groups": ["CN=Duty"]}, "P-eve": {"groups": ["cs-support-agents"]},
          "P-ben": {"groups": ["support-verifiers"]}}


class Here:
  def __init__(self, options):
    self.options, self.keys = options, options.run / "keys"
    self.desk, self.policy = f"http://127.0.0.1:{options.base + 4}", f"http://127.0.0.1:{options.base + 2}"
    self.issuer = f"http://127.0.0.1:{options.provider}/o"
    self.secret = (options.run / "client-secret").read_text().strip()
    self.road = Road(options.brokers)
    self.passed = self.failed = 0

  def hold(self, name, condition, found=""):
    print(f"{'ok  ' if condition else 'FAIL'} {name}" + ("" if condition else f": {str(found)[:400]}"), flush=True)
    self.passed, self.failed = self.passed + bool(condition), self.failed + (not condition)
    return condition

  def until(self, seconds, condition):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
      self.road.read()
    return found

  # The provider.

  def start_provider(self):
    log = open(self.options.run / "logs" / "provider.log", "ab")
    self.process = subprocess.Popen([sys.executable, PROVIDER, str(self.options.provider), self.options.run, self.desk, self.options.run / "client-secret"],
                                    stdout=log, stderr=log)
    (self.options.run / "pids" / "provider").write_text(str(self.process.pid))

    def answers():
      try:
        return Browser().get(f"{self.issuer}/.well-known/openid-configuration").status == 200
      except OSError:
        time.sleep(0.2)
    if not self.until(60, answers):
      raise SystemExit("the provider does not start; see logs/provider.log")
    self.control("people", PEOPLE)

  def stop_provider(self):
    os.kill(self.process.pid, signal.SIGTERM)
    self.process.wait(20)

  def control(self, what, body=None):
    status, answer = call("POST", f"http://127.0.0.1:{self.options.provider}/control/{what}", None, body or {})
    if status != 200:
      raise SystemExit(f"the provider answered {status} {answer}")
    return answer

  # Ways in.

  def sign_in(self, name, browser=None, to="/", key=""):
    """(browser, page of the callback). `key` is the thumbprint of a key that the sign-in is to bind."""
    browser = browser or Browser()
    back = log_in(browser, browser.get(f"{self.desk}/sign-in?" + urllib.parse.urlencode({"to": to, "key": key})), name)
    return browser, browser.get(back)

  def tokens(self, name, browser=None):
    """What a program gets that signs somebody in by itself: the provider's token response."""
    verifier = secrets.token_urlsafe(40)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    redirect = f"{self.desk}/sign-in/callback"
    page = argparse.Namespace(location=f"{self.issuer}/authorize/?" + urllib.parse.urlencode({
      "response_type": "code", "client_id": "countersign", "redirect_uri": redirect, "scope": "openid profile", "state": "s", "nonce": "n",
      "code_challenge": challenge, "code_challenge_method": "S256"}))
    back = log_in(browser or Browser(), page, name)
    code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))["code"]
    basic = base64.b64encode(f"countersign:{self.secret}".encode()).decode()
    page = Browser().post(f"{self.issuer}/token/", {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": redirect},
                          headers={"Authorization": f"Basic {basic}"})
    return json.loads(page.text)

  def me(self, token):
    return call("GET", f"{self.desk}/v1/me", token)

  # Work.

  def send(self, number, thread):
    sample = json.loads((SAMPLES / "rd-0001.json").read_text()) | {"id": f"identity-{number}"}
    sample["data"] |= {"thread": thread}
    status, answer = call("POST", f"http://127.0.0.1:{self.options.base + 1}/v1/items", (self.keys / "tokens" / sample["source"]).read_text().strip(), sample)
    if status != 202:
      raise SystemExit(f"intake answered {status} {answer}")
    case = answer["case"]
    if not self.until(60, lambda: self.road.cases[case].get("open")):
      raise SystemExit(f"nobody is asked about {case}")
    # The reviewer reads the same topic.
    self.until(10, lambda: call("GET", f"{self.desk}/v1/tasks/{case}", (self.keys / "people" / "P-ada").read_text().strip())[0] == 200)
    return case

  def decide(self, browser, case):
    """The status of an approval from the page."""
    page = browser.get(f"{self.desk}/tasks/{case}")
    form = {name: page.field(name) or "" for name in ("token", "version", "view")}
    return browser.post(f"{self.desk}/tasks/{case}/decision", form | {"verb": "approve", "confirm": "yes", "key": secrets.token_hex(8)})


def way_in(here):
  browser, page = here.sign_in("P-ada")
  line = next((line for name, line in browser.attributes.items() if name == "countersign"), "")
  here.hold("somebody signs in by the provider", page.status == 303 and page.location == f"{here.desk}/", (page.status, page.text[:300]))
  here.hold("the cookie is for the browser alone", "HttpOnly" in line and "SameSite=Lax" in line, line)
  home = browser.get(f"{here.desk}/")
  here.hold("and is who the provider says", home.status == 200 and "Ada Moreau" in home.text, home.text[:300])
  here.hold("without a session there is a way in and nothing else", Browser().get(f"{here.desk}/").status == 401)
  stranger, page = here.sign_in("P-eve")
  here.hold("whom the directory does not know does not come in", page.status == 403 and stranger.get(f"{here.desk}/").status == 401, page.status)
  other, page = here.sign_in("P-lena")
  status, me = here.me(here.tokens("P-lena")["access_token"])
  here.hold("groups are those that provider and directory name", status == 200 and sorted(me["groups"]) == ["support-agents", "support-verifiers"], me)
  status, me = here.me(here.tokens("P-ben")["access_token"])
  here.hold("a group without the prefix does not count", status == 200 and me["groups"] == [], me)
  here.hold("the API names who vouches", me.get("issuer") == here.issuer, me)
  return browser


def work(here, browser):
  """A case from the page on; what it comes to is looked at later, while other things are waited for. - Returns: the case."""
  case = here.send(1, "M-4001")
  page = here.decide(browser, case)
  here.hold("an approval from the page is taken", page.status == 303, (page.status, page.text[:300]))
  return case


def action(here, case):
  """The approval names the provider, and policy counts it by itself."""
  here.until(90, lambda: here.road.cases[case].get("outcome"))
  outcome = (here.road.cases[case].get("outcome") or {}).get("outcome")
  here.hold("and leads to the action", outcome == "executed", (outcome, here.road.cases[case]["decisions"]))
  permits = here.road.cases[case]["permits"]
  approvals = jwt.decode(permits[0]["permit"], options={"verify_signature": False})["approvals"] if permits else []
  claims = jwt.decode(approvals[0], options={"verify_signature": False}) if approvals else {}
  here.hold("the approval says who vouches and how the person signed in",
            claims.get("person_iss") == here.issuer and claims.get("sub") == "P-ada" and claims.get("amr") == "pwd" and claims.get("person_claim") == "P-ada" and abs(claims.get("auth_time", 0) - time.time()) < 600, claims)


def own_keys(here):
  """A key that a sign-in binds, and what the reviewer service, or a thief of what it has, cannot make of it."""
  device, other = Device(), Device()
  browser, _ = here.sign_in("P-ada", key=device.kid)
  token = browser.get(f"{here.desk}/").field("token")
  page = browser.post(f"{here.desk}/keys", {"token": token, "jwk": json.dumps(device.jwk)})
  known = json.loads(page.text)
  here.hold("the key with which the sign-in began is registered with policy", page.status == 201 and known.get("kid") == device.kid
            and known.get("person") == "P-ada", page.text[:300])
  page = browser.post(f"{here.desk}/keys", {"token": token, "jwk": json.dumps(other.jwk)})
  here.hold("another key is not", page.status == 403 and "key.sign_in" in page.text, page.text[:300])
  listed = call("GET", f"{here.policy}/v1/decision-keys?person=P-ada")[1]["keys"]
  here.hold("policy names the one, and what showed whose it is", [(key["kid"], key["proof"]) for key in listed] == [(device.kid, "sign-in")], listed)
  identity = here.tokens("P-ada")["id_token"]
  for name, body in (("an ID token of another sign-in makes no key anybody's", {"jwk": other.jwk, "identity": identity, "salt": "n" * 43}),
                     ("nor does one that is no token", {"jwk": other.jwk, "identity": "a.b.c", "salt": "n" * 43})):
    status, answer = call("POST", f"{here.policy}/v1/decision-keys", None, body)
    here.hold(name, (status, answer.get("code")) == (403, "key.proof"), (status, answer))
  status, answer = call("POST", f"{here.policy}/v1/decision-keys", None, {"jwk": other.jwk})
  here.hold("without a word of the person's there is no registration", status == 401, (status, answer))
  page = browser.get(f"{here.desk}/keys")
  here.hold("the page lists it", page.status == 200 and device.kid[:12] in page.text, page.text[:300])
  device.certificate = known["certificate"]
  ending = device.sign("countersign-key-end+jwt", {"kid": device.kid, "iat": int(time.time())})
  page = browser.post(f"{here.desk}/keys/end", {"token": token, "kid": device.kid, "ending": ending, "certificate": device.certificate})
  here.hold("its own signature takes it out of use", page.status == 200, page.text[:300])
  page = browser.post(f"{here.desk}/keys", {"token": token, "jwk": json.dumps(device.jwk)})
  here.hold("and the same sign-in does not bring it back", page.status == 409 and "key.ended" in page.text, page.text[:300])


def answers(here):
  """What an attacker sends to the callback."""
  browser = Browser()
  began = browser.get(f"{here.desk}/sign-in")
  here.hold("PKCE and nonce go along", all(began.query(name) for name in ("code_challenge", "nonce", "state")) and began.query("code_challenge_method") == "S256", began.location)
  back = log_in(browser, began, "P-ada")
  flow = dict(browser.jar[urllib.parse.urlsplit(here.desk).netloc])
  bad = re.sub(r"state=[^&]*", "state=guessed", back)
  here.hold("a guessed state is refused", browser.get(bad).status == 400)
  here.hold("an answer in a browser that began nothing is refused (login CSRF)", Browser().get(back).status == 400)
  browser.jar[urllib.parse.urlsplit(here.desk).netloc] = dict(flow)
  first = browser.get(back)
  browser.jar[urllib.parse.urlsplit(here.desk).netloc] = dict(flow)
  again = browser.get(back)
  here.hold("a code counts once", first.status == 303 and again.status == 400, (first.status, again.status))
  for place in ("https://evil.example/", "//evil.example", "/\\evil.example", "/tasks/../../x"):
    _, page = here.sign_in("P-ada", to=place)
    here.hold(f"nobody is sent to {place}", page.status == 303 and page.location == f"{here.desk}/", page.location)
  page = Browser().get(f"{here.desk}/sign-in", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
  here.hold("a forged host changes no address", (page.query("redirect_uri") or "").startswith(here.desk), page.location)
  attacker, _ = here.sign_in("P-noor")
  victim = Browser()
  host = urllib.parse.urlsplit(here.desk).netloc
  planted = attacker.jar[host]["countersign"]
  victim.jar[host] = {"countersign": planted}
  here.sign_in("P-ada", victim)
  here.hold("a planted session is not the new one (fixation)", victim.jar[host]["countersign"] != planted and attacker.get(f"{here.desk}/").status == 401)
  case = here.send(2, "M-4002")
  for name, form in (("none", {}), ("another session's", {"token": attacker.get(f"{here.desk}/").field("token") or "x"})):
    page = victim.post(f"{here.desk}/tasks/{case}/claim", form)
    here.hold(f"a form with the mark of {name} is refused (CSRF)", page.status == 403, page.status)
  policy = victim.get(f"{here.desk}/").headers.get("Content-Security-Policy") or ""
  here.hold("no other site may show the page (clickjacking)", "frame-ancestors 'none'" in policy and "default-src 'none'" in policy, policy)


def programs(here):
  tokens = here.tokens("P-ivo")
  access = tokens["access_token"]
  here.hold("a token of the provider opens the API", here.me(access)[0] == 200, here.me(access))
  bad = {
    "an ID token": tokens["id_token"], "a refresh token": tokens["refresh_token"], "one without its signature": access.rsplit(".", 1)[0] + ".",
    "alg none": ".".join([base64.urlsafe_b64encode(b'{"alg":"none","kid":"x"}').rstrip(b"=").decode(), access.split(".")[1], ""]),
    "a longer one": access + "A", "another key's": jwt.encode(jwt.decode(access, options={"verify_signature": False}), secrets.token_bytes(32), "HS256",
                                                              headers={"kid": jwt.get_unverified_header(access)["kid"]}),
  }
  for name, token in bad.items():
    here.hold(f"{name} does not", here.me(token)[0] == 401, here.me(token))
  file = here.options.run / "jwt.token"
  file.write_text(here.tokens("P-ben")["access_token"])
  stop = [here.options.bin / "countersign", "stop", "reply-draft", "--reason", "a test", "--policy", here.policy, "--token-file", file]
  answer = subprocess.run(stop, capture_output=True, text=True)
  here.hold("policy takes tokens of the provider, and roles from them", answer.returncode != 0 and "403" in answer.stderr, answer.stdout + answer.stderr)
  file.write_text(here.tokens("P-ivo")["access_token"])
  answer = subprocess.run(stop, capture_output=True, text=True)
  here.hold("a duty officer stops a workflow with one", answer.returncode == 0, answer.stdout + answer.stderr)
  file.unlink()
  for name in ("P-ivo", "P-noor"):
    status, said = call("POST", f"{here.policy}/v1/starts", here.tokens(name)["access_token"], {"workflow": "reply-draft"})
  here.hold("and two people start it again", status == 200, said)


def rotation(here, browser):
  """Keys change while people work: twice, so that the first is published no more."""
  old = here.tokens("P-noor")["access_token"]
  for _ in range(2):
    here.control("rotate")
  new = here.tokens("P-noor")["access_token"]
  here.hold("a token under a new key is taken once its key was asked for", here.until(15, lambda: here.me(new)[0] == 200), here.me(new))
  if time.time() < jwt.decode(old, options={"verify_signature": False})["iat"] + 55:
    here.hold("one under a withdrawn key is not", here.me(old)[0] == 401, here.me(old))
  here.hold("whoever is signed in stays", browser.get(f"{here.desk}/").status == 200)
  _, page = here.sign_in("P-lena")
  here.hold("and others sign in", page.status == 303, page.status)


def endings(here):
  # A group that is taken away.
  browser, _ = here.sign_in("P-lena")
  case = here.send(3, "M-4003")
  token = browser.get(f"{here.desk}/tasks/{case}").field("token")
  claimed = browser.post(f"{here.desk}/tasks/{case}/claim", {"token": token}).status
  here.hold("she holds a task", claimed == 303, claimed)
  noor, _ = here.sign_in("P-noor")
  began = time.monotonic()
  # An account is disabled at the same time, so that one minute shows both.
  here.control("people", {"P-lena": {"groups": ["cs-support-verifiers"]}, "P-noor": {"disabled": True}})
  ada = (here.keys / "people" / "P-ada").read_text().strip()
  after = {}

  # Nobody uses her page meanwhile: the lease must not wait for that.
  def both():
    time.sleep(1)
    for name, is_over in (("freed", lambda: call("GET", f"{here.desk}/v1/tasks/{case}", ada)[1].get("claim") is None), ("out", lambda: noor.get(f"{here.desk}/").status == 401)):
      if name not in after and is_over():
        after[name] = time.monotonic() - began
    return len(after) == 2
  here.until(70, both)
  freed, out = after.get("freed", 99), after.get("out", 99)
  here.hold(f"a group that was taken away frees her task within 60 s ({freed:.0f} s)", freed <= 60, freed)
  here.hold("she sees it no more", browser.get(f"{here.desk}/tasks/{case}").status == 403)
  here.hold("and is signed in still", browser.get(f"{here.desk}/").status == 200)
  here.hold(f"a disabled account is out within 60 s ({out:.0f} s)", out <= 60, out)
  # Logged out at the provider.
  browser, _ = here.sign_in("P-ivo")
  access = here.tokens("P-ivo")["access_token"]
  token = here.control("logout-token", {"name": "P-ivo"})["token"]
  for name, wrong in (("no token", ""), ("an access token", access), ("a changed one", token[:-6] + "AAAAAA")):
    here.hold(f"back-channel logout by {name} is refused", Browser().post(f"{here.desk}/back-channel-logout", {"logout_token": wrong}).status == 400)
  page = Browser().post(f"{here.desk}/back-channel-logout", {"logout_token": token})
  here.hold("the provider logs somebody out", page.status == 200 and browser.get(f"{here.desk}/").status == 401, page.text)
  here.hold("and his tokens of before are void", here.me(access)[0] == 401)
  # Signing out here.
  browser, _ = here.sign_in("P-ada")
  cookie = dict(browser.jar[urllib.parse.urlsplit(here.desk).netloc])
  page = browser.post(f"{here.desk}/sign-out", {"token": browser.get(f"{here.desk}/").field("token")})
  here.hold("signing out leads on to the provider", page.status == 200 and f"{here.issuer}/logout/" in page.text, page.text[:300])
  browser.jar[urllib.parse.urlsplit(here.desk).netloc] = cookie
  here.hold("and the cookie of before is nobody's", browser.get(f"{here.desk}/").status == 401)


def provider_away(here):
  browser, _ = here.sign_in("P-ada")
  case = here.send(4, "M-4004")
  token = browser.get(f"{here.desk}/tasks/{case}").field("token")
  here.stop_provider()
  stopped = time.monotonic()
  here.hold("while the provider is away people go on for a minute", browser.get(f"{here.desk}/tasks/{case}").status == 200)

  def refused():
    time.sleep(0.5)
    return browser.post(f"{here.desk}/tasks/{case}/claim", {"token": token}).status == 503
  here.hold("then nobody decides", here.until(90, refused) and time.monotonic() - stopped <= 75, time.monotonic() - stopped)
  page = browser.get(f"{here.desk}/tasks/{case}")
  here.hold("and everybody reads, told why", page.status == 200 and "cannot be reached" in page.text, page.status)
  here.hold("nobody new is let in", Browser().get(f"{here.desk}/sign-in").status in (303, 503))
  here.start_provider()


def logs(here):
  found = [name for name in ("reviewer", "policy") if re.search(r"eyJ[\w-]{8,}\.|code-[\w]{8,}", (here.options.run / "logs" / f"{name}.log").read_text())]
  here.hold("no token stands in a log", not found, found)
  text = (here.options.run / "logs" / "reviewer.log").read_text()
  here.hold("each refusal stands there with its class", all(f'"class":"{name}"' in text for name in ("algorithm", "audience", "signature", "person")), text[-600:])


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("bin", type=pathlib.Path)
  parser.add_argument("run", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--base", type=int, required=True)
  parser.add_argument("--provider", type=int, required=True)
  here = Here(parser.parse_args())
  here.start_provider()
  browser = way_in(here)
  case = work(here, browser)
  own_keys(here)
  answers(here)
  programs(here)
  rotation(here, browser)
  endings(here)
  action(here, case)
  provider_away(here)
  logs(here)
  print(f"{here.passed} passed, {here.failed} failed")
  return 1 if here.failed else 0


if __name__ == "__main__":
  sys.exit(main())
