//! The tree as data, by `serde`. Every field is always there; times are seconds.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{Forest, State, Tree, Wait};

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Tree", 12)?;
        fields.serialize_field("kind", if self.is_scope() { "scope" } else { "task" })?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("id", &(!self.is_scope()).then_some(self.number))?;
        fields.serialize_field("state", &self.state)?;
        fields.serialize_field("waits_for", &self.waits_for)?;
        fields.serialize_field("polls", &self.polls)?;
        fields.serialize_field("age", &self.age.as_secs_f64())?;
        fields.serialize_field("site", &self.location.to_string())?;
        fields.serialize_field("background", &self.background)?;
        fields.serialize_field("unpolled", &self.unpolled)?;
        fields.serialize_field("cut", &self.is_cut)?;
        fields.serialize_field("children", &self.children)?;
        fields.end()
    }
}

impl Serialize for Forest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Forest", 1)?;
        fields.serialize_field("roots", &self.roots)?;
        fields.end()
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

/// `{"for": "task", "name": "fetch #3"}`: what it is, and what there is to say of it.
impl Serialize for Wait {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let more = match self {
            Self::Place | Self::Thread | Self::Stop | Self::Cancel => 0,
            Self::TearDown { .. } => 2,
            _ => 1,
        };
        let mut fields = serializer.serialize_struct("Wait", 1 + more)?;
        fields.serialize_field("for", self.kind())?;
        match self {
            Self::Task(name) | Self::Lent(name) | Self::Ready(name) | Self::Scope(name) => {
                fields.serialize_field("name", name)?;
            }
            Self::Tasks(count) => fields.serialize_field("count", count)?,
            Self::TearDown { name, location } => {
                fields.serialize_field("name", name)?;
                fields.serialize_field("site", &location.to_string())?;
            }
            Self::Tick(left) => fields.serialize_field("in", &left.as_secs_f64())?,
            Self::Process(id) => fields.serialize_field("id", id)?,
            Self::Place | Self::Thread | Self::Stop | Self::Cancel => {}
        }
        fields.end()
    }
}

impl Wait {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Task(_) => "task",
            Self::Lent(_) => "lent",
            Self::Ready(_) => "ready",
            Self::Scope(_) => "scope",
            Self::Tasks(_) => "tasks",
            Self::TearDown { .. } => "tear-down",
            Self::Tick(_) => "tick",
            Self::Thread => "thread",
            Self::Process(_) => "process",
            Self::Stop => "stop",
            Self::Cancel => "cancellation",
        }
    }
}
