"""``python -m yangban``, and the file that spark-submit is given."""

from yangban.cli.main import run

if __name__ == "__main__":
    run()
