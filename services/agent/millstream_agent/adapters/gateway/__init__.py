"""The model gateway at work: asking over HTTP, sharing what is known over NATS."""
