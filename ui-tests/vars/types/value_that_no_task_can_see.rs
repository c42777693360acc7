use std::cell::Cell;
use std::rc::Rc;

#[derive(Default)]
struct Connection;

ayo::vars! {
    static SHARED: Rc<u8>;
    static CHANGING: Cell<u8> = Cell::new(0);
    static UNCLONED: Connection = Connection;
}

fn main() {}
