"""Any program can be a method; one that fails, hangs or writes nonsense is told in one line."""

from __future__ import annotations

import os
import time

import pytest
import torch

from baselines.adapters.program import program
from nlcl_bench.core.errors import ContractError, InputError
from nlcl_bench.evaluation.apply import apply, load_method
from nlcl_bench.evaluation.evaluate import evaluate

COPY = "target.write_bytes(source.read_bytes())"


def run(spec, height: int = 20, width: int = 30) -> tuple[torch.Tensor, torch.Tensor]:
    rainy = torch.rand(3, height, width, generator=torch.Generator().manual_seed(0)).mul(255).round().div(255)
    return rainy, apply(load_method(spec, torch.device("cpu"), None), spec, rainy)


def test_a_program_gets_the_photograph_and_gives_one(script):
    rainy, derained = run(program(script(COPY), {}))
    assert torch.allclose(rainy, derained, atol=1e-6)


def test_its_command_is_recorded_without_folders(script):
    spec = program(script(COPY), {"deterministic": "yes"})
    assert spec.name.startswith("cmd-program")
    assert "/" not in spec.interface.source
    assert "sha256" in spec.interface.source
    assert spec.interface.deterministic == "yes"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("sys.exit(3)", "ended with code 3: it said nothing"),
        ("open('/secret/place/net.pth')", r"ended with code 1: .*No such file or directory: net\.pth'"),
        ("pass", "wrote no output"),
        ("target.write_bytes(b'nonsense')", "wrote no image"),
        ("from PIL import Image; Image.new('RGB', (7, 5)).save(target)", "wrote an image of 7x5 for 30x20"),
    ],
)
def test_what_goes_wrong_is_one_line(script, body, says):
    with pytest.raises(ContractError, match=says) as caught:
        run(program(script(body), {}))
    assert "\n" not in str(caught.value)


def test_a_program_that_hangs_is_killed_with_its_children(script, tmp_path):
    noted = tmp_path / "child"
    body = (
        "import subprocess; child = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(noted)!r}).write_text(str(child.pid))\ntime.sleep(60)"
    )
    begin = time.perf_counter()
    with pytest.raises(ContractError, match=r"took longer than 5 s \(allow more with --declare timeout"):
        run(program(script(body), {"timeout": "5"}))
    assert time.perf_counter() - begin < 40
    child = int(noted.read_text())
    for _ in range(100):
        if not _is_running(child):
            break
        time.sleep(0.05)
    assert not _is_running(child)


def _is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 (a pseudo file)
            return file.read().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def test_one_image_that_fails_leaves_the_others_unharmed(script, request_of, release, tmp_path):
    count = tmp_path / "count"
    count.write_text("")
    body = f"count = pathlib.Path({str(count)!r})\ncount.write_text(count.read_text() + 'x')\n"
    body += f"if len(count.read_text()) == 2: sys.exit('cannot do this one')\n{COPY}"
    result, _ = evaluate(request_of(program(script(body), {}), tmp_path / "runs"))
    assert [one.stage for one in result.failures] == ["restore"]
    assert "ended with code 1: cannot do this one" in result.failures[0].reason
    assert not result.complete


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("cp {input} there.png", r"has no \{output\}"),
        ("no-such-program {input} {output}", "no such program"),
        ("cp '{input} {output}", "is no command line"),
    ],
)
def test_a_line_that_cannot_be_run_is_refused_at_once(line, says):
    with pytest.raises(InputError, match=says):
        program(line, {})


def test_its_temporary_files_are_gone_afterwards(script, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run(program(script(COPY), {}))
    assert os.listdir(tmp_path) == []  # noqa: PTH208
