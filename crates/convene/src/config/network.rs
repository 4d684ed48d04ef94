//! Addresses and networks of trusted proxies.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

/// An IP network in CIDR notation; a single address is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Not an address, and not a network.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an address or a network. Write it as 10.0.0.7 or 10.0.0.0/8.")]
pub struct InvalidNetwork(String);

impl Network {
    /// Reads `ADDRESS` or `ADDRESS/PREFIX`.
    ///
    /// # Errors
    /// [`InvalidNetwork`] when it is neither.
    pub fn parse(value: &str) -> Result<Self, InvalidNetwork> {
        let invalid = || InvalidNetwork(value.to_owned());
        let (address, prefix) = value.split_once('/').map_or((value, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.trim().parse().map_err(|_| invalid())?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(digits) => digits.parse().ok().filter(|p| *p <= widest).ok_or_else(invalid)?,
            None => widest,
        };
        Ok(Self { address, prefix })
    }

    /// Whether an address is in this network. An IPv4 address mapped into IPv6 counts as itself.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differing = u32::from(own) ^ u32::from(other);
                differing.leading_zeros() >= u32::from(self.prefix)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differing = u128::from(own) ^ u128::from(other);
                differing.leading_zeros() >= u32::from(self.prefix)
            }
            _ => false,
        }
    }
}

impl TryFrom<String> for Network {
    type Error = InvalidNetwork;

    fn try_from(value: String) -> Result<Self, InvalidNetwork> {
        Self::parse(&value)
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_the_addresses_under_its_prefix() {
        for (network, address, inside) in [
            ("10.0.0.0/8", "10.9.8.7", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("192.168.1.7", "192.168.1.7", true),
            ("192.168.1.7", "192.168.1.8", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "2001:db8::1", false),
            ("::1", "::1", true),
            ("10.0.0.0/8", "::1", false),
        ] {
            let parsed = Network::parse(network).unwrap();
            assert_eq!(parsed.contains(address.parse().unwrap()), inside, "{address} in {network}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for value in ["", "proxy", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0/8"] {
            assert!(Network::parse(value).is_err(), "{value}");
        }
    }
}
