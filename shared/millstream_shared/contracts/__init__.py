"""Messages between services: pydantic and the standard library only, no I/O."""
