"""How what is written is laid out: as its owner, or the owner's formatter, would have written it."""

from tests.codemods.state.kit import HEAD, case

_LONG = "https://example.com/a/long/address/of/a/service"

CASES = [
    case(
        "nothing_empty_is_left_at_the_end",
        """
        def test_it():
            before = os.environ.get("A")
            os.environ["A"] = "1"
            look()

            if before is None:
                del os.environ["A"]
            else:
                os.environ["A"] = before


        def test_last():
            before = dict(os.environ)
            os.environ["A"] = "1"
            assert os.environ["A"] == "1"

            os.environ.clear()
            os.environ.update(before)
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_last(monkeypatch):
            monkeypatch.setenv("A", "1")
            assert os.environ["A"] == "1"
        """,
    ),
    case(
        "parameters_one_a_line",
        """
        @pytest.fixture
        def client():
            return "client"


        @pytest.mark.parametrize("dry", [True])
        def test_it(
            client,
            *,
            dry: bool,
        ):
            os.environ["A"] = "1"
            look()


        @pytest.mark.parametrize("dry", [True])
        def test_on_one_line(
            client, tmp_path: os.PathLike[str], request: pytest.FixtureRequest, *, dry: bool
        ):
            os.environ["A"] = "1"
            look()


        @pytest.mark.parametrize("dry", [True])
        def test_filled(client, tmp_path, request, recwarn,
                        capsys, dry):
            os.environ["A"] = "1"
            look()


        @pytest.mark.parametrize("dry", [True])
        def test_full(client, tmp_path, request, recwarn,
                      capsys, tmp_path_factory, pytestconfig, record_property, dry):
            os.environ["A"] = "1"
            look()


        @pytest.mark.parametrize("dry", [True])
        def test_without_trailing_comma(
            client,
            *,
            dry
        ):
            os.environ["A"] = "1"
            look()


        def test_default(
            client,
            dry=True,
        ):
            os.environ["A"] = "1"
            look()


        def test_hanging(client,
                         dry=True):
            os.environ["A"] = "1"
            look()
        """,
        """
        @pytest.fixture
        def client():
            return "client"


        @pytest.mark.parametrize("dry", [True])
        def test_it(
            client,
            *,
            dry: bool,
            monkeypatch: pytest.MonkeyPatch,
        ):
            monkeypatch.setenv("A", "1")
            look()


        @pytest.mark.parametrize("dry", [True])
        def test_on_one_line(
            client,
            tmp_path: os.PathLike[str],
            request: pytest.FixtureRequest,
            *,
            dry: bool,
            monkeypatch: pytest.MonkeyPatch,
        ):
            monkeypatch.setenv("A", "1")
            look()


        @pytest.mark.parametrize("dry", [True])
        def test_filled(client, tmp_path, request, recwarn,
                        capsys, dry, monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        @pytest.mark.parametrize("dry", [True])
        def test_full(client, tmp_path, request, recwarn,
                      capsys, tmp_path_factory, pytestconfig, record_property, dry,
                      monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        @pytest.mark.parametrize("dry", [True])
        def test_without_trailing_comma(
            client,
            *,
            dry,
            monkeypatch
        ):
            monkeypatch.setenv("A", "1")
            look()


        def test_default(
            client,
            dry=True,
            *,
            monkeypatch,
        ):
            monkeypatch.setenv("A", "1")
            look()


        def test_hanging(client,
                         dry=True,
                         *,
                         monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    case(
        "comments_stay_after_their_parameters",
        """
        @pytest.fixture
        def client():
            return "client"


        @pytest.fixture
        def server():
            return "server"


        def test_it(
            client,  # not the real one
            server,  # noqa: ARG001
        ):
            os.environ["A"] = "1"
            look()


        def test_without_comma(
            client,  # type: ignore[no-untyped-def]
            server  # needed
        ):
            os.environ["A"] = "1"
            look()


        def test_hanging(client,  # the first
                         server):  # the second
            os.environ["A"] = "1"
            look()


        def test_below(
            client,
            # runs
            server,
            # and no more
        ):
            os.environ["A"] = "1"
            look()
        """,
        """
        @pytest.fixture
        def client():
            return "client"


        @pytest.fixture
        def server():
            return "server"


        def test_it(
            client,  # not the real one
            server,  # noqa: ARG001
            monkeypatch,
        ):
            monkeypatch.setenv("A", "1")
            look()


        def test_without_comma(
            client,  # type: ignore[no-untyped-def]
            server,  # needed
            monkeypatch
        ):
            monkeypatch.setenv("A", "1")
            look()


        def test_hanging(client,  # the first
                         server,
                         monkeypatch):  # the second
            monkeypatch.setenv("A", "1")
            look()


        def test_below(
            client,
            # runs
            server,
            monkeypatch,
            # and no more
        ):
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    case(
        "lines_that_grow_too_long",
        f"""
        def test_call():
            os.environ["THE_ADDRESS_OF_THE_SERVICE"] = "{_LONG}"
            look()


        def test_with_a_long_name_and_a_few(tmp_path, request, pytestconfig, recwarn):
            os.environ["A"] = "1"
            look()


        def test_with_a_name_so_long_that(tmp_path, tmp_path_factory, request, pytestconfig, recwarn):
            os.environ["A"] = "1"  # a comment of its own
            look()


        def test_more(tmp_path, request, pytestconfig, recwarn, tmp_path_factory, capsys):
            os.environ["A"] = look("1") or "1"  # why
            look()
        """,
        f"""
        def test_call(monkeypatch):
            monkeypatch.setenv(
                "THE_ADDRESS_OF_THE_SERVICE", "{_LONG}"
            )
            look()


        def test_with_a_long_name_and_a_few(
            tmp_path, request, pytestconfig, recwarn, monkeypatch
        ):
            monkeypatch.setenv("A", "1")
            look()


        def test_with_a_name_so_long_that(
            tmp_path, tmp_path_factory, request, pytestconfig, recwarn, monkeypatch
        ):
            monkeypatch.setenv("A", "1")  # a comment of its own
            look()


        def test_more(
            tmp_path, request, pytestconfig, recwarn, tmp_path_factory, capsys, monkeypatch
        ):
            monkeypatch.setenv("A", look("1") or "1")  # why
            look()
        """,
    ),
    case(
        "values_keep_their_shape",
        """
        import json


        def test_it():
            os.environ["A"] = ("1" "2")
            os.environ["C"] = (
                "3"
                f"{4}"
            )
            with patch.dict(
                os.environ,
                {
                    "D": json.dumps(
                        {
                            "a": 1,

                            "b": [
                                2,
                            ],
                        }
                    ),
                },
            ):
                os.environ["E"] = '''
        one
            two'''
                look()
        """,
        """
        import json


        def test_it(monkeypatch):
            monkeypatch.setenv("A", ("1" "2"))
            monkeypatch.setenv(
                "C",
                (
                    "3"
                    f"{4}"
                ),
            )
            monkeypatch.setenv(
                "D",
                json.dumps(
                    {
                        "a": 1,

                        "b": [
                            2,
                        ],
                    }
                ),
            )
            monkeypatch.setenv("E", '''
        one
            two''')
            look()
        """,
    ),
    case(
        "a_few_variables_one_by_one",
        """
        def test_it():
            os.environ.update({"A": "1", "B": "2", "C": "3", "D": "4", "E": "5"})
            look()


        @patch.dict(os.environ, A="1", B="2", C="3", D="4", E="5", F="6", G="7", H="8")
        def test_decorated():
            look()


        def test_nine():
            with patch.dict(os.environ, A="1", B="2", C="3", D="4", E="5", F="6", G="7", H="8", I="9"):
                look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "2")
            monkeypatch.setenv("C", "3")
            monkeypatch.setenv("D", "4")
            monkeypatch.setenv("E", "5")
            look()


        def test_decorated(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "2")
            monkeypatch.setenv("C", "3")
            monkeypatch.setenv("D", "4")
            monkeypatch.setenv("E", "5")
            monkeypatch.setenv("F", "6")
            monkeypatch.setenv("G", "7")
            monkeypatch.setenv("H", "8")
            look()


        def test_nine(monkeypatch):
            for name, value in {
                "A": "1",
                "B": "2",
                "C": "3",
                "D": "4",
                "E": "5",
                "F": "6",
                "G": "7",
                "H": "8",
                "I": "9",
            }.items():
                monkeypatch.setenv(name, value)
            look()
        """,
    ),
    case(
        "imported_names_in_a_decorator",
        """
        from string import ascii_lowercase as VALUE
        from string import digits as KEY


        @patch.dict(os.environ, {KEY: VALUE, "A": "1"})
        def test_it():
            look()


        @patch.dict(os.environ, {"A": VALUE})
        class Helper:
            pass


        @patch.dict(os.environ, {"A": VALUE + "x"})
        def test_computed():
            look()
        """,
        """
        from string import ascii_lowercase as VALUE
        from string import digits as KEY


        def test_it(monkeypatch):
            monkeypatch.setenv(KEY, VALUE)
            monkeypatch.setenv("A", "1")
            look()


        @patch.dict(os.environ, {"A": VALUE})
        class Helper:
            pass


        _environment_of_test_computed = {"A": VALUE + "x"}


        def test_computed(monkeypatch):
            for name, value in _environment_of_test_computed.items():
                monkeypatch.setenv(name, value)
            look()
        """,
    ),
    case(
        "mappings_and_pairs",
        """
        def test_pairs():
            values = [("A", "1")]
            with patch.dict(os.environ, values):
                look()


        @pytest.mark.parametrize("values, more", [({"A": "1"}, 1), pytest.param({"A": "2"}, 2)])
        def test_parametrized(values, more):
            with patch.dict(os.environ, values):
                look(more)


        def test_generated():
            with patch.dict(os.environ, ((key, "1") for key in "AB")):
                look()


        @pytest.mark.parametrize("values", [[("A", "1")]])
        def test_unknown(values):
            with patch.dict(os.environ, values):
                look()


        def test_copied():
            values = dict(A="1")
            with patch.dict(os.environ, dict(values)):
                assert os.environ["A"] == values["A"]
        """,
        """
        def test_pairs(monkeypatch):
            values = [("A", "1")]
            for name, value in values:
                monkeypatch.setenv(name, value)
            look()


        @pytest.mark.parametrize("values, more", [({"A": "1"}, 1), pytest.param({"A": "2"}, 2)])
        def test_parametrized(values, more, monkeypatch):
            for name, value in values.items():
                monkeypatch.setenv(name, value)
            look(more)


        def test_generated(monkeypatch):
            for name, value in ((key, "1") for key in "AB"):
                monkeypatch.setenv(name, value)
            look()


        @pytest.mark.parametrize("values", [[("A", "1")]])
        def test_unknown(values, monkeypatch):
            for name, value in dict(values).items():
                monkeypatch.setenv(name, value)
            look()


        def test_copied(monkeypatch):
            values = dict(A="1")
            for name, value in values.items():
                monkeypatch.setenv(name, value)
            assert os.environ["A"] == values["A"]
        """,
    ),
    case(
        "what_nothing_needs_any_more",
        """
        import contextlib


        def test_pass():
            with patch.dict(os.environ, {"A": "1"}):
                pass


        def test_mocker(mocker):
            mocker.patch.dict(os.environ, {"A": "1"})
            look()


        def test_mocker_used(mocker):
            mocker.patch.dict(os.environ, {"A": "1"})
            look(mocker.sentinel.value is None)


        @patch.dict(os.environ, {"A": "1"})  # type: ignore[misc]
        def test_ignored():
            look()


        def test_nested():
            with patch.dict(os.environ, {"A": "1"}):  # noqa: SIM117
                with pytest.raises(KeyError):
                    look(os.environ["UNSET"])


        def test_tried():
            try:
                del os.environ["B"]  # it is set in CI
            except KeyError:  # it is not, elsewhere
                pass
            look()


        def test_suppressed():
            with contextlib.suppress(KeyError):
                os.environ.pop("B")
            look()
        """,
        """
        def test_pass(monkeypatch):
            monkeypatch.setenv("A", "1")


        def test_mocker(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_mocker_used(mocker, monkeypatch):
            monkeypatch.setenv("A", "1")
            look(mocker.sentinel.value is None)


        def test_ignored(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_nested(monkeypatch):
            monkeypatch.setenv("A", "1")
            with pytest.raises(KeyError):
                look(os.environ["UNSET"])


        def test_tried(monkeypatch):
            monkeypatch.delenv("B", raising=False)  # it is set in CI
            # it is not, elsewhere
            look()


        def test_suppressed(monkeypatch):
            monkeypatch.delenv("B", raising=False)
            look()
        """,
    ),
    case(
        "quotes_as_they_were",
        """
        @patch.dict(os.environ, A='one', B="two")
        def test_it():
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv('A', 'one')
            monkeypatch.setenv("B", "two")
            look()
        """,
        head=HEAD,
    ),
    case(
        "comments_that_do_not_object",
        """
        def test_it():
            # We cannot write there
            path = "a"

            # Monkeypatch the environment
            with patch.dict(os.environ, {"A": "1"}):
                look(path)
                # This is about monkeypatch. It is not about us.
        """,
        """
        def test_it(monkeypatch):
            # We cannot write there
            path = "a"

            # Monkeypatch the environment
            monkeypatch.setenv("A", "1")
            look(path)
            # This is about monkeypatch. It is not about us.
        """,
    ),
    case(
        "put_back_in_the_middle",
        """
        @pytest.fixture
        def service():
            saved = os.environ.get("A")
            os.environ["A"] = "1"
            yield
            if saved is None:
                del os.environ["A"]
            else:
                os.environ["A"] = saved
            look()


        def test_service(service):
            look()


        def test_one():
            saved = os.environ.get("A")
            os.environ["A"] = "1"
            look()
            if saved is None:
                del os.environ["A"]
            else:
                os.environ["A"] = saved
            look()


        def test_two():
            path, b = os.environ["PATH"], os.environ["B"]
            os.environ["PATH"] = "1"
            os.environ["B"] = "2"
            look()
            os.environ["B"] = b
            os.environ["PATH"] = path
            look()


        def test_empty():
            a = os.environ.get("A", "")
            os.environ["A"] = "1"
            look()
            os.environ["A"] = a
            look()
        """,
        """
        @pytest.fixture
        def service():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield
            look()


        def test_service(service):
            look()


        def test_one(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
            look()


        def test_two(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("PATH", "1")
                m.setenv("B", "2")
                look()
            look()


        def test_empty(monkeypatch):
            a = os.environ.get("A", "")
            monkeypatch.setenv("A", "1")
            look()
            monkeypatch.setenv("A", a)
            look()
        """,
    ),
    case(
        "key_and_value_that_are_made_of_strings",
        """
        def test_it():
            for name, wanted in {"a-b": True, "c": False}.items():
                os.environ[f"A_{name.upper().replace('-', '_')}"] = "yes" if [wanted][0] else "no"
            look()
        """,
        """
        def test_it(monkeypatch):
            for name, wanted in {"a-b": True, "c": False}.items():
                monkeypatch.setenv(
                    f"A_{name.upper().replace('-', '_')}", "yes" if [wanted][0] else "no"
                )
            look()
        """,
    ),
    case(
        "nothing_but_what_is_new",
        """
        def test_popped():
            saved = os.environ.pop("B", None)
            os.environ["B"] = "1"
            try:
                look()
            finally:
                if saved is not None:
                    os.environ["B"] = saved
                else:
                    os.environ.pop("B", None)


        def test_copy():
            with patch.dict(os.environ, {**os.environ, "A": "1"}, clear=True):
                look()


        def test_named():
            with patch.dict(os.environ, dict(os.environ, A="1"), clear=True):
                look()


        def test_first():
            with patch.dict(os.environ, {"B": "1", **os.environ}, clear=True):
                look()
        """,
        """
        def test_popped(monkeypatch):
            monkeypatch.setenv("B", "1")
            look()


        def test_copy(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_named(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_first(monkeypatch):
            environment = {"B": "1", **os.environ}
            for name in list(os.environ):
                monkeypatch.delenv(name)
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            look()
        """,
    ),
]
