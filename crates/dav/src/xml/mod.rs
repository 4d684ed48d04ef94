//! The only files that know XML: names, a bounded reader, a fast writer.

pub mod names;

mod element;
mod name;
mod read;
mod write;

pub use element::{Attribute, Element, Node};
pub use name::{Name, QName};
pub use read::{ReadError, read};
pub use write::Writer;
