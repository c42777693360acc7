manager!(crate = my::ayo, self.pool.begin())
