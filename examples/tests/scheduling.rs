//! The examples that schedule borrowing tasks by themselves: the order is all there is to see.

mod support;

use support::run;

#[test]
fn round_robin() {
    assert_eq!(run(env!("CARGO_BIN_EXE_round_robin")), "a1 b1 c1 a2 c2 a3\n");
}

#[test]
fn priorities() {
    let expected = "urgent, waits\nnormal 1\nnormal 2\nurgent, alarmed\nnormal 3\nidle 1\nidle 2\n";
    assert_eq!(run(env!("CARGO_BIN_EXE_priorities")), expected);
}

#[test]
fn depth_first() {
    let expected = "breadth first: / src tests src/a src/b tests/ui\n\
                    depth first:   / src src/a src/b tests tests/ui\n";
    assert_eq!(run(env!("CARGO_BIN_EXE_depth_first")), expected);
}
