"""The answer library: questions with approved answers, kept, compared and found again."""
