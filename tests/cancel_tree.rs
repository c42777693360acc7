//! Tests of `cancel_tree`.
