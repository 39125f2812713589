"""Where requests are proposed and approved: one module for each forge, facts only."""
