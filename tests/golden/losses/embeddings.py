"""The embeddings that the reference scripts of losses over them look at: nine of three classes, one alone in its own."""
import torch

SHAPE = (9, 4)
classes = torch.tensor([0, 1, 2, 0, 1, 0, 3, 2, 1])
same = classes[:, None] == classes[None, :]
pairs = torch.ones(9, 9).triu(1).bool()
