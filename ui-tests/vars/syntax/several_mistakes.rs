ayo::vars! {
    DEPTH: u32 = 0;
    #[no_inherit = true]
    static A: u8;
    static _: u8;
    static C: u8 static D: u8;
}

fn main() {
    let _ = A.get();
}
