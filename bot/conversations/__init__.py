"""The turn: intake, runner, timers and trace."""
