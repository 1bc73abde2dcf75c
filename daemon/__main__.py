"""`python -m daemon`, and the console script `trailwarden`."""

from daemon.cli import main

if __name__ == "__main__":
    main()
