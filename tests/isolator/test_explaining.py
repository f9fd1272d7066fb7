"""``isolator explain`` with a reason or a name, and ``isolator completion``."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from codemods.registry import all_rules
from tests.isolator.inside import inside


def test_a_reason_is_explained_for_each_rule_that_has_it() -> None:
    page = inside("explain", "helper")
    assert page.returncode == 0
    assert page.stdout.startswith("helper: a reason why a finding is not fixed\n\n")
    having = [rule.code for rule in all_rules() if any(each.code == "helper" for each in rule.refusals)]
    assert len(having) > 1
    assert all(f"{code} " in page.stdout for code in having)
    assert inside("explain", "HELPER").stdout == page.stdout


def test_every_reason_has_a_page() -> None:
    for rule in all_rules():
        for refusal in rule.refusals:
            assert f"    {refusal.advice}\n" in inside("explain", refusal.code).stdout


def test_reasons_that_any_rule_may_have_are_explained() -> None:
    assert "please report it" in inside("explain", "internal-check").stdout
    assert inside("explain", "not-confirmed").returncode == 0


def test_a_rule_is_found_by_its_name() -> None:
    assert inside("explain", "environ-write").stdout == inside("explain", "ISO102").stdout


def test_a_word_that_is_nearly_right_is_offered() -> None:
    done = inside("explain", "helpr")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no rule or reason 'helpr'; did you mean helper?" in done.stderr
    assert "did you mean" not in inside("explain", "xyzzy").stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_of_the_shell(shell: str) -> None:
    script = inside("completion", shell).stdout
    assert f"_ISOLATOR_COMPLETE={shell}_complete" in script
    if shutil.which(shell) is not None:
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_what_the_script_asks_for_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ISOLATOR_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_CWORD", "2")
    monkeypatch.setenv("COMP_WORDS", "isolator check --exit")
    assert inside().stdout == "plain,--exit-zero\n"


def test_a_shell_that_is_not_known_is_an_error() -> None:
    done = inside("completion", "tcsh")
    assert done.returncode == 2
    assert "'bash', 'zsh', 'fish'" in done.stderr
