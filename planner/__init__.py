"""Request to plan to results: retrieval, prompt, grammar, runtimes, parsing, values, execution, answer."""
