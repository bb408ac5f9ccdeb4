"""Amazon SES, through SNS."""
