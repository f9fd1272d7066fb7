"""In which order, and how often, what a change is made of is computed."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "parts_that_commute",
        """
        def test_only_one_acts():
            keys = iter("AC")
            os.environ[next(keys)] = "1"
            os.environ["C"] = str(look("2"))
            os.environ["C"] += str(look("3"))
            look()


        def test_neither_acts():
            names = {"a": "A"}
            os.environ[names["a"]] = os.getcwd()[:1]
            os.environ[names["a"]] += names["a"]
            look()


        def test_computed_first_in_both():
            os.environ["A"], os.environ[next(iter("C"))] = "1", "2"
            os.environ.update({look("D"): look("4")})
            look()


        def test_dropped():
            os.environ.pop(look("B"), [])
            look()


        async def test_awaits():
            async def value():
                return look("1")

            os.environ["A"] = await value()
            look()
        """,
        """
        def test_only_one_acts(monkeypatch):
            keys = iter("AC")
            monkeypatch.setenv(next(keys), "1")
            monkeypatch.setenv("C", str(look("2")))
            monkeypatch.setenv("C", os.environ["C"] + str(look("3")))
            look()


        def test_neither_acts(monkeypatch):
            names = {"a": "A"}
            monkeypatch.setenv(names["a"], os.getcwd()[:1])
            monkeypatch.setenv(names["a"], os.environ[names["a"]] + names["a"])
            look()


        def test_computed_first_in_both(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv(next(iter("C")), "2")
            monkeypatch.setenv(look("D"), look("4"))
            look()


        def test_dropped(monkeypatch):
            monkeypatch.delenv(look("B"), raising=False)
            look()


        async def test_awaits(monkeypatch):
            async def value():
                return look("1")

            monkeypatch.setenv("A", await value())
            look()
        """,
    ),
]

REFUSED = {
    f"computed_{name}": (f"def test_it(key, value, names):\n    {code}\n    look()\n", [f"ISO102 {reason}"])
    for name, code, reason in (
        ("by_calls", "os.environ[key()] = value()", "evaluation-order"),
        ("in_texts", 'os.environ[f"{key()}"] = f"{value()}"', "evaluation-order"),
        ("by_a_call_that_may_change_the_key", "os.environ[names[0]] = value()", "evaluation-order"),
        ("by_a_call_that_may_change_the_value", "os.environ[key()] = names.value", "evaluation-order"),
        ("by_a_name_that_is_bound", "os.environ[key] = (key := value)", "evaluation-order"),
        ("by_a_name_that_was_bound", "os.environ[(key := value)] = key", "evaluation-order"),
        ("twice", 'os.environ[key()] += "1"', "evaluation-order"),
        ("twice_by_a_name", 'os.environ[(key := value)] += "1"', "evaluation-order"),
        ("for_nothing", 'os.environ.pop("A", value())', "evaluation-order"),
        ("if_it_is_unset", 'os.environ.setdefault("A", value())', "evaluation-order"),
        ("with_others", 'os.environ[key()], os.environ["A"] = names[0], "1"', "evaluation-order"),
        ("before_the_deletion", 'names[key()] = os.environ.pop("A")', "value-used"),
        ("by_another_change", 'os.environ["A"] = os.environ.pop("B")', "value-used"),
        ("by_another_change_too", 'os.environ["A"] += os.environ.pop("B")', "value-used"),
        ("by_a_change_in_a_dict", 'os.environ.update(A=os.environ.setdefault("B", "1"))', "value-used"),
    )
}
for name in ("await_key", "await_value"):
    code = {"await_key": "os.environ[await key] = value()", "await_value": "os.environ[names.key] = await value"}[name]
    body = f"async def test_it(key, value, names):\n    {code}\n    look()\n"
    REFUSED[f"computed_by_{name}"] = (body, ["ISO102 evaluation-order"])
REFUSED["computed_by_a_change_in_a_patcher"] = (
    'def test_it():\n    with patch.dict(os.environ, {"A": os.environ.pop("B")}):\n        look()\n',
    ["ISO101 value-used"],
)
