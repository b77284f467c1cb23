"""The peer of bench/als/compare.ts: `implicit` on the same baskets.

`peer.py FOLDER ITEMS FACTORS CONFIDENCE REGULARIZATION ITERATIONS COUNT SEEDS`; FOLDER holds int32 arrays: starts and columns
of the training baskets, starts and columns of those that are asked about. Writes lists-SEED.i32 and prints, by seed, seconds
of training and of recommending.
"""
import json
import sys
import time

import numpy
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix

folder, items, factors, confidence, regularization, iterations, count, seeds = sys.argv[1:9]


def baskets(name: str) -> csr_matrix:
    starts = numpy.fromfile(f"{folder}/{name}-starts.i32", dtype="int32")
    columns = numpy.fromfile(f"{folder}/{name}-columns.i32", dtype="int32")
    values = numpy.ones(len(columns), dtype="float32")
    return csr_matrix((values, columns, starts), shape=(len(starts) - 1, int(items)))


training, asked = baskets("training"), baskets("asked")
results = []
for seed in range(1, int(seeds) + 1):
    began = time.monotonic()
    model = AlternatingLeastSquares(
        factors=int(factors),
        # implicit's alpha scales what is stored; its confidence of what was bought is that product, of the rest 1.
        alpha=1 + float(confidence),
        regularization=float(regularization),
        iterations=int(iterations),
        use_gpu=False,
        random_state=seed,
    )
    model.fit(training, show_progress=False)
    trained = time.monotonic()
    lists, _ = model.recommend(
        numpy.arange(asked.shape[0]), asked, N=int(count), recalculate_user=True, filter_already_liked_items=True
    )
    recommended = time.monotonic()
    lists.astype("int32").tofile(f"{folder}/lists-{seed}.i32")
    results.append({"train": trained - began, "recommend": recommended - trained})
print(json.dumps({"results": results}))
