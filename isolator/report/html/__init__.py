"""The report to look at: one page that holds all it needs, made by Jinja2 and Pygments, which nothing else imports.

``material`` says what either command brings, ``page`` makes the page's parts of it, ``render`` the bytes. What stands
in the page came from test suites: ``visible`` and Jinja2's escaping see to it that it is text and nothing else.
"""
