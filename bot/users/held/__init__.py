"""What lets somebody in who has it: sessions of browsers, tokens of programs."""
