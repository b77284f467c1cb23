"""The peer of bench/isolation-forest/compare.ts.

`peer.py export FOLDER` writes scikit-learn's breast cancer data (malignant counts as odd).
`peer.py fit FILE LABELS WIDTH TREES SAMPLE SEEDS` fits on float32 rows and prints, by seed: area under the curve, seconds of
fitting, seconds of scoring.
"""
import json
import sys
import time

import numpy
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score


def export(folder: str) -> dict:
    data, target = load_breast_cancer(return_X_y=True)
    # A tenth of the malignant ones: odd is what is rare.
    malignant = numpy.flatnonzero(target == 0)
    kept = numpy.sort(numpy.concatenate([numpy.flatnonzero(target == 1), malignant[::10]]))
    data[kept].astype("float32").tofile(f"{folder}/breast-cancer.f32")
    (target[kept] == 0).astype("uint8").tofile(f"{folder}/breast-cancer.u8")
    return {"width": data.shape[1], "rows": len(kept)}


def fit(file: str, labels_file: str, width: str, trees: str, sample: str, seeds: str) -> dict:
    rows = numpy.fromfile(file, dtype="float32").reshape(-1, int(width))
    labels = numpy.fromfile(labels_file, dtype="uint8")
    results = []
    for seed in range(1, int(seeds) + 1):
        began = time.monotonic()
        forest = IsolationForest(n_estimators=int(trees), max_samples=min(int(sample), len(rows)), random_state=seed)
        forest.fit(rows)
        fitted = time.monotonic()
        scores = -forest.score_samples(rows)
        scored = time.monotonic()
        results.append({"auc": roc_auc_score(labels, scores), "fit": fitted - began, "score": scored - fitted})
    return {"results": results}


command, *values = sys.argv[1:]
print(json.dumps(export(*values) if command == "export" else fit(*values)))
