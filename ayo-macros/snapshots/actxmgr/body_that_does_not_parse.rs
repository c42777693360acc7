// Left to rustc, which says what is wrong:
async fn begin () -> u32 { let x = ; yield x ; }
