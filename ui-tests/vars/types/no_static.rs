fn main() {
    let local: ayo::Var<u8> = ayo::Var::new();
    local.with_sync(1, || ());
}
