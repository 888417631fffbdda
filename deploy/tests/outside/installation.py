"""One installation of everything, made and started by deploy/lib/stack, whose processes a test may kill one by one."""
import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
SERVICES = ("intake", "policy", "model-adapter", "reviewer", "audit")
SUBREAPER = 36  # prctl: what the shell leaves behind becomes our child, so that we can wait for it


class Installation:
  """Broker, system of record, five services and the executor, in a folder of their own.

  Ports come from BROKER_PORT, RECORD_PORT and PORT_BASE, with defaults apart from the demo's.
  """

  def __init__(self, folder, seed=None, undo_seconds=5):
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    self.folder = pathlib.Path(folder).resolve()
    shutil.rmtree(self.folder, ignore_errors=True)
    self.workflows = self.folder / "workflows"
    shutil.copytree(ROOT / "deploy" / "workflows", self.workflows)
    for policy in self.workflows.glob("*/policy.yaml"):
      policy.write_text(re.sub(r"(?m)^undo_seconds: .*$", f"undo_seconds: {undo_seconds}", policy.read_text()))
    base = int(os.environ.get("PORT_BASE", "21100"))
    self.ports = {name: base + 1 + number for number, name in enumerate(SERVICES)}
    broker, record = os.environ.get("BROKER_PORT", "21092"), os.environ.get("RECORD_PORT", "21110")
    self.brokers, self.record = f"127.0.0.1:{broker}", f"http://127.0.0.1:{record}"
    # Services read COUNTERSIGN_KEY as settings; what the tests call so is none.
    own = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
    self.environment = {
      **own, "BROKER_PORT": broker, "RECORD_PORT": record, "PORT_BASE": str(base),
      "WORKFLOW_FOLDERS": str(self.workflows), **({"RECORD_SEED": str(seed)} if seed else {})}
    self.keys = self.folder / "keys"
    self.shell(f'stack_make "{self.folder}"')

  def shell(self, command):
    libraries = f'source "{ROOT}/deploy/lib/steps"; source "{ROOT}/deploy/lib/stack"'
    subprocess.run(
      ["bash", "-c", f"{libraries}; {command}"], env=self.environment, stdin=subprocess.DEVNULL, check=True)

  def set(self, service, key, value):
    """Changes one setting of a service that does not run."""
    path = self.folder / f"{service}.conf"
    lines = [line for line in path.read_text().splitlines() if not line.startswith(f"{key}=")]
    path.write_text("\n".join([*lines, f"{key}={value}", ""]))

  def url(self, service):
    return f"http://127.0.0.1:{self.ports[service]}"

  def start_all(self):
    self.shell(f'stack_start "{self.folder}"')

  def start(self, name, **environment):
    """Starts one process and returns at once."""
    self.environment |= environment
    self.shell(f'stack_run "{self.folder}" {name}')
    for variable in environment:
      del self.environment[variable]

  def pid(self, name):
    return int((self.folder / "pids" / name).read_text())

  def is_running(self, name):
    """Whether the process lives; one that ended is reaped here."""
    try:
      return os.waitpid(self.pid(name), os.WNOHANG)[0] == 0
    except (ChildProcessError, OSError):
      return False

  def kill(self, name, number=signal.SIGKILL, patience=30):
    """Sends the signal and waits for the end. True: it ended in time."""
    try:
      os.kill(self.pid(name), number)
    except (ProcessLookupError, FileNotFoundError):
      return True
    until = time.monotonic() + patience
    while self.is_running(name):
      if time.monotonic() > until:
        return False
      time.sleep(0.01)
    return True

  def is_ready(self, service):
    try:
      with urllib.request.urlopen(f"{self.url(service)}/readyz", timeout=2) as answer:
        return answer.status == 200
    except OSError:
      return False

  def wait_ready(self, seconds=60):
    """Waits for all services. SystemExit: one is not ready in time."""
    until = time.monotonic() + seconds
    for service in SERVICES:
      while not self.is_ready(service):
        if time.monotonic() > until:
          raise SystemExit(f"{service} is not ready after {seconds} s; see {self.folder}/logs/{service}.log")
        time.sleep(0.1)

  def metrics(self, service):
    """{name: value} of the metrics without labels; {} where the service does not answer."""
    try:
      with urllib.request.urlopen(f"{self.url(service)}/metrics", timeout=2) as answer:
        lines = answer.read().decode().splitlines()
    except OSError:
      return {}
    return {name: float(value) for name, _, value in (line.partition(" ") for line in lines) if name[0] not in "#"}

  def stop(self):
    """Stops all in order. Returns the names of those that did not end by SIGTERM."""
    names = [name for name in ("executor", *SERVICES, "record", "broker") if (self.folder / "pids" / name).exists()]
    late = [name for name in names if not self.kill(name, signal.SIGTERM, 20)]
    for name in late:
      self.kill(name)
    return late
