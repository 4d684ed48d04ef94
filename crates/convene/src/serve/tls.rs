//! TLS by certificate files.

use std::{path::Path, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use super::StartError;

/// Reads a PEM certificate chain and its key.
pub(crate) fn acceptor(certificates: &Path, key: &Path) -> Result<TlsAcceptor, StartError> {
    let unusable = |path: &Path, detail: String| StartError::Tls { path: path.to_owned(), detail };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(certificates, error.to_string()))?;
    if chain.is_empty() {
        return Err(unusable(certificates, "it holds no certificate".to_owned()));
    }
    let private_key =
        PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private_key))
        .map_err(|error: rustls::Error| unusable(key, error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
