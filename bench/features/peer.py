"""mlforecast's lags and rolling means and deviations of the rows of a file: seconds from a data frame to one with features.

peer.py sales.parquet threads runs lags-as-JSON windows-as-JSON sample.parquet every
"""

import json
import resource
import sys
import time

import pandas as pd
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean, RollingStd

sales, threads, runs, lags, windows, sample, every = sys.argv[1:]
frame = pd.read_parquet(sales).rename(columns={"series_no": "unique_id", "day": "ds", "units": "y"})
lags, windows = json.loads(lags), json.loads(windows)

seconds = []
for _ in range(int(runs)):
    started = time.perf_counter()
    forecast = MLForecast(
        models=[],
        # Days are whole numbers: the cheapest that it takes.
        freq=1,
        lags=lags,
        lag_transforms={1: [make(window) for window in windows for make in (RollingMean, RollingStd)]},
        num_threads=int(threads),
    )
    features = forecast.preprocess(frame, static_features=[], dropna=False)
    seconds.append(time.perf_counter() - started)

names = ["series_no", "day", "units"]
names += [f"lag_{lag}" for lag in lags]
names += [f"{kind}_{window}" for window in windows for kind in ("mean", "std")]
features.columns = names
features[features["series_no"] % int(every) == 0].to_parquet(sample)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peakMegabytes": peak}))
