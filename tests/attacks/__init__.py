"""Attacks on signatures by name: records and batches that must not pass, and odd ones that must.

`python -m attacks --out FOLDER` (with `.` and `tests` on the path) writes every one as a file, with a manifest that says
what is expected of each. Keys are made anew each time, so the files are too.
"""
