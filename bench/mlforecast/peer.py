"""mlforecast with LightGBM (Tweedie) on the sales of a file: rolling-origin forecasts, with what both see.

peer.py sales.parquet threads horizon windows step day|week statics-as-JSON with-intervals

`measured`: whether a row counts in the errors. Every further column is a covariate that is known for the periods ahead.
Where the file has more than a year, the model has year lags.
"""

import json
import resource
import sys
import time

import lightgbm
import pandas as pd
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean, RollingStd
from mlforecast.utils import PredictionIntervals

sales, threads, horizon, windows, step, frequency, statics, with_intervals = sys.argv[1:]
horizon, windows, step, statics = int(horizon), int(windows), int(step), json.loads(statics)
frame = pd.read_parquet(sales)
measured = frame[["unique_id", "ds", "measured"]]
frame = frame.drop(columns="measured")
for name in statics:
    frame[name] = frame[name].astype("category")

periods = frame["ds"].nunique()
if frequency == "week":
    lags, rolls, year, date_features = [1, 2, 3, 4, 5, 6, 7, 8, 13, 26], (2, 4, 8, 13, 26), 52, ["week", "month"]
else:
    lags, rolls, year = [1, 2, 3, 4, 5, 6, 7, 14, 21, 28], (7, 14, 28, 30, 90), 364
    date_features = ["dayofweek", "day", "week", "month"]
transforms = {1: [make(window, min_samples=1) for window in rolls for make in (RollingMean, RollingStd)]}
if periods > year + 2 * horizon:
    near = 1 if frequency == "week" else 7
    lags += [year - near, year, year + near]
    width = 3 if frequency == "week" else 7
    transforms[year - width // 2] = [RollingMean(width, min_samples=1)]
    transforms[1] += [RollingMean(year, min_samples=1)]

started, started_cpu = time.perf_counter(), time.process_time()
forecast = MLForecast(
    models={
        "lightgbm": lightgbm.LGBMRegressor(
            objective="tweedie",
            tweedie_variance_power=1.3,
            n_estimators=400,
            learning_rate=0.05,
            num_leaves=63,
            min_child_samples=20,
            subsample=0.8,
            subsample_freq=1,
            colsample_bytree=0.6,
            n_jobs=int(threads),
            random_state=1,
            verbosity=-1,
        )
    },
    freq="W-MON" if frequency == "week" else "D",
    lags=lags,
    lag_transforms=transforms,
    date_features=date_features,
    num_threads=int(threads),
)
intervals = {}
if json.loads(with_intervals):
    intervals = {"prediction_intervals": PredictionIntervals(n_windows=2, h=horizon), "level": [80]}
forecasts = forecast.cross_validation(
    frame, h=horizon, n_windows=windows, step_size=step, refit=True, dropna=False, static_features=statics, **intervals
)
seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - started_cpu

forecasts = forecasts.merge(measured, on=["unique_id", "ds"])
forecasts = forecasts[forecasts["measured"]]
actual, said = forecasts["y"], forecasts["lightgbm"].clip(lower=0)
result = {
    "rows": len(forecasts),
    "seconds": seconds,
    "cpuSeconds": cpu_seconds,
    "actual": float(actual.sum()),
    "wape": float((said - actual).abs().sum() / actual.sum()),
    "bias": float((said - actual).sum() / actual.sum()),
    "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}
if intervals:
    low, high = forecasts["lightgbm-lo-80"], forecasts["lightgbm-hi-80"]
    result["coverage_80"] = float(((actual >= low) & (actual <= high)).mean())
print(json.dumps(result))
