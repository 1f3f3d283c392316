"""Results of torch.nn.GRU for tests/models/gru_test.cpp. Run with torch 2.11."""

from torch import nn

from recurrent import reference

reference(__file__, "gru", lambda inputs, **options: nn.GRU(inputs, 6, **options))
