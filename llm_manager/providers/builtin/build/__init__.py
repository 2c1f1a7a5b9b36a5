"""Making a model's files from its package; needs `onnx`, which nothing else here does."""
