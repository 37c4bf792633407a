"""One-step networks: many updates of many networks in one compiled function, on the 512 neighbourhoods alone.

What makes it fast: a neighbourhood is a set of bits, so a 3x3 unit's answers to all 512 are made by doubling, one
addition each instead of nine products, and the gradient of its nine weights by folding its slopes nine times; 1x1
weights that are zero are skipped, and so are the gradients of those that are pruned; one network stays in a core's
cache.
"""

from typing import Any, NamedTuple

import numpy as np

from lottery.training.fused.compiling import assembled, compiled, inlined
from lottery.training.fused.loss import loss_and_slope

PATTERNS = 512


class Planes(NamedTuple):
    """Working memory of one core."""

    hidden: Any  # (a, 512) the 3x3 units' answers
    answers: Any  # (b, 512) the 1x1 units' answers, then their slopes
    slopes: Any  # (512,) of one 3x3 unit
    folded: Any  # (512,) what is left of them
    logits: Any  # (512,)
    of_logits: Any  # (512,) their slopes
    weights: Any  # (512,) of a batch's neighbourhoods, as shares of its cells
    places: Any  # (max(a, b),) int64, where weights are


@compiled
def reserve(a: int, b: int, kind: Any) -> Any:
    """Working memory for networks of (a, b) channels in the type of the array `kind`."""
    return Planes(
        np.zeros((a, PATTERNS), kind.dtype),
        np.zeros((b, PATTERNS), kind.dtype),
        np.zeros(PATTERNS, kind.dtype),
        np.zeros(PATTERNS, kind.dtype),
        np.zeros(PATTERNS, kind.dtype),
        np.zeros(PATTERNS, kind.dtype),
        np.zeros(PATTERNS, kind.dtype),
        np.zeros(max(a, b), np.int64),
    )


@compiled
def see(flat: Any, kernel: int, bias: Any, out: Any) -> None:
    """The answers (512,) of one 3x3 unit, ReLU(bias + kernel * neighbourhood): each bit doubles what is known."""
    out[0] = bias
    size = 1
    for bit in range(9):
        weight = flat[kernel + 8 - bit]  # the kernel's first place is a code's highest bit
        lower, upper = out[:size], out[size : 2 * size]
        for q in range(size):
            upper[q] = lower[q] + weight
        size *= 2
    zero = out.dtype.type(0)
    for p in range(PATTERNS):
        out[p] = zero if out[p] < zero else out[p]


@inlined
def fold(values: Any, size: int, out: Any) -> Any:
    """Halve `values` (2 size,) by adding its upper half to its lower; returns the upper half's sum."""
    total = values.dtype.type(0)
    lower, upper = values[:size], values[size : 2 * size]
    for q in range(size):
        total += upper[q]
        out[q] = lower[q] + upper[q]
    return total


@assembled
def see_gradient(slopes: Any, folded: Any, gradient: Any, kernel: int) -> Any:
    """Write the gradient of a 3x3 unit's nine weights from its slopes (512,), and return that of its bias."""
    gradient[kernel] = fold(slopes, 256, folded)
    gradient[kernel + 1] = fold(folded, 128, slopes)
    gradient[kernel + 2] = fold(slopes, 64, folded)
    gradient[kernel + 3] = fold(folded, 32, slopes)
    gradient[kernel + 4] = fold(slopes, 16, folded)
    gradient[kernel + 5] = fold(folded, 8, slopes)
    gradient[kernel + 6] = fold(slopes, 4, folded)
    gradient[kernel + 7] = fold(folded, 2, slopes)
    gradient[kernel + 8] = fold(slopes, 1, folded)
    return folded[0]


@inlined
def where(flat: Any, first: int, step: int, count: int, places: Any) -> int:
    """Write which of `count` weights, every `step`-th from flat[first] on, are not zero, and return how many."""
    found = 0
    for i in range(count):
        if flat[first + step * i] != 0:
            places[found] = i
            found += 1
    return found


@compiled
def combine(flat: Any, first: int, step: int, count: int, start: Any, x: Any, places: Any, out: Any) -> None:
    """Write start + the sum over i below `count` of flat[first + step i] x[i] into `out` (512,)."""
    found = where(flat, first, step, count, places)
    i = found % 4
    if i == 0:
        out[:] = start
    elif i == 1:
        c0 = places[0]
        w0 = flat[first + step * c0]
        for p in range(PATTERNS):
            out[p] = start + w0 * x[c0, p]
    elif i == 2:
        c0, c1 = places[0], places[1]
        w0, w1 = flat[first + step * c0], flat[first + step * c1]
        for p in range(PATTERNS):
            out[p] = start + w0 * x[c0, p] + w1 * x[c1, p]
    else:
        c0, c1, c2 = places[0], places[1], places[2]
        w0, w1, w2 = flat[first + step * c0], flat[first + step * c1], flat[first + step * c2]
        for p in range(PATTERNS):
            out[p] = start + w0 * x[c0, p] + w1 * x[c1, p] + w2 * x[c2, p]
    while i < found:
        c0, c1, c2, c3 = places[i], places[i + 1], places[i + 2], places[i + 3]
        w0, w1 = flat[first + step * c0], flat[first + step * c1]
        w2, w3 = flat[first + step * c2], flat[first + step * c3]
        for p in range(PATTERNS):
            out[p] += w0 * x[c0, p] + w1 * x[c1, p] + w2 * x[c2, p] + w3 * x[c3, p]
        i += 4


@inlined
def products(slopes: Any, x: Any, mask: Any, first: int, count: int, places: Any, gradient: Any) -> None:
    """gradient[first + i] = slopes . x[i] for every i below `count` that the mask keeps."""
    zero = slopes.dtype.type(0)
    found = where(mask, first, 1, count, places)
    i = 0
    while i + 4 <= found:
        c0, c1, c2, c3 = places[i], places[i + 1], places[i + 2], places[i + 3]
        s0 = s1 = s2 = s3 = zero
        for p in range(PATTERNS):
            s0 += slopes[p] * x[c0, p]
            s1 += slopes[p] * x[c1, p]
            s2 += slopes[p] * x[c2, p]
            s3 += slopes[p] * x[c3, p]
        gradient[first + c0], gradient[first + c1], gradient[first + c2], gradient[first + c3] = s0, s1, s2, s3
        i += 4
    if i + 2 <= found:
        c0, c1 = places[i], places[i + 1]
        s0 = s1 = zero
        for p in range(PATTERNS):
            s0 += slopes[p] * x[c0, p]
            s1 += slopes[p] * x[c1, p]
        gradient[first + c0], gradient[first + c1] = s0, s1
        i += 2
    if i < found:
        c0 = places[i]
        s0 = zero
        for p in range(PATTERNS):
            s0 += slopes[p] * x[c0, p]
        gradient[first + c0] = s0


@inlined
def total(values: Any) -> Any:
    """The sum of a vector (512,)."""
    found = values.dtype.type(0)
    for p in range(PATTERNS):
        found += values[p]
    return found


# Where an array is read and written in one loop it has one name there: under two names LLVM finds that they overlap,
# and takes the path without vectors.
@compiled
def relu(answer: Any) -> None:
    """max(answer, 0) in place; NaN stays NaN."""
    zero = answer.dtype.type(0)
    for p in range(PATTERNS):
        answer[p] = zero if answer[p] < zero else answer[p]


@compiled
def gate(slopes: Any, answer: Any) -> None:
    """The slopes behind a ReLU, in place: kept where its answer was above 0."""
    zero = slopes.dtype.type(0)
    for p in range(PATTERNS):
        slopes[p] = slopes[p] if answer[p] > zero else zero


@compiled
def into_slopes(answer: Any, weight: Any, slopes: Any) -> None:
    """Overwrite a ReLU's answer, which the next layer reads with this weight, by its slopes."""
    zero = slopes.dtype.type(0)
    for p in range(PATTERNS):
        answer[p] = weight * slopes[p] if answer[p] > zero else zero


# A network's flat weights (lottery/training/fused/weights.py): a kernels of nine weights, a biases, b rows of a
# weights, b biases, b weights of the read-out, its bias.
@assembled
def forward(flat: Any, a: int, b: int, planes: Any) -> None:
    """Logits of all neighbourhoods into planes.logits, every layer's answers on the way."""
    biases, narrow, narrow_biases, readout = 9 * a, 10 * a, 10 * a + a * b, 10 * a + a * b + b
    for c in range(a):
        see(flat, 9 * c, flat[biases + c], planes.hidden[c])
    for o in range(b):
        answer = planes.answers[o]
        combine(flat, narrow + a * o, 1, a, flat[narrow_biases + o], planes.hidden, planes.places, answer)
        relu(answer)
    combine(flat, readout, 1, b, flat[-1], planes.answers, planes.places, planes.logits)


@assembled
def backward(flat: Any, mask: Any, gradient: Any, a: int, b: int, planes: Any) -> None:
    """Write the gradient, given the logits' slopes; entries that the mask prunes are left as they are."""
    biases, narrow, narrow_biases, readout = 9 * a, 10 * a, 10 * a + a * b, 10 * a + a * b + b
    gradient[-1] = total(planes.of_logits)
    products(planes.of_logits, planes.answers, mask, readout, b, planes.places, gradient)
    for o in range(b):
        slopes = planes.answers[o]
        into_slopes(slopes, flat[readout + o], planes.of_logits)
        gradient[narrow_biases + o] = total(slopes)
        products(slopes, planes.hidden, mask, narrow + a * o, a, planes.places, gradient)
    zero = flat.dtype.type(0)
    for c in range(a):
        combine(flat, narrow + c, a, b, zero, planes.answers, planes.places, planes.slopes)
        gate(planes.slopes, planes.hidden[c])
        gradient[biases + c] = see_gradient(planes.slopes, planes.folded, gradient, 9 * c)


@compiled
def weigh(bank: Any, rows: Any, share: Any, out: Any) -> None:
    """The weights (512,) of a batch's neighbourhoods: summed counts of its boards times the share of a cell."""
    kind = out.dtype.type
    out[:] = kind(0)
    i = 0
    while i + 8 <= rows.shape[0]:  # many rows at a time, so that the memory fetches them side by side
        r0, r1, r2, r3 = rows[i], rows[i + 1], rows[i + 2], rows[i + 3]
        r4, r5, r6, r7 = rows[i + 4], rows[i + 5], rows[i + 6], rows[i + 7]
        for p in range(PATTERNS):
            early = kind(bank[r0, p]) + kind(bank[r1, p]) + kind(bank[r2, p]) + kind(bank[r3, p])
            late = kind(bank[r4, p]) + kind(bank[r5, p]) + kind(bank[r6, p]) + kind(bank[r7, p])
            out[p] += early + late
        i += 8
    while i < rows.shape[0]:
        r0 = rows[i]
        for p in range(PATTERNS):
            out[p] += kind(bank[r0, p])
        i += 1
    for p in range(PATTERNS):
        out[p] *= share


@assembled
def batch_gradient(
    flat: Any, mask: Any, gradient: Any, a: int, b: int, targets: Any, squared: bool, planes: Any, work: Any
) -> Any:
    """The loss of a batch whose weights are in planes.weights, its gradient written into `gradient`.

    Args:
        flat: weights, masked.
        mask: 1 where a weight is kept: no other's gradient is computed.
        gradient: like the weights.
        a: 3x3 units.
        b: 1x1 units.
        targets: (512,) the rule's answers.
        squared: squared error instead of binary cross-entropy.
        planes: working memory.
        work: scratch of the loss.
    """
    forward(flat, a, b, planes)
    one = flat.dtype.type(1)
    loss = loss_and_slope(planes.logits, targets, planes.weights, one, squared, work, planes.of_logits)
    backward(flat, mask, gradient, a, b, planes)
    return loss


@compiled
def adam_step(
    w: Any, m: Any, v: Any, mask: Any, gradient: Any, rate: Any, unbias1: Any, unbias2: Any, adam: Any
) -> None:
    """One update in place, in loops that each touch few enough arrays to be vectorised."""
    kind = w.dtype.type
    b1, b2, eps, one = kind(adam.b1), kind(adam.b2), kind(adam.eps), kind(1)
    for i in range(w.shape[0]):
        gradient[i] *= mask[i]
    for i in range(w.shape[0]):
        m[i] = b1 * m[i] + (one - b1) * gradient[i]
    for i in range(w.shape[0]):
        v[i] = b2 * v[i] + (one - b2) * gradient[i] * gradient[i]
    for i in range(w.shape[0]):
        w[i] -= rate * mask[i] * (m[i] * unbias1) / (np.sqrt(v[i] * unbias2) + eps)


@compiled
def wrong_patterns(flat: Any, a: int, b: int, targets: Any, planes: Any) -> int:
    """How many of the 512 a network has wrong; a logit of 0 or NaN is wrong."""
    forward(flat, a, b, planes)
    wrong = 0
    for p in range(PATTERNS):
        z = planes.logits[p]
        wrong += not (z > 0 if targets[p] > 0 else z < 0)
    return wrong


@compiled
def train(
    params: Any,
    mu: Any,
    nu: Any,
    masks: Any,
    held: Any,
    rates: Any,
    done: Any,
    adam: Any,
    shape: Any,
    targets: Any,
    bank: Any,
    rows: Any,
    work: Any,
    losses: Any,
    wrong: Any,
    first: int,
    last: int,
) -> None:
    """Train the networks from `first` to before `last` in place, one update per row of theirs.

    Args:
        params: (networks, weights) flat.
        mu: Adam's first moments, as all that follows with a leading axis of networks.
        nu: Adam's second moments.
        masks: 1 where a weight is kept.
        held: what weights are multiplied with before the network computes: the mask, or ones where it computes with
            pruned weights that are frozen.
        rates: (networks, updates), learning rates.
        done: (networks,) updates done before.
        adam: hyperparameters.
        shape: of the networks.
        targets: (512,) the rule's answers.
        bank: (boards, 512) counts of neighbourhoods.
        rows: (networks, updates, batch), which boards of the bank.
        work: scratch of the loss.
        losses: (networks,), overwritten by the mean losses.
        wrong: (networks,), overwritten by how many of the 512 are wrong at the end.
        first: of the networks.
        last: after the last of them.
    """
    kind = params.dtype.type
    planes = reserve(shape.a, shape.b, params)
    gradient, flat = np.zeros_like(params[0]), np.zeros_like(params[0])
    share = kind(1.0 / (rows.shape[2] * shape.side * shape.side))
    for r in range(first, last):
        w, m, v, mask, hold = params[r], mu[r], nu[r], masks[r], held[r]
        left1, left2 = adam.b1 ** float(done[r]), adam.b2 ** float(done[r])
        gradient[:] = kind(0)  # what another network left at this one's pruned weights might be no number
        loss = 0.0
        for update in range(rows.shape[1]):
            for i in range(flat.shape[0]):
                flat[i] = w[i] * hold[i]
            weigh(bank, rows[r, update], share, planes.weights)
            loss += batch_gradient(flat, mask, gradient, shape.a, shape.b, targets, shape.squared, planes, work)
            left1 *= adam.b1
            left2 *= adam.b2
            adam_step(w, m, v, mask, gradient, rates[r, update], kind(1 / (1 - left1)), kind(1 / (1 - left2)), adam)
        for i in range(flat.shape[0]):
            flat[i] = w[i] * hold[i]
        losses[r], wrong[r] = loss / rows.shape[1], wrong_patterns(flat, shape.a, shape.b, targets, planes)
