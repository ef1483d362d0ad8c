"""What CLAIMS.md is made of: published claims, numbers of the course, and what the notebooks print."""
