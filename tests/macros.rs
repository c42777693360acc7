//! Tests of `macros`.
