#[ayo::on(thread::started, crate = renamed)]
#[cfg(unix)]
/// With a comment.
fn named() {}
