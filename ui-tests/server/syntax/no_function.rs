ayo::server! {
    struct Echo;
}

fn main() {}
