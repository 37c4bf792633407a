"""The two losses of one step and their slopes on weighted logits, with an exponential and a logarithm that vectorise.

exp(-u) = 2^-k exp(r) with r = k ln 2 - u within +-ln 2 / 2: Taylor's series to r^11, and 2^-k made from its bits.
log(1 + e) = 2 atanh(s), s = e / (2 + e) within 0 and 1/3: the series to s^25. Both are exact to rounding in float64 and
cost little more than the few terms that float32 would need.
"""

from math import factorial, log
from typing import Any

import numpy as np

from lottery.training.fused.compiling import compiled

_TAYLOR = [1 / factorial(power) for power in range(2, 12)]
_ATANH = [2 / (2 * power + 1) for power in range(13)]


def series(dtype: Any) -> tuple[tuple[Any, ...], tuple[Any, ...], np.ndarray]:
    """What `loss_and_slope` needs in a type: the constants of both series, and integers to make a power of 2 in."""
    kind, info = np.dtype(dtype).type, np.finfo(dtype)
    numbers = (1 / log(2), 0.5, 86.0, log(2), 1 - info.minexp, 2.0**info.nmant, *_TAYLOR)
    whole = np.zeros(0, np.int32 if info.bits == 32 else np.int64)
    return tuple(map(kind, numbers)), tuple(map(kind, _ATANH)), whole


@compiled
def exponential(z: Any, out: Any, bits: Any, constants: Any) -> None:
    """Write exp(-min(|z|, 86)) into `out`: 4e-38 is the smallest, which a loss does not feel."""
    per_log2, half, most, log2, bias, unit, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 = constants
    one = z.dtype.type(1)
    for p in range(z.shape[0]):
        u = abs(z[p])
        u = most if u > most else u
        k = z.dtype.type(np.int32(u * per_log2 + half))
        r = k * log2 - u
        tail = c5 + r * (c6 + r * (c7 + r * (c8 + r * (c9 + r * (c10 + r * c11)))))
        out[p] = one + r * (one + r * (c2 + r * (c3 + r * (c4 + r * tail))))
        bits[p] = bits.dtype.type((bias - k) * unit)  # exact; a shift would be one of 64 bits, and slow
    scale = bits.view(z.dtype)
    for p in range(z.shape[0]):
        out[p] *= scale[p]


@compiled
def loss_and_slope(z: Any, target: Any, inside: Any, share: Any, squared: bool, work: Any, out: Any) -> Any:
    """Weighted sum of the loss over cells, and its slope at every cell times `share`.

    Args:
        z: logits, one for each neighbourhood.
        target: 0 or 1 for each.
        inside: how much of a batch each neighbourhood is.
        share: what one cell weighs in the mean.
        squared: (sigmoid(z) - t)^2 instead of the binary cross-entropy.
        work: `series` of the type and two vectors of scratch, (constants, atanh, floats, integers).
        out: where the slope goes.
    """
    constants, atanh, small, bits = work
    exponential(z, small, bits, constants)
    one, zero = z.dtype.type(1), z.dtype.type(0)
    total = zero
    if squared:
        for p in range(z.shape[0]):
            sigmoid = one / (one + small[p])
            sigmoid = one - sigmoid if z[p] < zero else sigmoid
            error = sigmoid - target[p]
            total += inside[p] * error * error
            out[p] = inside[p] * share * (error + error) * sigmoid * (one - sigmoid)
        return total
    l0, l1, l2, l3, l4, l5, l6, l7, l8, l9, l10, l11, l12 = atanh
    for p in range(z.shape[0]):
        s = small[p] / (one + one + small[p])
        q = s * s
        tail = l6 + q * (l7 + q * (l8 + q * (l9 + q * (l10 + q * (l11 + q * l12)))))
        softplus = s * (l0 + q * (l1 + q * (l2 + q * (l3 + q * (l4 + q * (l5 + q * tail))))))
        sigmoid = one / (one + small[p])
        sigmoid = one - sigmoid if z[p] < zero else sigmoid
        total += inside[p] * ((zero if z[p] < zero else z[p]) - z[p] * target[p] + softplus)
        out[p] = inside[p] * share * (sigmoid - target[p])
    return total
