//! One suite per port: every adapter and every fake passes it.
