//! Opening the port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, lookup_host};

use super::StartError;

/// Who may reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Whoever the listen address lets in.
    Anyone,
    /// This machine only: any other listen address is refused.
    LoopbackOnly,
}

/// Opens `ADDRESS:PORT`; of a name with several addresses, the first that can be opened.
pub(crate) async fn listen(at: &str, reach: Reach) -> Result<TcpListener, StartError> {
    let failed = |source| StartError::Listen { at: at.to_owned(), source };
    let addresses: Vec<SocketAddr> = lookup_host(at).await.map_err(failed)?.collect();
    let outside = addresses.iter().any(|address| !address.ip().is_loopback());
    if reach == Reach::LoopbackOnly && outside {
        return Err(StartError::DemoOutside { at: at.to_owned() });
    }
    TcpListener::bind(&addresses[..]).await.map_err(failed)
}

/// Where a server that listens there is reached from this machine: on loopback, if it listens on all addresses.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}
