static A: my::ayo::Var<fn() -> u32, my::ayo::HasDefault> = my::ayo::Var::with_default(|| ||
match 1 {
    _ => 2,
});
