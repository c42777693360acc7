//! Many things in one future: each is polled when it was woken, and no other.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use crate::sync::{Ordering, lock};

/// The wakers of a crowd.
pub(super) struct Crowd {
    common: Arc<Common>,
    all: Vec<Arc<One>>,
}

/// Who polls the crowd.
struct Common(Mutex<Option<Waker>>);

struct One {
    is_woken: AtomicBool,
    common: Arc<Common>,
}

impl Wake for One {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        let waker = lock(&self.common.0).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Crowd {
    /// All of them are to be polled.
    pub(super) fn new(size: usize) -> Self {
        let common = Arc::new(Common(Mutex::new(None)));
        let one = || Arc::new(One { is_woken: AtomicBool::new(true), common: Arc::clone(&common) });
        let all = std::iter::repeat_with(one).take(size).collect();
        Self { common, all }
    }

    /// Polls each that was woken: by its number and with a waker of its own.
    pub(super) fn poll(&self, cx: &Context<'_>, mut poll: impl FnMut(usize, &mut Context<'_>)) {
        let old = lock(&self.common.0).replace(cx.waker().clone());
        drop(old);
        for (at, one) in self.all.iter().enumerate() {
            if one.is_woken.swap(false, Ordering::AcqRel) {
                let waker = Waker::from(Arc::clone(one));
                poll(at, &mut Context::from_waker(&waker));
            }
        }
    }

    /// All are to be polled again.
    pub(super) fn wake_all(&self) {
        self.all.iter().for_each(|one| one.is_woken.store(true, Ordering::Release));
    }
}
