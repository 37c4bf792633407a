"""The fused CPU arrangement: whole updates of one network in a core's cache, compiled by numba.

    kernels     layers on planes: mixtures of channels, 3x3 convolutions, ReLU, the loss, and their gradients
    tables      the first block as a table, and the second 3x3 as nine of them
    network     one network's updates: forward, backward, Adam
    weights     a pytree of parameters as one flat vector and back
    engine      many networks over the cores, behind the engine's interface

What is computed is defined by lottery/training/losses.py; tests/lottery/training/test_fused.py holds the two together.
"""
