"""What was trained for this project: the tool classifier, adapters of catalogue models, their cards."""
