"""A module for the suites that the tests write: what their tests set attributes and items of.

It is copied as it stands and imported by the recorder, which puts it back after each test.
"""

count = 1
flag = False
name = "places"
pair = (1, 2)


HANDLERS = {"json": 1, "text": 2}
QUEUE = [1]
TAGS = {"first"}
tag = "none"
SETTINGS: dict[str, object] = {"debug": False}


class Service:
    limit = 3
    kind = "plain"

    @staticmethod
    def call() -> str:
        return "called"


class Config:
    def __init__(self) -> None:
        self.debug = False
        self.level = 1


service = Service()
config = Config()


def run() -> str:
    return f"{name} {count} {flag} {Service.limit} {service.limit} {config.debug} {config.level} {Service.call()}"


def handled() -> str:
    return f"{sorted(HANDLERS.items())} {sorted(SETTINGS)}"
