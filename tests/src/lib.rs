//! The tests of `ayo` are the files beside this folder, one per room; the library itself is empty.
