"""Saving and restoring by hand."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "blank_lines_around_a_restoration",
        """
        def test_it():
            saved = os.environ.get("A")

            os.environ["A"] = "1"
            look()

            if saved is None:
                del os.environ["A"]
            else:
                os.environ["A"] = saved

            # then
            look()


        def test_no_blank_after_it():
            saved = os.environ["B"]
            os.environ["B"] = "1"
            look()

            os.environ["B"] = saved
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()

            # then
            look()


        def test_no_blank_after_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("B", "1")
                look()

            look()
        """,
    ),
    case(
        "the_case_it_began_with",
        '''
        class TestSecurityConfig:
            def test_automatic_key_generation_in_development(self):
                """A key is made."""
                with patch.dict(os.environ, {'ENVIRONMENT': 'development'}):
                    # Remember the original key
                    original = os.environ.get('B')
                    if 'B' in os.environ:
                        del os.environ['B']

                    try:
                        config = look(3)

                        # It is long
                        assert config == 3  # three
                    finally:
                        # Restore the original environment
                        if original:
                            os.environ['B'] = original
        ''',
        '''
        class TestSecurityConfig:
            def test_automatic_key_generation_in_development(self, monkeypatch):
                """A key is made."""
                monkeypatch.setenv('ENVIRONMENT', 'development')
                monkeypatch.delenv('B', raising=False)

                config = look(3)

                # It is long
                assert config == 3  # three
        ''',
    ),
    case(
        "all_ways_to_put_one_back",
        """
        def test_is_not_none():
            saved = os.environ.get("A")
            os.environ["A"] = "1"
            try:
                look()
            finally:
                if saved is not None:
                    os.environ["A"] = saved
                else:
                    del os.environ["A"]


        def test_is_none():
            saved = os.getenv("B")
            os.environ["B"] = "1"
            try:
                look()
            finally:
                if saved is None:
                    os.environ.pop("B", None)
                else:
                    os.environ["B"] = saved


        def test_in():
            had = "B" in os.environ
            saved = os.environ["B"]
            os.environ.pop("B")
            try:
                look()
            finally:
                if had:
                    os.environ["B"] = saved


        def test_always():
            saved = os.environ["B"]
            os.environ["B"] = "2"
            try:
                look()
            finally:
                os.environ["B"] = saved


        def test_popped():
            saved = os.environ.pop("B", None)
            try:
                look()
            finally:
                if saved is not None:
                    os.environ["B"] = saved


        def test_unset():
            os.environ["A"] = "1"
            try:
                look()
            finally:
                os.environ.pop("A", None)


        def test_whole():
            saved = dict(os.environ)

            os.environ["A"] = "1"
            try:
                assert os.environ["A"] == "1"
            finally:
                os.environ.clear()
                os.environ.update(saved)


        def test_without_try():
            os.environ["A"] = "1"
            look()
            del os.environ["A"]
        """,
        """
        def test_is_not_none(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_is_none(monkeypatch):
            monkeypatch.setenv("B", "1")
            look()


        def test_in(monkeypatch):
            monkeypatch.delenv("B")
            look()


        def test_always(monkeypatch):
            monkeypatch.setenv("B", "2")
            look()


        def test_popped(monkeypatch):
            monkeypatch.delenv("B", raising=False)
            look()


        def test_unset(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_whole(monkeypatch):
            monkeypatch.setenv("A", "1")
            assert os.environ["A"] == "1"


        def test_without_try(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    case(
        "what_else_the_finally_does",
        """
        def test_before_the_restoration():
            os.environ["A"] = "1"
            try:
                look()
            finally:
                look()  # clean-up
                # restore
                del os.environ["A"]


        def test_after_the_restoration():
            saved = os.environ.get("B")
            os.environ["B"] = "1"
            try:
                look()
            finally:
                os.environ["B"] = saved
                look()  # clean-up


        def test_with_a_handler():
            os.environ["A"] = "1"
            try:
                look()
                raise KeyError
            except KeyError:
                look()
            finally:
                del os.environ["A"]
        """,
        """
        def test_before_the_restoration(monkeypatch):
            monkeypatch.setenv("A", "1")
            try:
                look()
            finally:
                look()  # clean-up


        def test_after_the_restoration(monkeypatch):
            try:
                with monkeypatch.context() as m:
                    m.setenv("B", "1")
                    look()
            finally:
                look()  # clean-up


        def test_with_a_handler(monkeypatch):
            monkeypatch.setenv("A", "1")
            try:
                look()
                raise KeyError
            except KeyError:
                look()
        """,
    ),
    case(
        "code_that_may_look_follows_the_try",
        """
        def test_it():
            saved = os.environ.get("A")
            os.environ["A"] = "1"
            look()
            try:
                look()
            finally:
                if saved is None:
                    del os.environ["A"]
                else:
                    os.environ["A"] = saved
            look()


        def test_inside():
            saved = os.environ.copy()
            try:
                os.environ["A"] = "1"
                assert os.environ["A"] == "1"
            finally:
                os.environ.clear()
                os.environ.update(saved)
            look()


        def test_without_try():
            os.environ["A"] = "1"
            look()
            del os.environ["A"]
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
                look()
            look()


        def test_inside(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                assert os.environ["A"] == "1"
            look()


        def test_without_try(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
            monkeypatch.delenv("A")
            look()
        """,
    ),
    case(
        "saved_value_is_used",
        """
        def test_it():
            saved = os.environ.get("B")
            os.environ["B"] = "1"
            try:
                assert look(saved) == "outer"
            finally:
                os.environ["B"] = saved
        """,
        """
        def test_it(monkeypatch):
            saved = os.environ.get("B")
            monkeypatch.setenv("B", "1")
            assert look(saved) == "outer"
        """,
    ),
    case(
        "around_a_yield",
        """
        @pytest.fixture
        def env():
            saved = os.environ.get("A")
            os.environ["A"] = "1"
            yield os.environ
            if saved is None:
                del os.environ["A"]
            else:
                os.environ["A"] = saved


        @pytest.fixture
        def tried():
            os.environ["C"] = "1"
            try:
                yield
            finally:
                del os.environ["C"]


        @pytest.fixture(scope="module")
        def wide():
            saved = os.environ.copy()
            os.environ["D"] = "1"
            yield
            if "D" in saved:
                os.environ["D"] = saved["D"]
            else:
                del os.environ["D"]


        def test_it(env, tried, wide):
            look()
        """,
        """
        @pytest.fixture
        def env():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield os.environ


        @pytest.fixture
        def tried():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("C", "1")
                yield


        @pytest.fixture(scope="module")
        def wide():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("D", "1")
                yield


        def test_it(env, tried, wide):
            look()
        """,
        leaves=True,
    ),
    case(
        "what_the_test_set_before_it_saved",
        """
        def test_it():
            os.environ["A"] = "0"
            look()
            saved = os.environ["A"]
            os.environ["A"] = "1"
            try:
                look()
            finally:
                os.environ["A"] = saved
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "0")
            look()
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
            look()
        """,
    ),
    case(
        "one_try_after_the_other",
        """
        def test_it():
            os.environ["A"] = "1"
            try:
                look()
            finally:
                del os.environ["A"]
            os.environ["A"] = "2"
            try:
                look()
            finally:
                del os.environ["A"]
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
            with monkeypatch.context() as m:
                m.setenv("A", "2")
                look()
            look()
        """,
    ),
    case(
        "comments_around_what_goes",
        """
        def test_it():
            saved = os.environ.get("A")
            try:  # first
                os.environ["A"] = "1"
                look()
            finally:
                if saved is None:
                    del os.environ["A"]
                else:
                    os.environ["A"] = saved
                # second
                with patch.dict(os.environ, {"C": "3"}):
                    look()
            look()
        """,
        """
        def test_it(monkeypatch):
            # first
            try:
                with monkeypatch.context() as m:
                    m.setenv("A", "1")
                    look()
            finally:
                # second
                with monkeypatch.context() as patched:
                    patched.setenv("C", "3")
                    look()
            look()
        """,
    ),
    case(
        "what_stands_around_a_block_that_goes_on",
        """
        def test_it():
            # kept, old and new
            saved = os.environ["B"]
            saved_path = os.environ["PATH"]
            saved_sep = os.sep

            # above
            try:
                # set up
                os.environ["B"] = os.environ["PATH"] = "1"
                look()

            finally:
                # put back
                os.environ["B"] = saved
                os.environ["PATH"] = saved_path
                os.sep = saved_sep

                # and this
                look()
        """,
        """
        def test_it(monkeypatch):
            # kept, old and new
            saved_sep = os.sep

            # above
            try:
                # set up
                with monkeypatch.context() as m:
                    m.setenv("B", "1")
                    m.setenv("PATH", "1")
                    look()

            finally:
                # put back
                os.sep = saved_sep

                # and this
                look()
        """,
    ),
    case(
        "what_was_saved_together_is_needed_still",
        """
        def test_it():
            saved, sep = os.environ["B"], os.sep
            os.environ["B"] = "1"
            look()
            os.environ["B"] = saved
            os.sep = sep
        """,
        """
        def test_it(monkeypatch):
            saved, sep = os.environ["B"], os.sep
            monkeypatch.setenv("B", "1")
            look()
            os.sep = sep
        """,
    ),
    case(
        "blank_above_what_is_left_of_a_finally",
        """
        def test_it():
            saved = os.environ["B"]
            try:
                # set up
                os.environ["B"] = "1"
                look()

            finally:
                # put back
                os.environ["B"] = saved

                # and this
                look()
        """,
        """
        def test_it(monkeypatch):
            try:
                # set up
                with monkeypatch.context() as m:
                    m.setenv("B", "1")
                    look()

            finally:
                # and this
                look()
        """,
    ),
    case(
        "except_and_a_finally_that_goes_on",
        """
        def test_it():
            saved = os.environ["B"]
            try:
                os.environ["B"] = "1"
                look()
                raise KeyError
            except KeyError:
                # in it
                look()
            else:
                look()
            finally:
                os.environ["B"] = saved
                look()
        """,
        """
        def test_it(monkeypatch):
            try:
                with monkeypatch.context() as m:
                    try:
                        m.setenv("B", "1")
                        look()
                        raise KeyError
                    except KeyError:
                        # in it
                        look()
                    else:
                        look()
            finally:
                look()
        """,
    ),
    case(
        "on_one_line_with_the_restoration",
        """
        def test_it():
            os.environ["A"] = "1"
            try:
                look()
            finally:
                del os.environ["A"]; look()
        """,
        """
        def test_it(monkeypatch):
            try:
                with monkeypatch.context() as m:
                    m.setenv("A", "1")
                    look()
            finally:
                look()
        """,
    ),
    case(
        "saved_name_that_is_deleted",
        """
        def test_it():
            saved = os.environ["B"]
            os.environ["B"] = "1"
            try:
                look()
            finally:
                os.environ["B"] = saved
            del saved
            look()
        """,
        """
        def test_it(monkeypatch):
            saved = os.environ["B"]
            with monkeypatch.context() as m:
                m.setenv("B", "1")
                look()
            del saved
            look()
        """,
    ),
]
