//! What the master gives its workers, as bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// As MessagePack, with the names of fields: it describes itself, so that a wrong type is noticed.
pub(super) fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    rmp_serde::to_vec_named(value).map_err(|error| {
        let name = std::any::type_name::<T>();
        Error::failed(format!("a `{name}` cannot be sent to workers: {error}").into())
    })
}

pub(super) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    rmp_serde::from_slice(bytes).map_err(|error| {
        let name = std::any::type_name::<T>();
        let text = if bytes.is_empty() {
            "this server has no main context: give it one with `main_context`".to_owned()
        } else {
            format!("the main context of this server is no `{name}`: {error}")
        };
        Error::failed(text.into())
    })
}
