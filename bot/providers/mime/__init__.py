"""Raw mails in by HTTP, out by SMTP."""
