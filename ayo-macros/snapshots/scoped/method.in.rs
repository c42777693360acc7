#[ayo::scoped]
fn start(&self, other: Scope<Collect<u32>>) -> u64 {
    self.scope << beat();
    let task = other << beat();
    1 << self.bits
}
