"""`python -m millstream_simulator`: the simulator with its settings from the environment."""

from millstream_simulator.app import run

if __name__ == "__main__":
    run()
