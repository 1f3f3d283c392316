"""torch's PolynomialLR. Writes polynomial.json beside this file."""

from torch.optim.lr_scheduler import PolynomialLR

from rates import course, store

store(__file__, {
    "line": course(lambda optimizer: PolynomialLR(optimizer, total_iters=20, power=1.0), 20)[0],
    "square": course(lambda optimizer: PolynomialLR(optimizer, total_iters=20, power=2.0), 20)[0],
    "root": course(lambda optimizer: PolynomialLR(optimizer, total_iters=20, power=0.9), 20)[0],
})
