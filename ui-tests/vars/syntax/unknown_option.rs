ayo::vars!(krate = ayo => static A: u8;);

fn main() {
    let _ = A.get();
}
