"""What every mail is, whichever provider brings it: headers, parts, quotes, signatures, bounces."""
