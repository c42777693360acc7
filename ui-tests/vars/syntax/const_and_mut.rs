ayo::vars! {
    const A: u8 = 1;
    static mut B: u8 = 2;
}

fn main() {
    let _ = (A.get(), B.get());
}
