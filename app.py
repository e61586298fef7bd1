"""Start the web page: the same as `python -m rag serve`."""

from rag.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["serve"]))
