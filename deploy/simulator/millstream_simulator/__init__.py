"""An OpenAI-compatible model server: written scenarios, chosen speeds, chosen faults."""
