"""Benchmarks are declared once and can be set against what they name; nothing here measures."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench import results
from bench.declared import Figure, benchmarks
from bench.stand import Stand


def test_every_reference_is_a_benchmark() -> None:
    for each in benchmarks().values():
        assert set(each.references) <= set(benchmarks()), each.name


def test_what_the_issue_asks_for_is_there() -> None:
    asked = {"end-to-end", "intake", "check", "verify", "pack", "carry", "memory", "growth"}
    assert asked <= set(benchmarks())
    assert all(each.measures and each.unit for each in benchmarks().values())


def test_a_figure_becomes_a_row_for_each_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results.json")
    stand = Stand(records=1, full=False, seconds=0)
    stand.figures["raw-xsd"] = Figure("raw-xsd", 2000.0, "records/s/core")
    rows = results.rows_of(stand, Figure("check", 500.0, "records/s/core", ("raw-xsd",)))
    assert [(row.name, row.reference, row.reference_value, row.ratio) for row in rows] == [
        ("check", "raw-xsd", 2000.0, 0.25)
    ]
    results.keep(rows)
    results.keep([replace(rows[0], value=600.0)])
    assert [row.value for row in results.newest()] == [600.0]
    assert "| check | 500 | records/s/core | raw-xsd | 2,000 | 0.25 |" in results.markdown(rows)


def test_numbers_keep_the_digits_that_mean_something() -> None:
    assert [results.number(value) for value in (None, 12345.6, 99.96, 1.234, 0.01234)] == [
        "",
        "12,346",
        "100",
        "1.23",
        "0.0123",
    ]
