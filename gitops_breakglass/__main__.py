"""Lets `python -m gitops_breakglass` do what the command does."""

from gitops_breakglass.cli.main import main

if __name__ == "__main__":
    main()
