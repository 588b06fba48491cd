"""What plans can call: tool declarations, the stores they work on, and their back ends."""
