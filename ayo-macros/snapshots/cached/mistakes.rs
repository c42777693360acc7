::core::compile_error! {
    "`max_size` is a whole number, at least 1: write `max_size = 128`, or leave it out"
}
::core::compile_error! {
    "unknown unit `min`: did you mean `m`? the units are `ns`, `us`, `ms`, `s`, `m` and `h`"
}
::core::compile_error! {
    "`#[ayo::cached]` needs an `async fn`: add `async`"
}
::core::compile_error! {
    "a result is kept for longer than the call, so it cannot borrow: return an owned value, such as `String` or `Arc<T>`"
}
::core::compile_error! {
    "say what of `self` the result depends on, since one cache serves all: write `#[ayo::cached(key: Type = expression)]`, or name the arguments: `key = id`"
}
fn name(&self) -> &str {
    &self.name
}
