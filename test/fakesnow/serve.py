"""Serves fakesnow on 127.0.0.1 at the port given, with the CSV options that Penstock's COPY INTO names and fakesnow lacks.

fakesnow reads CSV by DuckDB with guessed types, so that a sequence number of 56 digits would become a rounded one, and "" and
nothing would both be NULL. Here all columns are read as text, and nothing is NULL while "" is the empty text, which is what the
options mean in Snowflake: ESCAPE = NONE, ESCAPE_UNENCLOSED_FIELD = NONE, NULL_IF = (), EMPTY_FIELD_AS_NULL = TRUE.
"""

import sys

import uvicorn
from fakesnow import copy_into, transforms
from fakesnow.cursor import FakeSnowflakeCursor

SUPPORTED = copy_into.handle_csv
MEANT = {"ESCAPE", "ESCAPE_UNENCLOSED_FIELD", "NULL_IF", "EMPTY_FIELD_AS_NULL", "ENCODING", "COMPRESSION"}


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
    return INSERTS(expr, params, *others)


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
    uvicorn.run("fakesnow.server:app", host="127.0.0.1", port=int(sys.argv[1]), log_level=sys.argv[2] if len(sys.argv) > 2 else "warning")
