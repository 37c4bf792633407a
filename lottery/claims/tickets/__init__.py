"""The claims about lottery tickets: every file is one claim."""
