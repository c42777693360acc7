ayo::vars! {
    static A = 1;
    static B: u8 = 2;
}

fn main() {
    let _ = B.get();
}
