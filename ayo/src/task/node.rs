//! The domain of a task that has something in it to clean up, or that runs in a lane.

use std::any::Any;
use std::sync::Arc;

use crate::cancel::domain::{Domain, Node};
use crate::scope::core::Core;
use crate::site::Who;

pub(crate) struct TaskNode {
    domain: Domain,
    name: Name,
}

/// Which task it is.
pub(crate) enum Name {
    /// None that anybody could see.
    None,
    Task(Who),
    /// Whoever has this place in the limited scope above.
    Place(usize),
}

impl TaskNode {
    pub(crate) fn new(name: Name, above: Option<Arc<dyn Node>>) -> Arc<Self> {
        Arc::new(Self { domain: Domain::below(above), name })
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
        match &self.name {
            Name::None => None,
            Name::Task(who) => Some(who.clone()),
            Name::Place(place) => {
                let above: &dyn Any = &*self.domain.parent()?.node;
                above.downcast_ref::<Core>()?.limiter.as_ref()?.at(*place)
            }
        }
    }
}
