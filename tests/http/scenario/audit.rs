//! What the server wrote down about the messages of a write.

use super::outside::Expected;
use crate::harness::World;

pub(super) fn expect_messages(world: &World, place: &str, uid: &str, expected: &[Expected]) {
    let _ = (world, place, uid, expected);
}
