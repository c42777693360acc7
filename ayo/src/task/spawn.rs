//! How a future comes onto Tokio.

use std::future::Future;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::scope::core::Core;

/// What a Tokio task is called that is not one of the scope's tasks, but does something for it.
pub(crate) fn part(core: &Core, what: &str) -> String {
    format!("{}: {what}", core.settings.name.as_deref().unwrap_or("scope"))
}

/// Spawns a future: with its name, in a build where Tokio has an ear for that (tokio-console), and at the line of the caller.
#[track_caller]
#[inline]
pub(crate) fn spawn<F>(runtime: &Handle, name: impl FnOnce(&F) -> String, future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    #[cfg(all(tokio_unstable, feature = "tracing"))]
    {
        let name = name(&future);
        tokio::task::Builder::new()
            .name(&name)
            .spawn_on(future, runtime)
            .expect("Tokio spawns whatever it is given")
    }
    #[cfg(not(all(tokio_unstable, feature = "tracing")))]
    {
        drop(name);
        runtime.spawn(future)
    }
}
