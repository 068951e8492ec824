"""Logarithms of survival functions, exact where the functions themselves vanish. Pure arithmetic."""

import math


def log_normal_survival(z: float) -> float:
    """Give log P(Z > z) of a standard normal; asymptotic (Abramowitz & Stegun 26.2.12) where erfc would underflow."""
    if z < 25:
        return math.log(math.erfc(z / math.sqrt(2)) / 2)
    square = z * z
    series = 1 - 1 / square * (1 - 3 / square * (1 - 5 / square * (1 - 7 / square)))
    return -square / 2 - math.log(z * math.sqrt(2 * math.pi)) + math.log(series)


def log_gamma_survival(shape: float, x: float) -> float:
    """
    Give log Q(shape, x), the regularized upper incomplete gamma function, exact far into the tail.

    Series below shape + 1 (Abramowitz & Stegun 6.5.29), continued fraction above (6.5.31, in
    its even form, evaluated forwards as Steed's sum).
    """
    if x <= 0:
        return 0.0
    weight = log_gamma_weight(shape, x)
    if x < shape + 1:
        term = total = 1 / shape
        step = shape
        while term > total * 1e-17:
            step += 1
            term *= x / step
            total += term
        return math.log1p(-math.exp(weight) * total)
    return weight + math.log(_tail_fraction(shape, x))


def log_gamma_weight(shape: float, x: float) -> float:
    """Give log(x^shape · e^−x / Γ(shape)): x times the density, and the factor before both sums."""
    return shape * math.log(x) - x - math.lgamma(shape)


def _tail_fraction(shape: float, x: float) -> float:
    """Sum 1/(x+1−a − 1·(1−a)/(x+3−a − 2·(2−a)/(x+5−a − …))), each term from the last by Steed's recursion."""
    denominator = x + 1 - shape
    ratio = 1 / denominator
    change = total = ratio
    step = 0
    while abs(change) > abs(total) * 1e-16:
        step += 1
        numerator = -step * (step - shape)
        denominator += 2
        ratio = 1 / (denominator + numerator * ratio)
        change *= denominator * ratio - 1
        total += change
    return total
