"""The operator's command line: `stance ...`, one module for each group of commands."""
