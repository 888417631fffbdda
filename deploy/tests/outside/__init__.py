"""A whole installation of real processes under load and faults, and what is needed to count it from outside."""
