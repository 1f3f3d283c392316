"""Results of torch.nn.LSTM for tests/models/lstm_test.cpp. Run with torch 2.11."""

from torch import nn

from recurrent import reference

reference(__file__, "lstm", lambda inputs, **options: nn.LSTM(inputs, 6, **options))
