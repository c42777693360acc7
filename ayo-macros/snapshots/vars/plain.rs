/// The request that is being served.
pub static REQUEST: ::ayo::Var<Id> = ::ayo::Var::new();
static DEPTH: ::ayo::Var<u32, ::ayo::HasDefault> = ::ayo::Var::with_default(|| 0);
#[cfg(feature = "locks")]
pub(crate) static HELD: ::ayo::Var<Arc<Mutex<Vec<&'static str>>>, ::ayo::HasDefault> = ::ayo::Var::with_default(||
    Arc::default())
    .no_inherit();
static CONNECTION: ::ayo::Var<Arc<Connection>> = ::ayo::Var::new().no_inherit();
