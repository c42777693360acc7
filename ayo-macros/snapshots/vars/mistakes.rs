::core::compile_error! {
    "the variable needs its type: `static A: Type`"
}
::core::compile_error! {
    "a context variable is a `static`"
}
::core::compile_error! {
    "`#[no_inherit]` has no options: tasks do not inherit the variable"
}
::core::compile_error! {
    "a context variable is set by `with`, for one future: remove `mut`"
}
::core::compile_error! {
    "`vars!` holds variables: write `static NAME: Type;` or `static NAME: Type = default;`"
}
static B: ::ayo::Var<u8, ::ayo::HasDefault> = ::ayo::Var::with_default(|| 2);
static C: ::ayo::Var<u8> = ::ayo::Var::new().no_inherit();
static E: ::ayo::Var<u8> = ::ayo::Var::new();
