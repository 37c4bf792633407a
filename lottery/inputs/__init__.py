"""What reaches the package from outside: types of settings, truth values, and what the process is set to."""
