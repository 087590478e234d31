//! Ports that behave, in memory.
