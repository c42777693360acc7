fn start(&self, other: Scope<Collect<u32>>) -> u64 {
    ::ayo::__private::scope::task(&self.scope).start_now(beat());
    let task = ::ayo::__private::scope::spawn(&other, beat());
    1 << self.bits
}
