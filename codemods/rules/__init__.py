"""The rules: a file for each, named as the rule is; ``environ`` carries out those on the environment together."""
