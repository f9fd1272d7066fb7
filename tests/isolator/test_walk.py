"""Which files a path means."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from isolator.project.discovery import File, find_files, split_node_id
from isolator.project.project import load_project

Make = Callable[..., Path]
needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes empty files in a project that is the current directory."""
    repo = tmp_path / "repo"
    (repo / ".git").mkdir(parents=True)
    monkeypatch.chdir(repo)

    def files(*names: str) -> Path:
        for name in names:
            path = repo / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
        return repo

    return files


def found(*words: str) -> list[str]:
    return [
        Path(file.path).as_posix() for file in find_files(words, load_project([split_node_id(w)[0] for w in words]))
    ]


def test_a_directory_means_the_files_that_pytest_collects_and_conftests(make: Make) -> None:
    make("tests/test_b.py", "tests/a_test.py", "tests/conftest.py", "tests/helper.py", "tests/sub/test_c.py")
    make("tests/test_data.txt", "src/app.py")
    expected = ["tests/a_test.py", "tests/conftest.py", "tests/sub/test_c.py", "tests/test_b.py"]
    assert found("tests") == expected
    assert found(".") == expected
    assert found("./tests/../tests/") == expected


def test_python_files_of_the_project_are_respected(make: Make) -> None:
    repo = make("tests/test_a.py", "tests/check_a.py", "tests/unit/b.py", "tests/conftest.py")
    (repo / "pytest.ini").write_text("[pytest]\npython_files = check_*.py unit/*.py\n")
    assert found("tests") == ["tests/check_a.py", "tests/conftest.py", "tests/unit/b.py"]


def test_environments_caches_and_hidden_directories_are_not_searched(make: Make) -> None:
    make("env3/pyvenv.cfg", "env3/lib/test_a.py", "conda/conda-meta/history", "conda/test_b.py")
    make(".hidden/test_c.py", "__pycache__/test_d.py", "node_modules/x/test_e.py", "build/test_f.py", "x.egg/test_g.py")
    make("test_h.py")
    assert found(".") == ["test_h.py"]
    assert found("env3/lib", "build/test_f.py") == ["env3/lib/test_a.py", "build/test_f.py"]


def test_norecursedirs_of_the_project_are_respected(make: Make) -> None:
    repo = make("build/test_a.py", "data/test_b.py", "node_modules/test_c.py", "x/data/y/test_d.py")
    (repo / "pytest.ini").write_text("[pytest]\nnorecursedirs = data\n")
    assert found(".") == ["build/test_a.py"]


def test_gitignore_is_respected_at_every_level(make: Make) -> None:
    repo = make("tests/test_a.py", "tests/test_gen_a.py", "tests/out/test_b.py", "tests/deep/test_c.py")
    make("tests/deep/test_gen_d.py", "tests/deep/er/test_c.py")
    (repo / ".gitignore").write_bytes(b"\xef\xbb\xbf# generated\r\n!\r\ntest_gen_*.py\r\n/tests/out/\r\n")
    (repo / "tests" / "deep" / ".gitignore").write_text("/test_c.py\n!test_gen_d.py\n")
    expected = ["tests/deep/er/test_c.py", "tests/deep/test_gen_d.py", "tests/test_a.py"]
    assert found("tests") == expected
    assert found("tests/deep") == expected[:2]


def test_what_the_user_names_is_looked_at_even_if_it_is_ignored(make: Make) -> None:
    repo = make("out/test_a.py", "out/sub/test_b.py", "out/sub/test_gen.py")
    (repo / ".gitignore").write_text("/out\n")
    (repo / "out" / ".gitignore").write_text("test_gen.py\n")
    assert found(".") == []
    assert found("out") == ["out/sub/test_b.py", "out/test_a.py"]
    assert found("out/sub/test_gen.py") == ["out/sub/test_gen.py"]


def test_exclude(make: Make) -> None:
    repo = make("tests/vendored/a/test_a.py", "tests/test_b.py", "tests/x/old/test_c.py", "tests/x/test_d.py")
    (repo / "isolator.toml").write_text("exclude = ['tests/vendored/*', 'old', 'test_d.py']\n")
    (repo / "tests" / ".gitignore").write_text("!test_d.py\n")
    assert found("tests") == ["tests/test_b.py"]
    assert found("tests/x/old") == ["tests/x/old/test_c.py"]


def test_node_ids(make: Make) -> None:
    make("tests/test_a.py", "tests/test_b.py")
    files = find_files(
        ["tests/test_a.py::TestA::test_b[x::y/z]", "tests/test_a.py::test_c", "tests/test_a.py::TestA::test_b[2]"],
        load_project([]),
    )
    path = str(Path("tests/test_a.py"))
    assert files == [File(path, "tests/test_a.py", ("TestA::test_b", "test_c"))]
    everything = find_files(["tests/test_a.py::test_c", "tests"], load_project([]))
    assert everything[0] == File(path, "tests/test_a.py")
    assert len(everything) == 2


def test_each_file_once_in_the_order_of_the_words(make: Make) -> None:
    repo = make("b/test_b.py", "a/test_a.py")
    assert found("b", "a", ".", "b/test_b.py", str(repo / "b")) == ["b/test_b.py", "a/test_a.py"]


def test_paths_are_shown_from_here_and_named_from_the_root(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = make("tests/unit/test_a.py", "other/test_b.py")
    monkeypatch.chdir(repo / "tests")
    files = find_files([".", "../other"], load_project([".", "../other"]))
    assert files == [
        File(str(Path("unit/test_a.py")), "tests/unit/test_a.py", named=False),
        File(str(repo / "other") + os.sep + "test_b.py", "other/test_b.py", named=False),
    ]


def test_a_path_that_is_not_a_file_is_a_problem_or_fails_when_read(make: Make) -> None:
    make("tests/test_a.py")
    nowhere, folder = find_files(["nowhere.py", "tests::test_a"], load_project([]))
    assert nowhere == File("nowhere.py", "nowhere.py")
    assert folder.problem == "is a directory, a node id begins with a file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in the file system")
def test_a_pipe_is_never_opened(make: Make) -> None:
    repo = make("test_a.py")
    os.mkfifo(repo / "test_pipe.py")
    assert found(".") == ["test_a.py"]
    (file,) = find_files(["test_pipe.py"], load_project([]))
    assert file.problem == "is not a regular file"


@needs_links
def test_links_lead_nowhere_else(make: Make, tmp_path: Path) -> None:
    repo = make("tests/test_a.py", "shared/impl.py", "shared/more/test_b.py")
    (tmp_path / "outside" / "x").mkdir(parents=True)
    (tmp_path / "outside" / "test_out.py").write_text("")
    for link, target in {
        "tests/outside": tmp_path / "outside",
        "tests/test_out.py": tmp_path / "outside" / "test_out.py",
        "tests/loop": repo / "tests",
        "tests/up": repo,
        "tests/test_self.py": repo / "tests" / "test_self.py",
        "tests/more": repo / "shared" / "more",
        "tests/test_more_again": repo / "shared" / "more",
        "tests/test_impl.py": repo / "shared" / "impl.py",
        "tests/test_z_copy.py": repo / "tests" / "test_a.py",
        "tests/test_dangling.py": repo / "tests" / "gone.py",
    }.items():
        (repo / link).symlink_to(target)
    assert sorted(found("tests")) == [
        "tests/more/test_b.py",
        "tests/test_a.py",
        "tests/test_dangling.py",
        "tests/test_impl.py",
        "tests/test_self.py",
    ]


def test_the_conftest_of_the_settings_belongs_to_the_directories_that_hold_it(make: Make) -> None:
    make("tests/unit/test_a.py")
    project = load_project([])
    new = File(str(Path("tests/conftest.py")), "tests/conftest.py", may_be_new=True)
    assert find_files(["tests"], project, "tests/conftest.py")[-1] == new
    assert find_files(["."], project, "tests/conftest.py")[-1] == new
    assert new not in find_files(["tests/unit", "tests/unit/test_a.py"], project, "tests/conftest.py")
    make("tests/conftest.py")
    assert [file.name for file in find_files(["."], project, "tests/conftest.py")].count("tests/conftest.py") == 1


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="nothing is closed to the superuser")
def test_a_directory_that_cannot_be_searched_is_a_problem(make: Make) -> None:
    repo = make("tests/closed/test_a.py", "tests/test_b.py")
    (repo / "tests" / "closed").chmod(0)
    closed, open_ = find_files(["tests"], load_project([]))
    (repo / "tests" / "closed").chmod(0o755)
    assert closed.problem == "cannot be searched: Permission denied"
    assert open_.name == "tests/test_b.py"


def test_a_recipe_for_conda_is_not_an_environment(make: Make) -> None:
    make("recipe/conda-meta/meta.yaml", "recipe/test_a.py", "env/conda-meta/history", "env/test_b.py")
    assert found(".") == ["recipe/test_a.py"]
