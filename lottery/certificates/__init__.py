"""Proofs that a network computes its rule on every board, refutations, and honest bounds otherwise."""

from lottery.certificates.certificate import METHODS, Certificate, certify, read_out, windows_certificate

__all__ = ["METHODS", "Certificate", "certify", "read_out", "windows_certificate"]
