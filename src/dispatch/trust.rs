//! Which certificates of a relay are believed, and what one that was shown says of itself.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls_platform_verifier::Verifier;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use crate::config::{Problem, Problems};

/// What a relay showed when a line to it was secured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The host names that it is for, as it writes them.
    pub names: Vec<String>,
    /// The end of its time, in seconds since 1970; not where it cannot be read.
    pub expires_at: Option<u64>,
    /// `TLS 1.2` or `TLS 1.3`; not where it came to nothing before.
    pub version: Option<&'static str>,
    /// Why it is not believed, if it is not.
    pub distrust: Option<Distrust>,
}

/// Why a certificate is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distrust {
    /// Nobody we know has signed it, or the relay does not show who has.
    Issuer,
    /// Its time is over, or has not come.
    Time,
    /// It is for other names.
    Name,
    /// Something else, in rustls's words.
    Other(String),
}

/// Where a [`Certificate`] is put when one is shown.
#[derive(Debug, Default)]
pub struct Shown(Mutex<Option<Certificate>>);

impl Shown {
    /// The last one.
    pub fn certificate(&self) -> Option<Certificate> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Certificate>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How lines to a server are secured: by the system's certificates, or by those of `ca_file`, which is the setting called
/// `key`. What it shows is also put into `shown`.
pub(crate) fn secured(
    ca_file: Option<&Path>,
    key: &str,
    shown: Option<Arc<Shown>>,
) -> Result<Arc<ClientConfig>, Problems> {
    let mut verifier = verifier(ca_file, key)?;
    if let Some(shown) = shown {
        verifier = Arc::new(Watch { verifier, shown });
    }
    let config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn verifier(ca_file: Option<&Path>, key: &str) -> Result<Arc<dyn ServerCertVerifier>, Problems> {
    let provider = Arc::new(default_provider());
    let Some(file) = ca_file else {
        let system = Verifier::new(provider).map_err(|error| {
            Problem::of(
                "the system's certificates",
                format!("they cannot be used: {error}"),
                format!("install the package ca-certificates, or name a file in {key}"),
            )
        })?;
        return Ok(Arc::new(system));
    };
    let cannot = |error: &dyn std::fmt::Display| {
        Problems::one(
            &file.display().to_string(),
            key,
            &format!("cannot be read as certificates: {error}"),
        )
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|e| cannot(&e))? {
        let certificate = certificate.map_err(|e| cannot(&e))?;
        roots.add(certificate).map_err(|e| cannot(&e))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|e| cannot(&e))?;
    Ok(verifier)
}

/// Decides as `verifier` does, and keeps what it was asked about.
#[derive(Debug)]
struct Watch {
    verifier: Arc<dyn ServerCertVerifier>,
    shown: Arc<Shown>,
}

impl ServerCertVerifier for Watch {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let (names, expires_at) = read(end_entity);
        *self.shown.lock() = Some(Certificate {
            names,
            expires_at,
            version: None,
            distrust: verified.as_ref().err().map(distrust),
        });
        verified
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.note("TLS 1.2");
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.note("TLS 1.3");
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

impl Watch {
    fn note(&self, version: &'static str) {
        if let Some(certificate) = &mut *self.shown.lock() {
            certificate.version = Some(version);
        }
    }
}

/// A certificate's names and the end of its time.
fn read(certificate: &CertificateDer<'_>) -> (Vec<String>, Option<u64>) {
    let Ok(certificate) = webpki::EndEntityCert::try_from(certificate) else {
        return (Vec::new(), None);
    };
    let names = certificate.valid_dns_names().map(str::to_owned).collect();
    // webpki tells the time only of one whose time is over, and looks at that first: so it is asked about year 9999.
    let far = UnixTime::since_unix_epoch(Duration::from_secs(253_402_300_799));
    let usage = webpki::KeyUsage::server_auth();
    let expired = certificate.verify_for_usage(&[], &[], &[], far, usage, None, None);
    let expires_at = match expired {
        Err(webpki::Error::CertExpired { not_after, .. }) => Some(not_after.as_secs()),
        _ => None,
    };
    (names, expires_at)
}

fn distrust(error: &Error) -> Distrust {
    let Error::InvalidCertificate(error) = error else {
        return Distrust::Other(error.to_string());
    };
    match error {
        // One of the same name as a certificate that we trust, signed by another.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Distrust::Issuer,
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => Distrust::Time,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Distrust::Name
        }
        other => Distrust::Other(other.to_string()),
    }
}
