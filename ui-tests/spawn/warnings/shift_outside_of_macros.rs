#![deny(unused_must_use)]

use ayo::Scope;

fn example(run: &Scope) {
    run << async {};
}

fn main() {}
