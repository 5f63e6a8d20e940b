"""What several folders of tests share: arrivals to accept, a Kafka to run on."""
