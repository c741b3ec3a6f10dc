"""What the tests stand on: starting a broker, waiting for conditions, and MQTT as bytes."""
