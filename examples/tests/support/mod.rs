//! What the tests of examples share.

use std::ffi::OsStr;
use std::time::Duration;

use tokio::process::Command;
use tokio::runtime::Builder;
use tokio::time::timeout;

/// What takes longer hangs.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Runs a program to its end and returns what it printed.
pub(crate) fn run(program: &str) -> String {
    run_with(program, &[])
}

/// The same with arguments.
pub(crate) fn run_with(program: &str, arguments: &[&OsStr]) -> String {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let output = runtime.block_on(async {
        let end = Command::new(program).args(arguments).env("NO_COLOR", "1").kill_on_drop(true).output();
        timeout(LONG, end).await.expect("it ends by itself").expect("it starts")
    });
    let text = String::from_utf8(output.stdout).expect("it prints text");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {text}{errors}", output.status);
    assert_eq!(errors, "", "nothing on stderr");
    text
}
