"""Tells what a run of `deploy/bench million` was like: lasting.py FOLDER DISK-MIB"""
import json
import pathlib
import sys

from usage import SERVICES


def main(folder, disk):
  read = lambda name: json.loads((folder / f"{name}.json").read_text())
  parts, resident, lag = [read(f"million-{number}") for number in (1, 2, 3)], read("resident"), read("lag")
  count = sum(part["items"] for part in parts)
  print(f"{count:,} items, each with its outcome: {parts[0]['per_second']:,.0f} items/s at first, {parts[2]['per_second']:,.0f} at last; "
        f"{parts[0]['cpu_us_per_item']:.0f} and {parts[2]['cpu_us_per_item']:.0f} us CPU an item; {disk:,} MiB on disk\n")
  print(f"resident MiB, {resident['samples']} samples   first half   second half   highest")
  for name, row in resident["resident"].items():
    print(f"  {name:28} {row['first_half_mib']:10.0f} {row['second_half_mib']:13.0f} {row['highest_mib']:9.0f}")
  print(f"\n{parts[1]['items']:,} items while audit was stopped for a minute: the most that waited, and the memory meanwhile")
  print("                          records in the outbox      MiB      resident MiB")
  for name in SERVICES:
    print(f"  {name:28} {lag[f'{name}_records']:16,} {lag[f'{name}_outbox_mib']:9.0f} {lag[f'{name}_resident_mib']:16.0f}")
  print(f"\nas CSV: {folder / 'resident.csv'} and {folder / 'lag.csv'}")


if __name__ == "__main__":
  main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
