"""Sixteen numbered attacks on approvals, grants, private values, permits, exceptions, policy's files, its database and its clock: each is refused, and the ledger
says why.

    attacks BIN RUN --brokers HOST:PORT --base PORT --record URL

RUN is the folder of a running installation with a people file and workflow folders of its own. Forged decisions carry the
reviewer service's own signature and our seal: what is left to refuse them is policy's own look at who decided what, and when.
"""
import sys

from attacker import Attacker  # first: it says where the other modules lie
from decisions import ended_role, forgeries, people_at_the_desk
from exceptions import exceptions
from glass_attack import breaking
from refusals import Checks, options
from stops import revoked_key, stopping
from storage import clock_moved_back, edited_file, edited_rows
from vaults import vaults


def main():
  here, checks = Attacker(options(__doc__)), Checks()
  cases, views = people_at_the_desk(here, checks)
  ended_role(here, checks, cases["ended"])
  forgeries(here, checks, cases, views)
  breaking(here, checks)
  vaults(here, checks)
  stopping(here, checks)
  revoked_key(here, checks)
  exceptions(here, checks)
  edited_file(here, checks)
  edited_rows(here, checks)
  clock_moved_back(here, checks, cases["late"])
  print(f"{checks.passed} passed, {checks.failed} failed")
  return 1 if checks.failed else 0


if __name__ == "__main__":
  sys.exit(main())
