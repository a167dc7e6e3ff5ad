# SPDX-License-Identifier: MIT
"""Where the runtime of the sanitizers is found, and what is said where there is none."""

from __future__ import annotations

from . import __main__ as command
from . import building


def fake_compiler(tmp_path, answer: str) -> str:
    script = tmp_path / "cc"
    script.write_text(f"#!/bin/sh\necho '{answer}'\n")
    script.chmod(0o755)
    return str(script)


def test_a_compiler_without_the_runtime_is_named_in_one_line(tmp_path, monkeypatch, capsys):
    for cc in (fake_compiler(tmp_path, "libasan.so"), "/does/not/exist/cc", "false"):
        monkeypatch.setenv("CC", cc)
        assert command.main(["--short"]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert error.startswith(f"sanitize: the C compiler {cc!r} ")
        assert "install gcc with its sanitizer libraries (libasan, libubsan)" in error


def test_a_linker_script_leads_to_the_library(tmp_path):
    library, script = tmp_path / "libasan.so.8.0.0", tmp_path / "libasan.so"
    library.write_bytes(b"\x7fELF")
    script.write_text(f"INPUT ( {library} )\n")
    assert building.runtime(fake_compiler(tmp_path, str(script))) == library
    assert building.runtime(fake_compiler(tmp_path, str(library))) == library
