"""The claims of Springer and Kenyon's paper and of its re-runs: every file is one claim."""
