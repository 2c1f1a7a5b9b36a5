"""The engine on real brokers: the same promises on RabbitMQ and on PGMQ."""
