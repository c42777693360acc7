//! The domain of a task that has something in it to clean up, or that runs in a lane.

use std::sync::{Arc, Mutex};

use crate::cancel::domain::{Domain, Node};
use crate::site::Who;
use crate::sync::lock;

pub(crate) struct TaskNode {
    domain: Domain,
    who: Mutex<Option<Who>>,
}

impl TaskNode {
    pub(crate) fn new(who: Option<Who>, above: Option<Arc<dyn Node>>) -> Arc<Self> {
        Arc::new(Self { domain: Domain::below(above), who: Mutex::new(who) })
    }

    /// Gives the domain to another task; for a lane.
    #[inline]
    pub(crate) fn relabel(&self, who: Who) {
        let old = lock(&self.who).replace(who);
        drop(old);
    }
}

impl Node for TaskNode {
    #[inline]
    fn domain(&self) -> &Domain {
        &self.domain
    }

    fn domain_mut(&mut self) -> &mut Domain {
        &mut self.domain
    }

    fn task(&self) -> Option<Who> {
        lock(&self.who).clone()
    }
}
