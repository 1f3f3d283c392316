# Reference encodings of tables by pandas and scikit-learn, for tests/data/csv_test.cpp.
# usage: python csv_tables.py DATA_FOLDER > csv_tables.json   (scikit-learn 1.9, pandas 3.1)

import json
import sys

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler

ROOT = sys.argv[1]
SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}


def encode(train, other, numeric, categorical, strategy, scaling, indicator):
    """Features of both tables, numeric columns first."""
    steps = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(strategy=strategy), SCALERS[scaling]()), numeric),
        ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), categorical),
    ])
    steps.fit(train)
    out = [steps.transform(t) for t in (train, other)]
    if indicator:
        out = [np.hstack([o, t[numeric].isna().to_numpy(float)[:, train[numeric].isna().any().to_numpy()]])
               for o, t in zip(out, (train, other))]
    return out


def summary(x):
    """What pins an encoding down: sums of columns and of squares, and a few whole rows."""
    return {"rows": len(x), "sum": x.sum(0).tolist(), "square": (x ** 2).sum(0).tolist(),
            "first": x[0].tolist(), "last": x[-1].tolist()}


adult = [pd.read_csv(f"{ROOT}/adult/adult-{part}.csv", header=None, skipinitialspace=True) for part in ("train", "test")]
numeric = [0, 2, 4, 10, 11, 12]
categorical = [1, 3, 5, 6, 7, 8, 9, 13]
for table in adult:
    # Our name of a missing category sorts like this one.
    table[categorical] = table[categorical].replace("?", "(missing)")
train, test = encode(*adult, numeric, categorical, "median", "standard", False)

housing = pd.read_csv(f"{ROOT}/california-housing/housing.csv")
names = [c for c in housing.columns if c not in ("median_house_value", "ocean_proximity")]
is_test = np.arange(len(housing)) % 5 == 0
house = {}
for scaling in SCALERS:
    for strategy in ("median", "mean", "most_frequent"):
        a, b = encode(housing[~is_test], housing[is_test], names, ["ocean_proximity"], strategy, scaling, True)
        house[f"{scaling}_{strategy}"] = {"train": summary(a), "test": summary(b)}
value = housing["median_house_value"][~is_test].to_numpy()

print(json.dumps({
    "adult": {"train": summary(train), "test": summary(test),
              "positive": [int(t[14].str.startswith(">50K").sum()) for t in adult]},
    "housing": house,
    "housing_target": {"mean": value.mean(), "std": value.std(), "min": float(value.min()), "max": float(value.max()),
                       "median": float(np.median(value))},
}))
