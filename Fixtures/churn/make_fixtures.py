#!/usr/bin/env python3
"""Makes the files in this folder: a synthetic customer-churn table and two XGBoost models of it.

    python3 -m venv /tmp/churn && /tmp/churn/bin/pip install -r requirements.txt
    /tmp/churn/bin/python make_fixtures.py            # writes the files
    /tmp/churn/bin/python make_fixtures.py --check    # makes them again and compares byte by byte

Everything follows from SEED: no clock, no host name and no thread order gets into the output.
"""
import argparse
import gzip
import io
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import xgboost

HERE = Path(__file__).resolve().parent
SEED = 20231007
CUSTOMERS = 3000
TEST_ROWS = 600
SAMPLE_ROWS = 120

FEATURES = [
    "account_length", "international_plan", "voicemail_plan", "voicemail_messages",
    "day_minutes", "day_calls", "day_charge", "evening_minutes", "evening_calls", "evening_charge",
    "night_minutes", "night_calls", "night_charge", "international_minutes", "international_calls",
    "international_charge", "customer_service_calls", "months_on_contract", "late_payments", "devices",
]


def customers(random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """One row per customer, in the order of FEATURES, and whether each of them left."""
    n = CUSTOMERS
    international_plan = random.rand(n) < 0.1
    voicemail_plan = random.rand(n) < 0.28
    day_minutes = np.clip(random.normal(180, 54, n), 0, None)
    evening_minutes = np.clip(random.normal(200, 50, n), 0, None)
    night_minutes = np.clip(random.normal(200, 50, n), 0, None)
    international_minutes = np.clip(random.normal(10.2, 2.8, n), 0, None)
    international_calls = random.poisson(4.4, n)
    service_calls = random.poisson(1.55, n)
    months = random.randint(1, 37, n)
    late_payments = random.poisson(0.4, n)
    table = np.column_stack([
        random.randint(1, 240, n), international_plan, voicemail_plan,
        np.where(voicemail_plan, random.poisson(29, n), 0),
        day_minutes, random.poisson(100, n), day_minutes * 0.17,
        evening_minutes, random.poisson(100, n), evening_minutes * 0.085,
        night_minutes, random.poisson(100, n), night_minutes * 0.045,
        international_minutes, international_calls, international_minutes * 0.27,
        service_calls, months, late_payments, random.randint(1, 6, n),
    ]).round(2)
    inclination = (
        -3.6 + 0.02 * (day_minutes - 180) + 0.006 * (evening_minutes - 200)
        + 2.1 * international_plan * (international_calls < 4) + 0.7 * international_plan
        + 1.9 * (service_calls >= 4) + 0.8 * (late_payments >= 2)
        - 0.9 * voicemail_plan + 0.9 * (months <= 3)
    )
    left = random.rand(n) < 1 / (1 + np.exp(-inclination))
    return table, left.astype(int)


def train(rows: np.ndarray, labels: np.ndarray, rounds: int, **parameters) -> xgboost.Booster:
    settings = {"objective": "binary:logistic", "nthread": 1, "seed": SEED, "silent": 1, "tree_method": "exact"}
    return xgboost.train({**settings, **parameters}, xgboost.DMatrix(rows, label=labels), rounds)


def archive(model: xgboost.Booster) -> bytes:
    """A model.tar.gz as SageMaker's XGBoost container expects it: one file named `xgboost-model`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "xgboost-model"
        model.save_model(str(path))
        content = path.read_bytes()
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0) as stream:
        stream.write(plain.getvalue())
    return packed.getvalue()


def csv(rows: np.ndarray) -> bytes:
    return "".join(",".join(f"{value:g}" for value in row) + "\n" for row in rows).encode()


def files() -> dict[str, bytes]:
    random = np.random.RandomState(SEED)
    rows, labels = customers(random)
    train_rows, train_labels = rows[TEST_ROWS:], labels[TEST_ROWS:]
    test_rows, test_labels = rows[:TEST_ROWS], labels[:TEST_ROWS]

    half = len(train_rows) // 2
    first = train(train_rows[:half], train_labels[:half], 30, max_depth=4, eta=0.2)
    second = train(train_rows, train_labels, 40, max_depth=5, eta=0.15, subsample=0.9)
    test = xgboost.DMatrix(test_rows)
    predictions = [model.predict(test) for model in (first, second)]

    for name, prediction in zip(("first", "second"), predictions):
        hits = ((prediction > 0.5) == test_labels).mean()
        print(f"{name} model: {hits:.3f} of {TEST_ROWS} test customers right; {test_labels.mean():.3f} left")
    return {
        "xgb-churn-prediction-model.tar.gz": archive(first),
        "xgb-churn-prediction-model2.tar.gz": archive(second),
        "test-dataset.csv": csv(test_rows),
        "test-dataset-labels.csv": csv(test_labels[:, np.newaxis]),
        "test-sample.csv": csv(test_rows[:SAMPLE_ROWS]),
        "test-sample-predictions.csv": "".join(
            f"{a:.9g},{b:.9g}\n" for a, b in list(zip(*predictions))[:SAMPLE_ROWS]).encode(),
        "features.txt": "".join(f"{name}\n" for name in FEATURES).encode(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the files here instead of writing them")
    check = parser.parse_args().check
    different = []
    for name, content in files().items():
        if not check:
            (HERE / name).write_bytes(content)
        elif (HERE / name).read_bytes() != content:
            different.append(name)
    if different:
        print("not what this script makes:", ", ".join(different), file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
