"""Pre-training of small Llama-like models: configuration, data, model, run."""
