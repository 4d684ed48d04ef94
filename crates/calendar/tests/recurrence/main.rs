//! Recurrence from the outside: text in, instances out.

#[cfg(test)]
mod dateutil;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod rfc;
#[cfg(test)]
mod sets;
#[cfg(test)]
mod work;
