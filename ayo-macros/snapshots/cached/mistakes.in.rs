#[ayo::cached(max_size = 0, ttl = 5min)]
fn name(&self) -> &str { &self.name }
