"""Where the gateway touches the broker and the sockets."""
