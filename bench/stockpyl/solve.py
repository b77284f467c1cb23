"""Reads instances and our solutions as JSON, prints stockpyl's own solutions and its cost of ours."""

import json
import sys

from scipy.stats import gamma, nbinom
from stockpyl.newsvendor import (
    newsvendor_continuous,
    newsvendor_discrete,
    newsvendor_normal,
    newsvendor_poisson,
)
from stockpyl.ss import s_s_cost_discrete, s_s_discrete_exact


def solve(instance):
    kind, h, p = instance["kind"], instance["holding"], instance["stockOut"]
    mean, ours = instance["mean"], instance["ours"]
    if kind == "normal":
        lead_time = instance.get("leadTime", 0)
        level, cost = newsvendor_normal(h, p, mean, instance["deviation"], lead_time)
        return {"level": level, "cost": cost}
    if kind == "poisson":
        level, cost = newsvendor_poisson(h, p, mean)
        return {"level": level, "cost": cost}
    if kind == "negative_binomial":
        size = instance["size"]
        demand = nbinom(size, size / (size + mean))
        level, cost = newsvendor_discrete(h, p, demand)
        return {"level": level, "cost": cost}
    if kind == "gamma":
        variance = instance["deviation"] ** 2
        level, cost = newsvendor_continuous(h, p, gamma(mean**2 / variance, scale=variance / mean))
        return {"level": level, "cost": cost}
    if kind == "s_s":
        s, big_s, cost = s_s_discrete_exact(h, p, instance["fixed"], True, mean)
        own = s_s_cost_discrete(ours["s"], ours["S"], h, p, instance["fixed"], True, mean)
        return {"s": s, "S": big_s, "cost": cost, "cost_of_ours": own}
    raise ValueError(kind)


print(json.dumps([solve(instance) for instance in json.load(open(sys.argv[1]))]))
