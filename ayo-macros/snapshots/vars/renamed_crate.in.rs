vars!(crate = my::ayo => static A: fn() -> u32 = || match 1 { _ => 2 };)
