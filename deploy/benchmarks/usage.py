"""What processes have used so far, from /proc."""
import os

SERVICES = ("intake", "policy", "model-adapter", "reviewer", "audit")


def family(pid):
  """A process and those it started, that are still there."""
  found = [int(pid)]
  for one in found:
    try:
      with open(f"/proc/{one}/task/{one}/children") as file:
        found += map(int, file.read().split())
    except OSError:
      pass  # it has ended
  return found


def usage(pid):
  """(CPU seconds, resident MiB, bytes written) of a process and its children; OSError: it is gone."""
  total = [0, 0, 0]
  for one in family(pid):
    with open(f"/proc/{one}/stat") as file:
      fields = file.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{one}/io") as file:
      written = next(int(line.split()[1]) for line in file if line.startswith("write_bytes"))
    total = [total[0] + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), total[1] + resident(one), total[2] + written]
  return tuple(total)


def resident(pid):
  """MiB; 0 where the process is gone."""
  try:
    with open(f"/proc/{pid}/status") as file:
      return round(next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024, 1)
  except (OSError, StopIteration):
    return 0
