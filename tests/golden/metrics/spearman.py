#!/usr/bin/env python3
"""Reference numbers of scipy's spearmanr, a mean over columns. Writes spearman.json beside this file."""
import warnings

import numpy
from number_cases import write
from scipy.stats import spearmanr

warnings.filterwarnings("ignore")  # a column that is all the same has no ranks
write(__file__, lambda prediction, target: numpy.mean(
    [spearmanr(prediction[:, k], target[:, k]).statistic for k in range(target.shape[1])]))
