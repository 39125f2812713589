"""The commands, one to a file; what is behind them is put together here and nowhere else."""
