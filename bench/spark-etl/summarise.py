"""The peer of bench/spark-etl/compare.ts: raw till lines in Parquet -> validated, deduplicated, summed to store x product x day in PostgreSQL.

Prints one JSON line: seconds until the session is ready, then of each run. Arguments: raw file, products file, JDBC driver's
jar, JDBC URL, user, password, table, runs.
"""
import json
import sys
import time

began = time.monotonic()

from pyspark.sql import SparkSession, functions as f  # noqa: E402

raw_file, products_file, driver_jar, url, user, password, table, runs = sys.argv[1:9]

spark = (
    SparkSession.builder.master("local[*]")
    .config("spark.jars", driver_jar)
    .config("spark.driver.memory", "4g")
    .config("spark.sql.shuffle.partitions", "8")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
session_seconds = time.monotonic() - began


def summarise() -> float:
    started = time.monotonic()
    products = spark.read.parquet(products_file).select("product_id", "department")
    valid = spark.read.parquet(raw_file).where("quantity >= 0 and sales_value >= 0 and store_id is not null")
    facts = (
        valid.dropDuplicates(["transaction_id", "line_no"])
        .join(f.broadcast(products), "product_id", "left")
        .groupBy("date", "store_id", "product_id", "department")
        .agg(
            f.sum("quantity").alias("quantity"),
            f.sum("sales_value").alias("net_amount"),
            f.count("*").alias("lines"),
        )
    )
    facts.write.mode("overwrite").jdbc(
        url,
        table,
        properties={
            "user": user,
            "password": password,
            "driver": "org.postgresql.Driver",
            "batchsize": "10000",
            "reWriteBatchedInserts": "true",
        },
    )
    return time.monotonic() - started


print(json.dumps({"session": session_seconds, "runs": [summarise() for _ in range(int(runs))]}))
spark.stop()
