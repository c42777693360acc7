//! Tests of `loom`.
