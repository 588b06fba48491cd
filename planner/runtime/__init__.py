"""Language models behind one protocol: llama.cpp in a worker process, or an OpenAI-compatible server."""
