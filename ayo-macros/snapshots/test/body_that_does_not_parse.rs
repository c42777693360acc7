// Left to rustc, which says what is wrong:
# [:: core :: prelude :: v1 :: test] fn broken () { async fn broken (run : & Scope) { let x = ; } :: ayo :: __private :: test :: run_once (& :: ayo :: __private :: test :: Options :: new () , :: ayo :: scope () . name ("broken") , async | __ayo_run : & :: ayo :: Scope | broken (__ayo_run) . await) }
