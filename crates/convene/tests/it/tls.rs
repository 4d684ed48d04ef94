//! TLS by certificate files. Those in tls/ are for `localhost`, and of no use to anybody else.

use std::{path::PathBuf, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::{
    http::TestServer,
    place::{Place, run},
};

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tls")).join(name)
}

fn connector(protocol: &[u8]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file("ca.pem")).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn requests_are_answered_over_tls() {
    let server = TestServer::start_with(|config| {
        config.tls_cert = Some(file("server.pem"));
        config.tls_key = Some(file("server.key"));
    })
    .await;
    assert!(server.running.url().starts_with("https://"));
    for protocol in [&b"http/1.1"[..], b"h2"] {
        let stream = TcpStream::connect(server.running.addr).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = connector(protocol).connect(name, stream).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol));
        if protocol == b"http/1.1" {
            let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            stream.write_all(request).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        }
    }
}

#[test]
fn a_key_that_does_not_fit_its_certificate_is_named() {
    let place = Place::new();
    let (certificate, key) = (file("ca.pem"), file("server.key"));
    let settings = place.write(
        "convene.toml",
        &format!(
            "listen = \"127.0.0.1:0\"\ntls_cert = \"{}\"\ntls_key = \"{}\"\n",
            certificate.display(),
            key.display()
        ),
    );
    let ended = run(&mut place.convene(&["serve", "--config", &settings]));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for part in [key.to_str().unwrap(), "tls_key", "private key"] {
        assert!(ended.stderr.contains(part), "{part} is not in {}", ended.stderr);
    }
}
