//! The domain of a task that has something in it to clean up, or that runs in a lane.

use std::any::Any;
use std::sync::Arc;

use crate::cancel::domain::{Domain, Node};
use crate::cancel::note::Note;
use crate::scope::core::Core;
use crate::site::Who;

pub(crate) struct TaskNode {
    domain: Domain,
    name: Name,
    /// Of a job, or of blocking work; a task that runs directly has one of its own.
    pub(crate) note: Note,
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
        Arc::new(Self { domain: Domain::below(above), name, note: Note::new() })
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

    fn note(&self) -> Option<&Note> {
        Some(&self.note)
    }

    fn task(&self) -> Option<Who> {
        match &self.name {
            Name::None => None,
            Name::Task(who) => Some(who.clone()),
            Name::Place(place) => {
                let above: &dyn Any = &*self.domain.parent()?.node;
                above.downcast_ref::<Core>()?.limiter()?.at(*place)
            }
        }
    }
}
