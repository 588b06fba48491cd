"""What every kind of training run needs: processes that share it, its logs, why it may be refused."""
