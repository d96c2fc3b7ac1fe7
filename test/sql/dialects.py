"""Reads queries as JSON ({name: sql}) and reports each that DuckDB and Snowflake do not share.

A query must parse as DuckDB's and as Snowflake's, translate into Snowflake's without anything unsupported, and call
only functions that both have under the same name, or that sqlglot translates.
"""
import json
import sys

import sqlglot
from sqlglot import exp

# Functions of both, whose meaning is the same in both.
SHARED = {
    "count", "sum", "min", "max", "coalesce", "nullif", "cast", "case", "if", "floor", "extract",
    "to_timestamp", "unix_to_time", "chr", "approx_distinct", "and", "or", "not",
    "contains", "length", "substring",
}


def faults(sql):
    for dialect in ("duckdb", "snowflake"):
        try:
            trees = sqlglot.parse(sql, read=dialect)
        except sqlglot.errors.ParseError as error:
            yield f"does not parse as {dialect}: {error}"
            return
        if len(trees) != 1 or not isinstance(trees[0], exp.Query):
            yield f"is not one SELECT to {dialect}"
    tree = sqlglot.parse_one(sql, read="duckdb")
    for function in tree.find_all(exp.Func):
        name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
        if name.lower() not in SHARED:
            yield f"uses {name.lower()}, which is not known to be shared"
    try:
        translated = sqlglot.transpile(sql, read="duckdb", write="snowflake", unsupported_level=sqlglot.ErrorLevel.RAISE)[0]
        sqlglot.parse_one(translated, read="snowflake")
    except sqlglot.errors.SqlglotError as error:
        yield f"does not translate to snowflake: {error}"


def main():
    queries = json.load(sys.stdin)
    wrong = 0
    for name, sql in queries.items():
        for fault in faults(sql):
            wrong += 1
            print(f"{name}: {fault}\n  {sql}")
    print(f"{len(queries)} queries, {wrong} faults")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
