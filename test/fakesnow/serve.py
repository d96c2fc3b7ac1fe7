"""Serves fakesnow on 127.0.0.1 at the port given, with the CSV options that Penstock's COPY INTO names and fakesnow lacks.

fakesnow reads CSV by DuckDB with guessed types, so that a sequence number of 56 digits would become a rounded one, and "" and
nothing would both be NULL. Here all columns are read as text, and nothing is NULL while "" is the empty text, which is what the
options mean in Snowflake: ESCAPE = NONE, ESCAPE_UNENCLOSED_FIELD = NONE, NULL_IF = (), EMPTY_FIELD_AS_NULL = TRUE.
"""

import sys

import uvicorn
from fakesnow import copy_into

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
    read.append("expressions", self.make_eq("escape", '"'))
    return read


copy_into.handle_csv = handle_csv
copy_into.ReadCSV.read_expression = read_expression

if __name__ == "__main__":
    uvicorn.run("fakesnow.server:app", host="127.0.0.1", port=int(sys.argv[1]), log_level=sys.argv[2] if len(sys.argv) > 2 else "warning")
