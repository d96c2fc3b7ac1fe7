"""Reads statements as a JSON list and reports each that sqlglot cannot parse as Snowflake's SQL.

sqlglot falls back to an opaque command for statements whose grammar it does not know. Those whose grammar it
knows must parse as what they are; the others are listed, so that it is plain what was not looked into.
"""
import json
import logging
import sys

import sqlglot
from sqlglot import exp

logging.disable(logging.CRITICAL)
# Beginnings that sqlglot 30 takes as opaque commands.
OPAQUE = ("SHOW ", "GRANT ", "ALTER ", "CREATE ", "USE ", "DESC ", "DROP ")
MUST_PARSE = ("SELECT ", "CREATE TABLE", "CREATE OR REPLACE VIEW", "CREATE SCHEMA", "CREATE DATABASE", "CREATE STAGE", "CREATE FILE FORMAT", "COPY INTO")
# Snowflake's own (docs: DESCRIBE USER), which sqlglot 30 takes for the description of a table with an alias, and refuses.
UNKNOWN = ("DESC USER ",)

statements = json.load(sys.stdin)
wrong, opaque = 0, {}
for sql in statements:
    parts = [sql]
    if " AS COPY INTO" in sql:
        parts.append(sql[sql.index("COPY INTO"):])
    for part in parts:
        if part.startswith(UNKNOWN):
            opaque["DESC USER"] = opaque.get("DESC USER", 0) + 1
            continue
        try:
            trees = sqlglot.parse(part, read="snowflake")
        except sqlglot.errors.SqlglotError as error:
            wrong += 1
            print(f"does not parse: {error}\n  {part}")
            continue
        trees = [tree for tree in trees if tree]
        if len(trees) != 1:
            wrong += 1
            print(f"is {len(trees)} statements: {part}")
        elif isinstance(trees[0], exp.Command):
            if part.startswith(MUST_PARSE) or not part.startswith(OPAQUE):
                wrong += 1
                print(f"was not understood: {part}")
            opaque[" ".join(part.split()[:2])] = opaque.get(" ".join(part.split()[:2]), 0) + 1
print(f"{len(statements)} statements, {wrong} faults; taken as they are: {opaque}")
sys.exit(1 if wrong else 0)
