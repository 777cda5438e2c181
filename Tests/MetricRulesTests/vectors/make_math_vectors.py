"""Metric math cases computed with numpy, apart from the code they check. Writes math.json beside this file.

A series is an array over the buckets of a grid, NaN where it has no datapoint. Each case pairs an expression's text with a
function that computes what the documentation says it means; expressions are not parsed here.

    python3 make_math_vectors.py
"""
import json
import operator
from pathlib import Path

import numpy as np

FROM = 1_779_804_000  # 2026-05-26T14:00:00Z, a Tuesday
PERIOD = 300
COUNT = 24
SEED = 20260526
nan = np.nan
seconds = FROM + PERIOD * np.arange(COUNT)


def zeros(x):
    """Operators and comparisons take a missing value for 0."""
    return np.nan_to_num(x, nan=0.0) if isinstance(x, np.ndarray) else x


def finite(x):
    return np.where(np.isfinite(x), x, nan)


def join(op, a, b):
    known = np.zeros(COUNT, bool)
    for side in (a, b):
        if isinstance(side, np.ndarray):
            known |= ~np.isnan(side)
    with np.errstate(all="ignore"):
        return np.where(known, finite(op(zeros(a), zeros(b)) * np.ones(COUNT)), nan)


def add(a, b): return join(operator.add, a, b)
def sub(a, b): return join(operator.sub, a, b)
def mul(a, b): return join(operator.mul, a, b)
def div(a, b): return join(np.divide, a, b)
def power(a, b): return join(lambda x, y: np.power(np.asarray(x, float), y), a, b)
def compare(op, a, b): return join(lambda x, y: op(x, y).astype(float), a, b)
def both(a, b): return join(lambda x, y: ((x != 0) & (y != 0)).astype(float), a, b)
def either(a, b): return join(lambda x, y: ((x != 0) | (y != 0)).astype(float), a, b)


def each(function):
    def apply(x):
        with np.errstate(all="ignore"):
            return finite(function(x))
    return apply


def gaps(x):
    return np.flatnonzero(~np.isnan(x))


def steps(x, what):
    at, result = gaps(x), np.full(COUNT, nan)
    for before, here in zip(at, at[1:]):
        seconds_between = (here - before) * PERIOD
        result[here] = {"DIFF": x[here] - x[before], "DIFF_TIME": seconds_between,
                        "RATE": (x[here] - x[before]) / seconds_between}[what]
    return result


def running_sum(x):
    return np.where(np.isnan(x), nan, np.cumsum(zeros(x)))


def fill(x, how):
    at = gaps(x)
    if isinstance(how, np.ndarray):
        return np.where(np.isnan(x), how, x)
    if how == "LINEAR":
        inside = np.interp(np.arange(COUNT), at, x[at]) if len(at) else np.full(COUNT, nan)
        if len(at):
            inside[:at[0]] = nan
            inside[at[-1] + 1:] = nan
        return np.where(np.isnan(x), inside, x)
    if how == "REPEAT":
        result, last = x.copy(), nan
        for i in range(COUNT):
            last = last if np.isnan(x[i]) else x[i]
            result[i] = last
        return result
    return np.where(np.isnan(x), how, x)


def condition(test, yes, no=None):
    yes = zeros(yes) * np.ones(COUNT)
    no = np.full(COUNT, nan) if no is None else no * np.ones(COUNT)
    return np.where(np.isnan(test), nan, np.where(test != 0, yes, no))


def across(rows, function, missing_is_zero=False):
    stack = np.array(rows)
    known = ~np.isnan(stack).all(axis=0)
    with np.errstate(all="ignore"), np.testing.suppress_warnings() as quiet:
        quiet.filter(RuntimeWarning)
        return np.where(known, function(zeros(stack) if missing_is_zero else stack, axis=0), nan)


def calendar(part):
    days = seconds // 86400
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    return {
        "MINUTE": seconds // 60 % 60, "HOUR": seconds // 3600 % 24, "DAY": (days + 3) % 7 + 1,
        "DATE": (dates - months).astype(int) + 1, "MONTH": months.astype(int) % 12 + 1,
        "YEAR": dates.astype("datetime64[Y]").astype(int) + 1970, "EPOCH": seconds,
    }[part].astype(float)


def ordered(rows, key, descending, limit=None):
    rows = sorted(rows, key=lambda row: (-1 if descending else 1) * key(row))
    return rows[:limit]


CASES = [
    ("m1 + m2", lambda a, b, c: add(a, b)),
    ("m1 - m2 * m3", lambda a, b, c: sub(a, mul(b, c))),
    ("(m1 - m2) * m3", lambda a, b, c: mul(sub(a, b), c)),
    ("m1 / m2", lambda a, b, c: div(a, b)),
    ("m1 / 0", lambda a, b, c: np.full(COUNT, nan)),
    ("100 * m1 / (m1 + m2)", lambda a, b, c: div(mul(100, a), add(a, b))),
    ("m1 ^ 2 - -m2", lambda a, b, c: sub(power(a, 2), -b)),
    ("-m1 ^ 2", lambda a, b, c: -power(a, 2)),
    ("2 ^ 3 ^ 2 + m1", lambda a, b, c: add(2.0 ** 9, a)),
    ("m3 ^ 0.5", lambda a, b, c: power(c, 0.5)),
    ("m1 - 10 - 5 - m2", lambda a, b, c: sub(sub(sub(a, 10), 5), b)),
    ("1e-3 * m1 + .5", lambda a, b, c: add(mul(1e-3, a), 0.5)),
    ("m1 == m2", lambda a, b, c: compare(operator.eq, a, b)),
    ("m1 != m3", lambda a, b, c: compare(operator.ne, a, c)),
    ("m1 < m2", lambda a, b, c: compare(operator.lt, a, b)),
    ("m1 >= 0", lambda a, b, c: compare(operator.ge, a, 0)),
    ("m1 > 0 AND m2 > 0 || m3 <= 1", lambda a, b, c: either(
        both(compare(operator.gt, a, 0), compare(operator.gt, b, 0)), compare(operator.le, c, 1))),
    ("ABS(m1)", lambda a, b, c: np.abs(a)),
    ("CEIL(m1 / 3)", lambda a, b, c: np.ceil(div(a, 3))),
    ("FLOOR(m1 / 3)", lambda a, b, c: np.floor(div(a, 3))),
    ("LOG(m3)", lambda a, b, c: each(np.log)(c)),
    ("LOG10(ABS(m1))", lambda a, b, c: each(np.log10)(np.abs(a))),
    ("m1 - AVG(m1)", lambda a, b, c: sub(a, np.nanmean(a))),
    ("m1 / STDDEV(m1)", lambda a, b, c: div(a, np.nanstd(a))),
    ("(m1 - MIN(m1)) / (MAX(m1) - MIN(m1))", lambda a, b, c: div(sub(a, np.nanmin(a)), np.nanmax(a) - np.nanmin(a))),
    ("m2 * SUM(m2) + DATAPOINT_COUNT(m3)", lambda a, b, c: add(mul(b, np.nansum(b)), len(gaps(c)))),
    ("AVG([m1, m2, m3])", lambda a, b, c: across([a, b, c], np.mean, missing_is_zero=True)),
    ("MAX(METRICS())", lambda a, b, c: across([a, b, c], np.nanmax)),
    ("MIN(METRICS())", lambda a, b, c: across([a, b, c], np.nanmin)),
    ("SUM(METRICS(\"m\"))", lambda a, b, c: across([a, b, c], np.nansum)),
    ("STDDEV([m1, m2])", lambda a, b, c: across([a, b], np.std, missing_is_zero=True)),
    ("DATAPOINT_COUNT([m1, m2, m3])", lambda a, b, c: across([a, b, c], lambda x, axis: (~np.isnan(x)).sum(axis=axis))),
    ("METRIC_COUNT([m1, m2]) * m1", lambda a, b, c: mul(2, a)),
    ("METRICS() * 2 + m3", lambda a, b, c: [add(mul(x, 2), c) for x in (a, b, c)]),
    ("10 - [m1, m2]", lambda a, b, c: [sub(10, a), sub(10, b)]),
    ("FIRST([m2, m1])", lambda a, b, c: b),
    ("LAST([m2, m1])", lambda a, b, c: a),
    ("DIFF(m1)", lambda a, b, c: steps(a, "DIFF")),
    ("DIFF_TIME(m2)", lambda a, b, c: steps(b, "DIFF_TIME")),
    ("RATE(m3)", lambda a, b, c: steps(c, "RATE")),
    ("RUNNING_SUM(m1)", lambda a, b, c: running_sum(a)),
    ("RATE([m1, m3])", lambda a, b, c: [steps(a, "RATE"), steps(c, "RATE")]),
    ("FILL(m1, 0)", lambda a, b, c: fill(a, 0)),
    ("FILL(m2, REPEAT)", lambda a, b, c: fill(b, "REPEAT")),
    ("FILL(m3, LINEAR)", lambda a, b, c: fill(c, "LINEAR")),
    ("FILL(m1, m2)", lambda a, b, c: fill(a, b)),
    ("FILL([m1, m2], -1)", lambda a, b, c: [fill(a, -1), fill(b, -1)]),
    ("FILL(m1, AVG(m1)) - FILL(m2, 0)", lambda a, b, c: sub(fill(a, np.nanmean(a)), fill(b, 0))),
    ("IF(m1 > 0, m2, m3)", lambda a, b, c: condition(compare(operator.gt, a, 0), b, c)),
    ("IF(m1, 5)", lambda a, b, c: condition(a, 5)),
    ("IF(m3 > 1, m1)", lambda a, b, c: condition(compare(operator.gt, c, 1), a)),
    ("IF(m1 > 0 AND m2 > 0, m1 + m2, -1)", lambda a, b, c: condition(
        both(compare(operator.gt, a, 0), compare(operator.gt, b, 0)), add(a, b), -1)),
    ("IF(1 == 1, m1, m2)", lambda a, b, c: a),
    ("IF(AVG(m1) > 1000, m1, m2)", lambda a, b, c: b),
    ("TIME_SERIES(3) * m1", lambda a, b, c: mul(np.full(COUNT, 3.0), a)),
    ("TIME_SERIES(MAX(m1))", lambda a, b, c: np.full(COUNT, np.nanmax(a))),
    ("m1 / PERIOD(m1)", lambda a, b, c: div(a, PERIOD)),
    ("SORT([m1, m2, m3], AVG, DESC)", lambda a, b, c: ordered([a, b, c], np.nanmean, True)),
    ("SORT([m1, m2, m3], MAX, ASC, 2)", lambda a, b, c: ordered([a, b, c], np.nanmax, False, 2)),
    ("SORT(METRICS(), SUM, ASC, 1)", lambda a, b, c: ordered([a, b, c], np.nansum, False, 1)),
    ("SLICE([m1, m2, m3], 1)", lambda a, b, c: [b, c]),
    ("SLICE(SORT([m1, m2, m3], MIN, DESC), 0, 2)", lambda a, b, c: ordered([a, b, c], np.nanmin, True, 2)),
    ("REMOVE_EMPTY([m1 / 0, m2])", lambda a, b, c: [b]),
    ("IF(HOUR(m1) >= 15 AND MINUTE(m1) < 30, m1, 0)", lambda a, b, c: condition(
        both(compare(operator.ge, calendar("HOUR"), 15), compare(operator.lt, calendar("MINUTE"), 30)), a, 0)),
] + [(f"{part}(m2)", lambda a, b, c, part=part: calendar(part))
     for part in ("MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR", "EPOCH")]


def band():
    """The documented band model: hourly means of the past, interpolated between the middles of hours."""
    random = np.random.default_rng(SEED + 1)
    times = FROM - 86400 * 14 + 600 * np.arange(6 * 24 * 14)
    times = times[random.random(len(times)) > 0.2]
    times = times[(times % 86400) // 3600 != 3]  # an hour that is never seen
    values = np.round(50 + 20 * np.sin(2 * np.pi * times / 86400) + random.normal(0, 3, len(times)), 3)
    hours = times % 86400 // 3600
    means = np.array([values[hours == h].mean() if (hours == h).any() else values.mean() for h in range(24)])

    def expected(at):
        return np.interp(at % 86400, 3600 * np.arange(-1, 25) + 1800, np.concatenate([means[-1:], means, means[:1]]))

    deviation = np.sqrt(np.mean((values - expected(times)) ** 2))
    asked = seconds[::4]
    return {"training": [[int(t), float(v)] for t, v in zip(times[:], values[:])], "width": 2.5,
            "starts": [int(t) for t in asked],
            "lower": list(expected(asked) - 2.5 * deviation), "upper": list(expected(asked) + 2.5 * deviation)}


def shown(x):
    return [None if np.isnan(v) else float(v) for v in x]


def main():
    random = np.random.default_rng(SEED)
    cases = []
    for text, compute in CASES:
        inputs = []
        for low, high, gap in ((-20, 30, 0.25), (-5, 40, 0.3), (0, 6, 0.2)):
            x = np.round(random.uniform(low, high, COUNT)).astype(float)
            x[random.random(COUNT) < gap] = nan
            inputs.append(x)
        result = compute(*inputs)
        rows = result if isinstance(result, list) else [result]
        cases.append({"expression": text, "series": [shown(x) for x in inputs], "isArray": isinstance(result, list),
                      "expected": [shown(np.asarray(row, float)) for row in rows]})
    vectors = {"from": FROM, "period": PERIOD, "count": COUNT, "cases": cases, "band": band()}
    target = Path(__file__).with_name("math.json")
    target.write_text("{\n" + ",\n".join(
        f" {json.dumps(key)}: " + (
            "[\n" + ",\n".join("  " + json.dumps(case) for case in value) + "\n ]" if key == "cases" else json.dumps(value))
        for key, value in vectors.items()) + "\n}\n")
    print(f"{len(cases)} cases, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
