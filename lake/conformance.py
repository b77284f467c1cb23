"""The other side of the conformance test: the Python deltalake package.

Reads one JSON request a line on standard input and answers each with one JSON line.
"""

import json
import sys

import arro3.core as arrow
from deltalake import DeltaTable, QueryBuilder, WriterProperties, write_deltalake


def query(request, options):
    """The rows of a statement over the table `t` at a version, all values as text."""
    table = DeltaTable(request["uri"], version=request.get("version"), storage_options=options)
    result = QueryBuilder().register("t", table).execute(request["sql"]).read_all()
    columns = [[value.as_py() for value in result.column(name)] for name in result.schema.names]
    return [list(row) for row in zip(*columns)]


def describe(request, options):
    table = DeltaTable(request["uri"], storage_options=options)
    return {"version": table.version(), "files": len(table.file_uris())}


def version_at(request, options):
    table = DeltaTable(request["uri"], storage_options=options)
    table.load_as_version(request["instant"])
    return table.version()


def rows_of(request):
    lines = range(request["from"], request["from"] + request["count"])
    day = request["day"]  # days since 1970-01-01
    return arrow.Table.from_pydict(
        {
            "line": arrow.Array(list(lines), arrow.DataType.int64()),
            "store_id": arrow.Array(["store%d" % (line % 7) for line in lines], arrow.DataType.string()),
            "date": arrow.Array([day for _ in lines], arrow.DataType.int32()).cast(arrow.DataType.date32()),
        }
    )


def write(request, options):
    write_deltalake(
        request["uri"],
        rows_of(request),
        mode=request["mode"],
        partition_by=["date"],
        predicate=request.get("predicate"),
        storage_options=options,
        writer_properties=WriterProperties(compression="ZSTD"),
    )
    return describe(request, options)


def checkpoint(request, options):
    DeltaTable(request["uri"], storage_options=options).create_checkpoint()
    return describe(request, options)


def compact(request, options):
    DeltaTable(request["uri"], storage_options=options).optimize.compact()
    return describe(request, options)


COMMANDS = {
    "query": query,
    "describe": describe,
    "version_at": version_at,
    "write": write,
    "checkpoint": checkpoint,
    "compact": compact,
}

storage = None
for text in sys.stdin:
    call = json.loads(text)
    if "storage" in call:
        storage = call["storage"]
        continue
    try:
        answer = {"answer": COMMANDS[call["command"]](call, storage)}
    except Exception as error:  # The test reports what it expected instead.
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
