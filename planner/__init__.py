"""Request to plan to results: retrieval, prompt, grammar, runtimes, parsing, resolving, execution, joining."""
