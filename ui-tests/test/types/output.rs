// `#[ayo::scoped]` stands for what gives parameters their values: rustc looks into such a function in every build.

#[ayo::test]
#[ayo::scoped]
async fn a_number(n: u32) -> u32 {
    n
}

struct NoDebug;

#[ayo::test]
#[ayo::scoped]
async fn an_error_that_cannot_be_shown(n: u32) -> Result<(), NoDebug> {
    let _ = n;
    Ok(())
}

#[ayo::test]
#[ayo::scoped]
async fn a_question_mark_without_a_result(n: u32) {
    u8::try_from(n)?;
}

#[ayo::test(cancel_everywhere)]
#[ayo::scoped]
async fn a_value_that_is_run_twice(n: NoDebug) {
    drop(n);
}

fn main() {
    a_number(1);
}
