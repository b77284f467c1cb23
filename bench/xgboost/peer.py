"""xgboost's own Python package on the rows of two files: seconds from rows in memory to a trained booster, and memory.

peer.py values.f32 labels.f32 width rounds predicted parameters-as-JSON
"""

import json
import resource
import sys
import time

import numpy as np
import xgboost as xgb

values_file, labels_file, width, rounds, predicted, parameters = sys.argv[1:]
values = np.fromfile(values_file, dtype=np.float32).reshape(-1, int(width))
labels = np.fromfile(labels_file, dtype=np.float32)
parameters = json.loads(parameters)

started = time.perf_counter()
# Of the package's matrices the one that takes the least memory, and the one that ours is.
training = xgb.QuantileDMatrix(values, label=labels, max_bin=parameters["max_bin"], nthread=parameters["nthread"])
booster = xgb.train(parameters, training, num_boost_round=int(rounds))
seconds = time.perf_counter() - started

peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
predictions = booster.inplace_predict(values[: int(predicted)])
print(json.dumps({"seconds": seconds, "peakMegabytes": peak, "predictions": predictions.tolist()}))
