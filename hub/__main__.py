"""`python -m hub …` is `hocba …`."""

from hub.cli import main

if __name__ == "__main__":
    main()
