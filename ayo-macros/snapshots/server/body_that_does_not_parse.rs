// Left to rustc, which says what is wrong:
async fn echo (worker : Worker) { let x = ; }
