::core::compile_error! {
    "unknown option `krate`, did you mean `crate`? the only option of `#[ayo(..)]` is `crate`"
}
#[automatically_derived]
impl ::ayo::Plain for Page {}
