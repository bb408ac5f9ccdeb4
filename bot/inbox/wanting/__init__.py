"""What wants somebody of ours: for the title, the navigation and the sound of their pages."""
