"""The validator service: the workshop where model-written code is checked and run, in a sandbox."""
