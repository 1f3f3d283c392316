#!/usr/bin/env python3
"""Reference numbers of scikit-learn's mean_absolute_percentage_error. Writes mape.json beside this file."""
from number_cases import write
from sklearn.metrics import mean_absolute_percentage_error

write(__file__, lambda prediction, target: mean_absolute_percentage_error(target, prediction))
