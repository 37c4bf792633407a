"""The fused CPU arrangement: whole updates of one network in a core's cache, compiled by numba.

    vectors     vector instructions, written out for LLVM
    memory      where a network's working memory holds what
    products    sums of products in tiles of registers: convolutions, and the gradients of their weights
    tables      the first block as a table, and the second 3x3 as nine of them
    board_loss  the losses and their slopes
    network     one network's updates: forward, backward, Adam
    one_step    the same for networks of one step, on the 512 neighbourhoods, with its own `loss`
    weights     a pytree of parameters as one flat vector and back
    compiling   how numba compiles all of it
    engine      many networks over the cores, behind the engine's interface

What is computed is defined by lottery/training/losses.py; tests/lottery/training/test_fused.py holds the two together.
"""
