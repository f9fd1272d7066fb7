"""The monkeypatch that a test shares: what undoes it early, and what is torn down before it undoes."""

from __future__ import annotations

from tests.codemods.state.kit import case

CASES = [
    case(
        "undo_runs_in_the_test",
        """
        def loud(mp):
            mp.undo()


        def deep(value, *, patcher):
            loud(patcher)


        def quiet(mp, other):
            mp.setattr(os, "quiet", other, raising=False)


        @pytest.fixture
        def handed(monkeypatch):
            return monkeypatch


        @pytest.fixture
        def undo(monkeypatch):
            def undo():
                monkeypatch.undo()

            yield undo


        class TestIt:
            @pytest.fixture(autouse=True)
            def keep(self, monkeypatch):
                self.patcher = monkeypatch

            def test_attribute(self):
                with patch.dict(os.environ, {"A": "1"}):
                    self.patcher.undo()
                    look()


        def test_direct(monkeypatch):
            with patch.dict(os.environ, {"A": "1"}):
                monkeypatch.undo()
                look()


        @patch.dict(os.environ, {"A": "1"})
        def test_decorated(monkeypatch):
            monkeypatch.undo()
            look()


        def test_alias(monkeypatch):
            mp = monkeypatch
            with patch.dict(os.environ, {"A": "1"}):
                mp.undo()
                look()


        def test_handed(handed):
            with patch.dict(os.environ, {"A": "1"}):
                handed.undo()
                look()


        def test_made(undo):
            with patch.dict(os.environ, {"A": "1"}):
                undo()
                look()


        def test_helpers(monkeypatch):
            with patch.dict(os.environ, {"A": "1"}):
                deep(1, patcher=monkeypatch)
                look()


        def test_nested(monkeypatch):
            def reset(mp):
                mp.undo()

            with patch.dict(os.environ, {"A": "1"}):
                reset(monkeypatch)
                look()


        def test_unknown(monkeypatch):
            with patch.dict(os.environ, {"A": "1"}):
                pytest.MonkeyPatch.undo(monkeypatch)
                look()


        def test_write(monkeypatch):
            os.environ["A"] = "1"
            monkeypatch.undo()
            look()


        def test_none(monkeypatch, handed):
            with patch.dict(os.environ, {"A": "1"}):
                quiet(monkeypatch, other=loud)
                handed.setattr(os, "handed", 1, raising=False)
                look()
        """,
        """
        def loud(mp):
            mp.undo()


        def deep(value, *, patcher):
            loud(patcher)


        def quiet(mp, other):
            mp.setattr(os, "quiet", other, raising=False)


        @pytest.fixture
        def handed(monkeypatch):
            return monkeypatch


        @pytest.fixture
        def undo(monkeypatch):
            def undo():
                monkeypatch.undo()

            yield undo


        class TestIt:
            @pytest.fixture(autouse=True)
            def keep(self, monkeypatch):
                self.patcher = monkeypatch

            def test_attribute(self, monkeypatch):
                with monkeypatch.context() as m:
                    m.setenv("A", "1")
                    self.patcher.undo()
                    look()


        def test_direct(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                monkeypatch.undo()
                look()


        def test_decorated(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                monkeypatch.undo()
                look()


        def test_alias(monkeypatch):
            mp = monkeypatch
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                mp.undo()
                look()


        def test_handed(handed, monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                handed.undo()
                look()


        def test_made(undo, monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                undo()
                look()


        def test_helpers(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                deep(1, patcher=monkeypatch)
                look()


        def test_nested(monkeypatch):
            def reset(mp):
                mp.undo()

            with monkeypatch.context() as m:
                m.setenv("A", "1")
                reset(monkeypatch)
                look()


        def test_unknown(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                pytest.MonkeyPatch.undo(monkeypatch)
                look()


        def test_write(monkeypatch):
            with pytest.MonkeyPatch.context() as m:
                m.setenv("A", "1")
                monkeypatch.undo()
                look()


        def test_none(monkeypatch, handed):
            monkeypatch.setenv("A", "1")
            quiet(monkeypatch, other=loud)
            handed.setattr(os, "handed", 1, raising=False)
            look()
        """,
    ),
    case(
        "undo_in_a_test_of_a_fixture",
        """
        @pytest.fixture
        def env(monkeypatch):
            with patch.dict(os.environ, {"C": "1"}):
                yield monkeypatch


        @pytest.fixture
        def later(env):
            yield
            look()


        def test_it(env):
            with patch.dict(os.environ, {"A": "1"}):
                env.setenv("D", "1")
                look()
        """,
        """
        @pytest.fixture
        def env(monkeypatch):
            monkeypatch.setenv("C", "1")
            yield monkeypatch


        @pytest.fixture
        def later(env):
            yield
            look()


        def test_it(env, monkeypatch):
            monkeypatch.setenv("A", "1")
            env.setenv("D", "1")
            look()
        """,
    ),
    case(
        "fixtures_set_up_by_the_test",
        """
        @pytest.fixture
        def client():
            yield
            look()


        @pytest.fixture
        def blind():
            return 1


        @pytest.fixture
        def restoring():
            saved = os.environ.get("C")
            os.environ["C"] = "restoring"
            yield
            if saved is None:
                del os.environ["C"]
            else:
                os.environ["C"] = saved


        @pytest.fixture
        def get(request):
            return lambda name: request.getfixturevalue(name)


        def make(request):
            return request.getfixturevalue("client")


        class TestIt:
            @pytest.fixture(autouse=True)
            def keep(self, request):
                self._request = request

            def test_attribute(self):
                with patch.dict(os.environ, {"A": "1"}):
                    self._request.getfixturevalue("client")
                    look()


        def test_direct(request):
            with patch.dict(os.environ, {"A": "1"}):
                request.getfixturevalue("client")
                look()


        @patch.dict(os.environ, {"A": "1"})
        def test_decorated(request):
            request.getfixturevalue("client")
            look()


        @pytest.mark.parametrize("name", ["client"])
        def test_computed(request, name):
            with patch.dict(os.environ, {"A": "1"}):
                request.getfixturevalue(name)
                look()


        def test_made(get):
            with patch.dict(os.environ, {"A": "1"}):
                get("client")
                look()


        def test_handed(request):
            with patch.dict(os.environ, {"A": "1"}):
                make(request)
                look()


        def test_write(request):
            request.getfixturevalue("restoring")
            os.environ["C"] = "1"
            look()


        def test_blind(request):
            with patch.dict(os.environ, {"A": "1"}):
                request.getfixturevalue("blind")
                look()


        def test_asked(client):
            with patch.dict(os.environ, {"A": "1"}):
                look()
        """,
        """
        @pytest.fixture
        def client():
            yield
            look()


        @pytest.fixture
        def blind():
            return 1


        @pytest.fixture
        def restoring():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("C", "restoring")
                yield


        @pytest.fixture
        def get(request):
            return lambda name: request.getfixturevalue(name)


        def make(request):
            return request.getfixturevalue("client")


        class TestIt:
            @pytest.fixture(autouse=True)
            def keep(self, request):
                self._request = request

            def test_attribute(self, monkeypatch):
                with monkeypatch.context() as m:
                    m.setenv("A", "1")
                    self._request.getfixturevalue("client")
                    look()


        def test_direct(request, monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                request.getfixturevalue("client")
                look()


        def test_decorated(request, monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                request.getfixturevalue("client")
                look()


        @pytest.mark.parametrize("name", ["client"])
        def test_computed(request, name, monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                request.getfixturevalue(name)
                look()


        def test_made(get, monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                get("client")
                look()


        def test_handed(request, monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                make(request)
                look()


        def test_write(request):
            request.getfixturevalue("restoring")
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("C", "1")
                look()


        def test_blind(request, monkeypatch):
            monkeypatch.setenv("A", "1")
            request.getfixturevalue("blind")
            look()


        def test_asked(client, monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    case(
        "tear_downs_that_cannot_tell",
        """
        import shutil


        @pytest.fixture
        def client(tmp_path):
            os.environ.setdefault("REGION", "r")
            yield os.environ.get("REGION")
            look(os.environ.get("REGION"))


        @pytest.fixture
        def folder(monkeypatch, tmp_path):
            monkeypatch.setenv("F", "1")
            made = tmp_path / "made"
            made.mkdir()
            yield made
            shutil.rmtree(made)
            closed = True
            assert closed


        @pytest.fixture
        def looking(monkeypatch):
            yield
            look()


        @patch.dict(os.environ, {"OPENAI_API_KEY": "x"})
        def test_client(client):
            look()


        @patch.dict(os.environ, {"A": "1"})
        def test_folder(folder):
            look()


        @patch.dict(os.environ, {"A": "1"})
        def test_looking(looking):
            look()
        """,
        """
        import shutil


        @pytest.fixture
        def client(tmp_path):
            with pytest.MonkeyPatch.context() as monkeypatch:
                if "REGION" not in os.environ:
                    monkeypatch.setenv("REGION", "r")
                yield os.environ.get("REGION")
                look(os.environ.get("REGION"))


        @pytest.fixture
        def folder(monkeypatch, tmp_path):
            monkeypatch.setenv("F", "1")
            made = tmp_path / "made"
            made.mkdir()
            yield made
            shutil.rmtree(made)
            closed = True
            assert closed


        @pytest.fixture
        def looking(monkeypatch):
            yield
            look()


        def test_client(client, monkeypatch):
            monkeypatch.setenv("OPENAI_API_KEY", "x")
            look()


        def test_folder(folder, monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_looking(looking, monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
        """,
    ),
]
