//! Mistakes that people make, and what the compiler answers. The cases are in the folders beside this one; `ui.rs` runs
//! them.
