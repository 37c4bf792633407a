"""Certified networks in forms that run without this package, each proved again in its own form."""

from lottery.exports.exporting import Export, export
from lottery.exports.form import FORMS, Form

__all__ = ["FORMS", "Export", "Form", "export"]
