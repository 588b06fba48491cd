"""Data sets, fine-tuning and evaluation of the models that plan; never imported by the assistant itself."""
