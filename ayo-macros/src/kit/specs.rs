//! The options that exist, each described once, whichever macros have it.

use super::options::{Kind, Spec};

const fn spec(name: &'static str, kind: Kind, example: &'static str) -> Spec {
    Spec { name, kind, example }
}

pub(crate) const MAX_CONCURRENCY: Spec = spec("max_concurrency", Kind::Count, "max_concurrency = 10");
pub(crate) const RECURSIVE: Spec = spec("recursive", Kind::Flag, "max_concurrency = 10, recursive");
pub(crate) const TIMEOUT: Spec = spec("timeout", Kind::Duration, "timeout = 30s");
pub(crate) const DEADLINE: Spec = spec("deadline", Kind::Instant, "deadline = instant");
pub(crate) const NAME: Spec = spec("name", Kind::Text, "name = \"crawl\"");
pub(crate) const COLLECT: Spec = spec("collect", Kind::Type, "collect = u32");
pub(crate) const SUPERVISE: Spec = spec("supervise", Kind::Flag, "supervise");
pub(crate) const EAGER: Spec = spec("eager", Kind::Flag, "eager");
pub(crate) const ON_ERROR: Spec = spec("on_error", Kind::Expr, "on_error = |error| { .. }");
pub(crate) const CANCEL_TIMEOUT: Spec = spec("cancel_timeout", Kind::Duration, "cancel_timeout = 5s");
pub(crate) const TIMELINE: Spec = spec("timeline", Kind::Text, "timeline = \"run.json\"");
pub(crate) const PARENT: Spec = spec("parent", Kind::Expr, "parent = scope");
pub(crate) const LOCAL: Spec = spec("local", Kind::Word("Send"), "local = Send");
pub(crate) const CRATE: Spec = spec("crate", Kind::Path, "crate = path::to::ayo");

pub(crate) const MAIN: Spec = spec("main", Kind::Flag, "main");
pub(crate) const BUBBLE: Spec = spec("bubble", Kind::Expr, "bubble = false");
pub(crate) const BACKGROUND: Spec = spec("background", Kind::Flag, "background");

pub(crate) const FLAVOR: Spec =
    spec("flavor", Kind::Choice(&["multi_thread", "current_thread"]), "flavor = \"current_thread\"");
pub(crate) const WORKER_THREADS: Spec = spec("worker_threads", Kind::Count, "worker_threads = 4");

pub(crate) const MAX_SIZE: Spec = spec("max_size", Kind::Count, "max_size = 128");
pub(crate) const TTL: Spec = spec("ttl", Kind::Duration, "ttl = 60s");
pub(crate) const KEY: Spec = spec("key", Kind::Typed, "key: u64 = user.id");
pub(crate) const RESULT: Spec = spec("result", Kind::Bool, "result = true");
pub(crate) const ASSOCIATED: Spec = spec("associated", Kind::Flag, "associated");

pub(crate) const GRACE: Spec = spec("grace", Kind::Duration, "grace = 10s");
pub(crate) const SIGNALS: Spec = spec("signals", Kind::Expr, "signals = false");
pub(crate) const DUMP_ON_SIGNAL: Spec = spec("dump_on_signal", Kind::Flag, "dump_on_signal");
pub(crate) const HOOKS: Spec = spec("hooks", Kind::Expr, "hooks = false");
pub(crate) const POLICY: Spec = spec("policy", Kind::Expr, "policy = |builder| { .. }");
pub(crate) const CONTEXT: Spec = spec("context", Kind::Expr, "context = BILLING");
pub(crate) const ORDER: Spec = spec("order", Kind::Expr, "order = 5");

pub(crate) const REAL_TIME: Spec = spec("real_time", Kind::Flag, "real_time");
pub(crate) const CANCEL_EVERYWHERE: Spec = spec("cancel_everywhere", Kind::Flag, "cancel_everywhere");
pub(crate) const DROP_EVERYWHERE: Spec = spec("drop_everywhere", Kind::Flag, "drop_everywhere");
pub(crate) const REPLAY: Spec = spec("replay", Kind::Count, "replay = 17");
pub(crate) const INTERLEAVE: Spec = spec("interleave", Kind::Count, "interleave = 1000");
pub(crate) const SEED: Spec = spec("seed", Kind::Count, "seed = 5");

/// An option that is known, but not accepted here.
pub(crate) const fn refused(name: &'static str, why: &'static str) -> Spec {
    spec(name, Kind::Refused(why), "")
}
