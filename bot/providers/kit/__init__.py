"""What readers and writers of several providers are made of: forms, JSON, signatures, files, SMS."""
