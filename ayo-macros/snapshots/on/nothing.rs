#[cfg(unix)]
/// With a comment.
fn named() {}
#[cfg(unix)]
const _: () = {
    renamed::__private::on::register! {
        renamed::__private::on::Registration { hook : renamed::Hook::ThreadStarted, name
        : ::core::concat!(::core::module_path!(), "::", "named"), order : 0, context :
        renamed::Context::DEFAULT, call : renamed::__private::on::Call::Sync(| _ |
        renamed::__private::on::done(named())), }
    }
};
