"""The settings of all five services, through the real executables.

    config.py BIN WORK        BIN: the folder of the executables, WORK: a folder that may be written

A sound file passes; every mistake is listed with key, value and remedy; a key that nothing reads stops the start, from the
file and from the environment; and nothing that is secret is ever printed.
"""
import os
import pathlib
import secrets
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ("intake", "policy", "model-adapter", "reviewer", "audit")
PASSED, FAILED = [], []


def check(name, holds, shown=""):
  (PASSED if holds else FAILED).append(name)
  if not holds:
    print(f"FAILED {name}\n{shown}")


class Installation:
  """Sound settings for every service, and the secrets in their files."""

  def __init__(self, binaries, folder):
    self.binaries, self.folder = binaries, folder
    shutil.rmtree(folder, ignore_errors=True)
    keys = folder / "keys"
    keys.mkdir(parents=True)
    self.secrets = []
    for name in ("seal", "policy", "reviewer", "audit", "token", "vault", "sampling"):
      secret = secrets.token_hex(32)
      self.secrets.append(secret)
      (keys / f"{name}.key").write_text(secret)
    script = ROOT / "deploy/lib/identities.py"
    subprocess.run([sys.executable, script, keys, ROOT / "deploy/people.yaml", ROOT / "deploy/sources.yaml"], check=True)
    self.secrets += [line.split()[0] for line in (keys / "people.tokens").read_text().splitlines()]
    self.secrets += [(keys / f"{name}.token").read_text().strip() for name in ("admin", "ended")]
    self.secrets += [path.read_text().strip() for path in (keys / "tokens").iterdir()]
    flows = ROOT / "deploy/workflows"
    (keys / "operator.key").write_bytes(secrets.token_bytes(32))
    subprocess.run([binaries / "countersign", "init", flows, "--people", ROOT / "deploy/people.yaml", "--by=P-mia", "--by=P-ivo",
                    "--key", keys / "operator.key", "--out", folder / "genesis.json"], check=True, stdout=subprocess.DEVNULL)
    jwks = folder / "jwks.json"
    common = {"SEAL_KEY_FILE": keys / "seal.key", "LISTEN": "127.0.0.1:0", "ADMIN_TOKEN_FILE": keys / "admin.token"}
    own = {
      "intake": {"WORKFLOWS": flows, "SOURCES": ROOT / "deploy/sources.yaml", "SECRETS": keys, "POLICY_JWKS": jwks,
                 "TOKEN_KEY_FILE": keys / "token.key", "VAULT_KEY_FILE": keys / "vault.key"},
      "policy": {"WORKFLOWS": flows, "GENESIS": folder / "genesis.json", "OPERATOR_JWKS": folder / "operator.jwks.json",
                 "SIGNING_KEY_FILE": keys / "policy.key", "REVIEWER_JWKS": jwks,
                 "SAMPLING_SEED_FILE": keys / "sampling.key", "PEOPLE": ROOT / "deploy/people.yaml",
                 "TOKENS_FILE": keys / "people.tokens", "EXCEPTION_KEYS": keys / "exceptions.jwks"},
      "model-adapter": {"WORKFLOWS": flows, "TOKEN_KEY_FILE": keys / "token.key", "VAULT_KEY_FILE": keys / "vault.key",
                        "POLICY_JWKS": jwks},
      "reviewer": {"WORKFLOWS": flows, "SIGNING_KEY_FILE": keys / "reviewer.key", "PEOPLE": ROOT / "deploy/people.yaml",
                   "TOKENS_FILE": keys / "people.tokens", "SCHEDULES": ROOT / "deploy/schedules.yaml"},
      "audit": {"LEDGER": folder / "ledger", "SIGNING_KEY_FILE": keys / "audit.key", "RETENTION": ROOT / "deploy/retention.yaml",
                "PEOPLE": ROOT / "deploy/people.yaml", "TOKENS_FILE": keys / "people.tokens"},
    }
    self.sound = {name: {**common, "DATABASE": f"sqlite:{folder}/{name}.sqlite", **own[name]} for name in SERVICES}

  def run(self, service, mode, settings, environment=None):
    file = self.folder / f"{service}.conf"
    file.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    clean = {key: value for key, value in os.environ.items() if not key.startswith("COUNTERSIGN_")}
    done = subprocess.run([self.binaries / f"countersign-{service}", mode, file], capture_output=True, text=True,
                          timeout=60, env={**clean, **(environment or {})})
    return done.returncode, done.stdout + done.stderr

  def leaked(self, shown, more=()):
    return [secret for secret in [*self.secrets, *more] if secret in shown]


def lines_for(shown, key):
  return [line for line in shown.splitlines() if line.strip().startswith(key)]


def judge(installation, service):
  sound = installation.sound[service]
  status, shown = installation.run(service, "--check", sound)
  check(f"{service}: sound settings pass", status == 0 and shown.strip() == "ok", shown)

  # A file with six mistakes.
  password = "hunter-" + secrets.token_hex(8)
  pasted = secrets.token_urlsafe(32)
  wrong = {**sound, "LANES": "none", "LISTEN": "here", "LOG_LEVEL": "loud", "SEAL_KEY_FILE": pasted,
           "DATABASE": f"mysql://app:{password}@db/{service}", "SHUTDOWN_SECOND": "5"}
  status, shown = installation.run(service, "--check", wrong)
  check(f"{service}: six mistakes are counted", status == 1 and "6 mistakes in the settings:" in shown, shown)
  for key, value, remedy in (("LANES", "none", "Set it to 4"), ("LISTEN", "here", "127.0.0.1:71"), ("LOG_LEVEL", "loud", "info"),
                             ("SEAL_KEY_FILE", "", "/dev/urandom"), ("DATABASE", "", "sqlite:/"),
                             ("SHUTDOWN_SECOND", "", "Did you mean SHUTDOWN_SECONDS?")):
    found = lines_for(shown, key)
    told = len(found) == 1 and f"{key}{'=' + value if value else ''}: expected " in found[0] and remedy in found[0]
    check(f"{service}: {key} is told with value and remedy", told, shown)
  check(f"{service}: no secret is printed", not installation.leaked(shown, (password, pasted)), shown)

  # A key that nothing reads, from the file and from the environment.
  for mode, settings, environment in (("--config", {**sound, "NONSENSE": password}, {}),
                                      ("--config", sound, {"COUNTERSIGN_NONSENSE": password})):
    status, shown = installation.run(service, mode, settings, environment)
    told = status == 1 and "1 mistake in the settings:" in shown and lines_for(shown, "NONSENSE: expected a key that this service reads")
    check(f"{service}: a key that nothing reads stops the start ({'environment' if environment else 'file'})", told, shown)
    check(f"{service}: its value is not printed ({'environment' if environment else 'file'})", password not in shown, shown)

  # Secret files that are wrong.
  key = next(name for name in sound if name.endswith("KEY_FILE") and name != "SEAL_KEY_FILE")
  short = installation.folder / "short.key"
  short.write_text("tiny-secret")
  status, shown = installation.run(service, "--check", {**sound, key: short})
  check(f"{service}: a key that is too short is told by its file", status == 1 and str(short) in shown, shown)
  check(f"{service}: and not printed", "tiny-secret" not in shown, shown)
  status, shown = installation.run(service, "--check", {**sound, "ADMIN_TOKEN_FILE": installation.folder / "missing.token"})
  check(f"{service}: a token's file that is missing is a mistake", status == 1 and bool(lines_for(shown, "ADMIN_TOKEN_FILE=")), shown)

  # A line that is none, and a key twice.
  file = installation.folder / "lines.conf"
  file.write_text("".join(f"{key}={value}\n" for key, value in sound.items()) + "nonsense\nLANES=4\nLANES=8\n")
  done = subprocess.run([installation.binaries / f"countersign-{service}", "--check", file], capture_output=True, text=True)
  shown = done.stdout + done.stderr
  check(f"{service}: lines that are none and keys that come twice", done.returncode == 1 and "2 mistakes" in shown, shown)

  done = subprocess.run([installation.binaries / f"countersign-{service}", "--help"], capture_output=True, text=True)
  missing = [key for key in sound if f"\n  {key}" not in done.stdout]
  check(f"{service}: --help lists every setting", done.returncode == 0 and not missing, f"missing: {missing}")
  check(f"{service}: nothing was started", not list(installation.folder.glob("*.sqlite*")), "a database was made")


def judge_schedules(installation, settings):
  """Working hours and turns: each mistake with its line, and calendars that a ladder names and nobody has."""
  odd = installation.folder / "odd.schedules.yaml"
  odd.write_text("calendars:\n  office: {zone: Mars/Olympus, hours: {mon: 8-17}}\non_call:\n  nobody: {}\n")
  status, shown = installation.run("reviewer", "--check", {**settings, "SCHEDULES": odd})
  for words in ("line 2: calendars.office.zone: expected an IANA time zone", "line 2: calendars.office.hours.mon: expected HH:MM-HH:MM",
                "line 4: on_call.nobody: nobody is in the group nobody", "line 4: on_call.nobody.people: this is missing"):
    check(f"reviewer: SCHEDULES: {words}", status == 1 and words in shown, shown)
  flow = installation.folder / "flows/ticket-summary"
  shutil.copytree(ROOT / "deploy/workflows/ticket-summary", flow)
  policy = (flow / "policy.yaml").read_text()
  (flow / "policy.yaml").write_text(policy.replace("after_minutes: 15,", "after_minutes: 15, calendar: nights,", 1))
  status, shown = installation.run("reviewer", "--check", {**settings, "WORKFLOWS": flow.parent})
  told = status == 1 and "the calendar nights, which ticket-summary/policy.yaml names in line" in shown and "office" in shown
  check("reviewer: a ladder's calendar that nobody has stops the start", told, shown)
  (flow / "policy.yaml").write_text(policy.replace("after_minutes: 15,", "after_minutes: 15, calendar: office,", 1))
  status, shown = installation.run("reviewer", "--check", {**settings, "WORKFLOWS": flow.parent})
  check("reviewer: one that somebody has does not", status == 0, shown)


def provider(installation):
  """The identity file: the example is sound without bearer tokens, and what is wrong with another is told for both services."""
  secret = "oidc-" + secrets.token_hex(8)
  for service in ("reviewer", "policy"):
    sound = {key: value for key, value in installation.sound[service].items() if key != "TOKENS_FILE"}
    own = {"PUBLIC_URL": "https://review.example.com"} if service == "reviewer" else {}
    sound |= {"IDENTITY": ROOT / "deploy/identity.yaml"} | own
    status, shown = installation.run(service, "--check", sound)
    check(f"{service}: the example of an identity file is sound", status == 0 and shown.strip() == "ok", shown)
    file = installation.folder / "identity.yaml"
    file.write_text(f"issuer: http://login.example.com\nclient_id: c\nclient_secret: {secret}\napi: {{audience: c}}\n")
    status, shown = installation.run(service, "--check", sound | {"IDENTITY": file})
    check(f"{service}: three mistakes of an identity file are told", status == 1 and len(lines_for(shown, "IDENTITY=")) == 3, shown)
    check(f"{service}: and nothing secret of it", secret not in shown, shown)
  settings = installation.sound["reviewer"] | {"IDENTITY": ROOT / "deploy/identity.yaml"}
  status, shown = installation.run("reviewer", "--check", settings | {"PUBLIC_URL": "https://review.example.com", "DEMO_SIGN_IN": "true"})
  check("reviewer: the demo's cards beside a provider are a mistake", status == 1 and bool(lines_for(shown, "DEMO_SIGN_IN")), shown)
  status, shown = installation.run("reviewer", "--check", settings)
  check("reviewer: a provider wants https", status == 1 and bool(lines_for(shown, "PUBLIC_URL")), shown)


def reopening(installation):
  """The token by which intake reads ended cases: both ends need it, and it is not the operator's."""
  admin, ended = (installation.folder / "keys" / f"{name}.token" for name in ("admin", "ended"))
  for service, settings, key in (("audit", {"ENDED_TOKEN_FILE": admin}, "ENDED_TOKEN_FILE"), ("intake", {"AUDIT_URL": "http://audit:7105"}, "AUDIT_TOKEN_FILE"),
                                 ("intake", {"AUDIT_URL": "audit:7105", "AUDIT_TOKEN_FILE": ended}, "AUDIT_URL"), ("reviewer", {"INTAKE_URL": "intake"}, "INTAKE_URL")):
    status, shown = installation.run(service, "--check", installation.sound[service] | settings)
    check(f"{service}: {key} that does not fit is a mistake", status == 1 and bool(lines_for(shown, key)), shown)
    check(f"{service}: and no token is printed", not installation.leaked(shown), shown)
  for service, settings in (("audit", {"ENDED_TOKEN_FILE": ended}), ("intake", {"AUDIT_URL": "http://audit:7105", "AUDIT_TOKEN_FILE": ended}), ("reviewer", {"INTAKE_URL": "http://intake:7101"})):
    status, shown = installation.run(service, "--check", installation.sound[service] | settings)
    check(f"{service}: settings for taking cases up again are sound", status == 0 and shown.strip() == "ok", shown)


def main():
  installation = Installation(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
  for service in SERVICES:
    judge(installation, service)
  # What is private in the files that settings name.
  settings = installation.sound["reviewer"]
  tokens = installation.folder / "odd.tokens"
  token = secrets.token_urlsafe(24)
  tokens.write_text(f"{token} nobody-of-that-name\n{token}\n")
  status, shown = installation.run("reviewer", "--check", {**settings, "TOKENS_FILE": tokens})
  check("reviewer: a token of nobody is a mistake", status == 1, shown)
  check("reviewer: and is not printed", token not in shown, shown)
  judge_schedules(installation, settings)
  provider(installation)
  # Three mistakes of a file of retention classes.
  file = installation.folder / "retention.yaml"
  file.write_text("classes: {brief: {days: 10}, standard: {days: 400, parts: {words: 300}}}\nothers: long\n")
  status, shown = installation.run("audit", "--check", {**installation.sound["audit"], "RETENTION": file})
  check("audit: too few days, a part and a class that are none are told", status == 1 and len(lines_for(shown, "RETENTION=")) >= 3, shown)
  reopening(installation)
  print(f"{len(PASSED)} passed, {len(FAILED)} failed")
  return 1 if FAILED else 0


if __name__ == "__main__":
  sys.exit(main())
