ayo::vars! {
    static DEPTH: u32 = "deep";
    static NAME: String = "nobody";
}

fn main() {
    let _ = (DEPTH.get(), NAME.get());
}
