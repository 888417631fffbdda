"""Faults that a machine has: connections that break and processes that stand still."""
import ctypes
import os
import signal
import socket
import time

PIDFD_GETFD = 438  # the same number on every architecture of Linux since 5.6


def reset_connections(pid):
  """Breaks every TCP connection of a process, as a network would, and returns their number. Listening sockets stay.

  OSError: the kernel does not allow it (it takes the same user, and ptrace of one's own children).
  """
  library, reset = ctypes.CDLL(None, use_errno=True), 0
  process = os.pidfd_open(pid)
  try:
    for name in os.listdir(f"/proc/{pid}/fd"):
      try:
        if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
          continue
      except FileNotFoundError:
        continue
      copy = library.syscall(PIDFD_GETFD, process, int(name), 0)
      if copy < 0:
        if ctypes.get_errno() == 9:  # closed meanwhile
          continue
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
      with socket.socket(fileno=copy) as connection:
        try:
          if connection.family in (socket.AF_INET, socket.AF_INET6) and connection.getpeername():
            connection.shutdown(socket.SHUT_RDWR)
            reset += 1
        except OSError:
          pass  # listening, or gone already
  finally:
    os.close(process)
  return reset


def stand_still(pid, seconds):
  """Stops a process and lets it go on after a while."""
  os.kill(pid, signal.SIGSTOP)
  time.sleep(seconds)
  os.kill(pid, signal.SIGCONT)
