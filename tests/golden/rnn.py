"""Results of torch.nn.RNN for tests/models/rnn_test.cpp. Run with torch 2.11."""

from torch import nn

from recurrent import reference

reference(__file__, "rnn", lambda inputs, **options: nn.RNN(inputs, 6, **options))
