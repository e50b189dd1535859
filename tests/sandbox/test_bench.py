"""The benchmark measures what production would run, or says that it did not."""

import json
import subprocess
from pathlib import Path

import pytest

from sandbox import bench_report
from sandbox.cold_start import Bench, FirstRequest, UnexpectedAnswerError, spread
from sandbox.deployment import FLOOR, deploy, pinned
from sandbox.first_requests import first_requests
from sandbox.functions import discover
from tests.architecture.sources import ROOT


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("deployment")
    return root, deploy(root, bytecode=False)


def test_a_deployment_is_the_product_and_its_packages_without_bytecode(
    deployment: tuple[Path, Path],
) -> None:
    root, _ = deployment
    assert (root / "db/schema.sql").is_file()
    assert set(discover(root).values()) == set(discover(ROOT).values())
    for name in ("pydantic", "pymysql", "stripe", "vercel_runtime", "tzdata"):
        assert (root / "_vendor" / name / "__init__.py").is_file(), name
    for name in ("tests", "sandbox", "docs", "_vendor/pytest", "_vendor/fideslang"):
        assert not (root / name).exists(), name
    assert not list(root.rglob("*.pyc"))


def test_its_interpreter_sees_no_package_of_ours(deployment: tuple[Path, Path]) -> None:
    root, python = deployment
    done = subprocess.run(
        [python, "-c", "import pydantic"], cwd=root, capture_output=True, env={}, check=False
    )
    assert b"No module named 'pydantic'" in done.stderr


def test_every_package_that_production_installs_is_in_both_lists() -> None:
    # The platform's builder reads pyproject.toml and then ignores requirements.txt.
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    names = pinned(ROOT / "requirements.txt")
    assert len(names) > 10
    for name in names:
        assert f'"{name}==' in project


def test_every_function_has_a_first_request() -> None:
    assert set(first_requests("token", "secret")) == set(discover(ROOT).values())


def test_a_start_is_measured_from_spawning_to_the_first_byte(
    deployment: tuple[Path, Path],
) -> None:
    bench = Bench(*deployment, {})
    pair = bench.pair("api/not_found.py", FirstRequest("/v1/nowhere", 404), floor_first=True)
    for start in (pair.function, pair.floor):
        assert 0 < start.ready < start.first_byte < 30_000
        assert start.processor > 0


def test_another_answer_than_the_one_meant_is_no_measurement(
    deployment: tuple[Path, Path],
) -> None:
    with pytest.raises(UnexpectedAnswerError, match=r"api/_floor\.py answered GET / with 200"):
        Bench(*deployment, {}).start(FLOOR, FirstRequest("/", 404))


def test_starts_are_compared_with_the_one_beside_them() -> None:
    # The machine was busy during the second pair: the function is 1.2 times the floor all the same.
    found = spread([(120, 100), (600, 500), (130, 100)])
    assert found.ratio == 1.2
    assert (found.median, found.least, found.most) == (130, 120, 600)
    assert (found.floor_median, found.floor_least, found.ratio_of_least) == (100, 100, 1.2)


def test_the_figures_are_written_for_people_and_for_programs(tmp_path: Path) -> None:
    times = dict.fromkeys(("listening", "first answer", "processor"), spread([(120, 100)]))
    bench_report.write(tmp_path, {"without bytecode": {"api/x.py": times}}, runs=1, target=1.3)
    page = (tmp_path / "cold-start.md").read_text(encoding="utf-8")
    assert "| api/x.py | 120 (120 to 120) | 1.20 |" in page
    figures = json.loads((tmp_path / "cold-start.json").read_text(encoding="utf-8"))
    assert figures["target"] == 1.3
    assert figures["milliseconds"]["without bytecode"]["api/x.py"]["listening"]["ratio"] == 1.2
