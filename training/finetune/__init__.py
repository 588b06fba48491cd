"""Fine-tuning of planner adapters on the weights of a GGUF file, and their export as GGUF LoRA files."""
