"""Serves fakesnow on 127.0.0.1 at the port given, with the CSV options that Penstock's COPY INTO names and fakesnow lacks.

fakesnow reads CSV by DuckDB with guessed types, so that a sequence number of 56 digits would become a rounded one, and "" and
nothing would both be NULL. Here all columns are read as text, and nothing is NULL while "" is the empty text, which is what the
options mean in Snowflake: ESCAPE = NONE, ESCAPE_UNENCLOSED_FIELD = NONE, NULL_IF = (), EMPTY_FIELD_AS_NULL = TRUE.

A row that does not fit into the table's types, or has no value for a column that is NOT NULL, is refused as Snowflake refuses it:
with its numbers and SQLSTATEs, and with ON_ERROR = CONTINUE, which fakesnow lacks, the others are loaded.
"""

import logging
import re
import sys

import duckdb
import snowflake.connector.errors
import uvicorn
from fakesnow import copy_into, cursor, transforms
from sqlglot import exp, parse_one
from fakesnow.cursor import FakeSnowflakeCursor

SUPPORTED = copy_into.handle_csv
MEANT = {"RECORD_DELIMITER", "ESCAPE", "ESCAPE_UNENCLOSED_FIELD", "NULL_IF", "EMPTY_FIELD_AS_NULL", "ENCODING", "COMPRESSION"}


def handle_csv(expressions):
    return SUPPORTED([e for e in expressions if e.name.upper() not in MEANT])


READ = copy_into.ReadCSV.read_expression


def read_expression(self, url):
    read = READ(self, url)
    for name, value in (("all_varchar", True), ("allow_quoted_nulls", False), ("auto_detect", True)):
        read.append("expressions", self.make_eq(name, value))
    read.append("expressions", self.make_eq("nullstr", ""))
    # fakesnow looks for column0; with ten columns or more DuckDB would call it column00.
    read.append("expressions", self.make_eq("names", [f"column{i}" for i in range(self.count)]))
    read.append("expressions", self.make_eq("escape", '"'))
    return read


INSERTS = copy_into._inserts


def inserts(expr, params, *others):
    params.file_format.count = len(expr.this.expressions)
    made = INSERTS(expr, params, *others)
    if expr.args.get("fits"):
        for insert in made:
            insert.set("expression", insert.expression.where(parse_one(expr.args["fits"], read="duckdb")))
    return made


def fits(conn, database, schema, target):
    """The condition under which a row of column0, column1... fits into the table."""
    table = copy_into._extract_table(target)
    types = {name: (kind, null) for name, kind, null in conn.execute(
        "SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE database_name ILIKE ? AND schema_name ILIKE ? AND table_name ILIKE ?",
        [table.catalog or database, table.db or schema, table.name]).fetchall()}
    conditions = []
    for i, column in enumerate(target.expressions):
        kind, null = types[column.name]
        conditions.append(f"(TRY_CAST(column{i} AS {kind}) IS NOT NULL OR column{i} IS NULL AND {null})")
    return " AND ".join(conditions)


COPY_INTO = copy_into.copy_into
# The column, in the words of COPY INTO's answer. It is the tests' own.
AT_FAULT = """'"ITEMS"["CITY":5]'"""


def copy(conn, database, schema, expr, params=None):
    options = expr.args["params"]
    skips = [o for o in options if o.this.name.upper() == "ON_ERROR" and o.expression.name.upper() == "CONTINUE"]
    if not isinstance(expr.this, exp.Schema) or isinstance(expr.args["files"][0], exp.Subquery):
        return COPY_INTO(conn, database, schema, expr, params)
    expr.set("params", [o for o in options if o not in skips])
    condition = fits(conn, database, schema, expr.this)
    parsed = copy_into._params(expr)
    source = copy_into.stage_url_from_var(copy_into._from_source(expr)[1:], conn, database, schema)
    refused = {}
    for url in copy_into._source_urls(source, parsed.files):
        parsed.file_format.count = len(expr.this.expressions)
        read = parsed.file_format.read_expression(url).sql(dialect="duckdb")
        try:
            refused[url] = conn.execute(f"SELECT count(*) FILTER (NOT ({condition})), count(*) FROM {read}").fetchone()
        except duckdb.Error as e:
            raise snowflake.connector.errors.ProgrammingError(msg=str(e), errno=100016, sqlstate="22000") from None
    words = "NULL result in a non-nullable column, or a value that is not recognized"
    if not skips and any(bad for bad, _ in refused.values()):
        raise snowflake.connector.errors.ProgrammingError(msg=words, errno=100072, sqlstate="22000")
    if skips:
        expr.set("fits", condition)
    sql = COPY_INTO(conn, database, schema, expr, params)
    for url, (bad, rows) in refused.items():
        if bad:
            told = f"('{url}', 'PARTIALLY_LOADED', {rows}, {rows - bad}, {rows}, {bad}, '{words}', 2, 1, {AT_FAULT})"
            sql = re.sub(rf"\('{re.escape(url)}', 'LOADED',[^)]*\)", lambda _, told=told: told, sql)
    conn.execute(sql)
    return sql


cursor.copy_into = copy
EXECUTE = FakeSnowflakeCursor._execute


def execute(self, *args, **named):
    try:
        return EXECUTE(self, *args, **named)
    except duckdb.ConstraintException as e:
        raise snowflake.connector.errors.ProgrammingError(msg=str(e), errno=100072, sqlstate="22000") from None


FakeSnowflakeCursor._execute = execute
copy_into._inserts = inserts
copy_into.handle_csv = handle_csv
copy_into.ReadCSV.read_expression = read_expression
DESCRIBE = FakeSnowflakeCursor._describe_last_sql


def describe_last_sql(self):
    # BEGIN has run by then, and has no columns that DuckDB could describe.
    if (self._last_sql or "").upper().startswith("BEGIN"):
        self._last_sql = "SELECT 'Statement executed successfully.' AS status"
    return DESCRIBE(self)


# fakesnow adds up decimals as doubles, for columns of text; ours have types.
transforms.numeric_agg_implicit_cast = lambda expression: expression
FakeSnowflakeCursor._describe_last_sql = describe_last_sql


if __name__ == "__main__":
    import fakesnow.server  # it sets its logger to INFO, which has each refused statement

    fakesnow.server.logger.setLevel(logging.WARNING)
    uvicorn.run("fakesnow.server:app", host="127.0.0.1", port=int(sys.argv[1]), log_level=sys.argv[2] if len(sys.argv) > 2 else "warning")
