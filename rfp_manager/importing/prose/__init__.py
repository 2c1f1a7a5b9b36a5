"""Reading running text: which paragraphs ask or require something, and where answers go."""
