//! Asking DNS: for what receivers will ask it for, and whether a domain takes mail at all.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;

/// The longest wait for an answer, tries included.
const PATIENCE: Duration = Duration::from_secs(8);

/// What DNS says of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// These records; one at least.
    Found(Vec<T>),
    /// There is none.
    Nothing,
    /// Nobody answered, or with an error.
    Silent(String),
}

/// A DNS server.
pub struct Dns {
    /// Or why there is none.
    resolver: Result<TokioResolver, String>,
    /// What the operator calls it.
    pub name: String,
}

impl Dns {
    /// The one at `server`, or the system's.
    pub fn new(server: Option<SocketAddr>) -> Result<Dns, String> {
        let (mut builder, name) = if let Some(server) = server {
            let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
            for connection in &mut connections {
                connection.port = server.port();
            }
            let it = NameServerConfig::new(server.ip(), true, connections);
            let config = ResolverConfig::from_parts(None, Vec::new(), vec![it]);
            let provider = TokioRuntimeProvider::default();
            let builder = TokioResolver::builder_with_config(config, provider);
            (builder, server.to_string())
        } else {
            let builder = TokioResolver::builder_tokio().map_err(|error| error.to_string())?;
            (builder, "the system's".to_owned())
        };
        let options = builder.options_mut();
        options.timeout = Duration::from_secs(2);
        options.attempts = 2;
        options.edns0 = true;
        let resolver = builder.build().map_err(|error| error.to_string())?;
        Ok(Dns {
            resolver: Ok(resolver),
            name,
        })
    }

    /// One that never answers, for this reason.
    pub fn silent(why: String) -> Dns {
        Dns {
            resolver: Err(why),
            name: "none".to_owned(),
        }
    }

    /// Whether anything says that `domain` takes no mail: it says so itself (RFC 7505), or it has neither a host for mail nor
    /// one of its own name (RFC 5321, section 5.1). No answer is no word against it.
    pub async fn takes_no_mail(&self, domain: &str) -> bool {
        match self.mx(domain).await {
            Answer::Found(hosts) => hosts.iter().all(|host| host == "."),
            Answer::Nothing => self.has_no_host(domain).await,
            Answer::Silent(_) => false,
        }
    }

    async fn has_no_host(&self, name: &str) -> bool {
        let Ok(resolver) = &self.resolver else {
            return false;
        };
        let name = format!("{name}.");
        let address = |data: &RData| data.ip_addr();
        let four = answer(resolver.ipv4_lookup(name.clone()), address);
        let six = answer(resolver.ipv6_lookup(name), address);
        let (four, six) = tokio::join!(four, six);
        four == Answer::Nothing && six == Answer::Nothing
    }

    /// The texts at `name`, each of its strings joined.
    pub async fn txt(&self, name: &str) -> Answer<String> {
        let resolver = match &self.resolver {
            Ok(resolver) => resolver,
            Err(why) => return Answer::Silent(why.clone()),
        };
        answer(resolver.txt_lookup(format!("{name}.")), |data| match data {
            RData::TXT(txt) => {
                let octets: Vec<u8> = txt
                    .txt_data
                    .iter()
                    .flat_map(|part| part.iter().copied())
                    .collect();
                Some(String::from_utf8_lossy(&octets).into_owned())
            }
            _ => None,
        })
        .await
    }

    /// The hosts that take mail for `name`, the preferred first; a single `.` says that it takes none (RFC 7505).
    pub async fn mx(&self, name: &str) -> Answer<String> {
        let resolver = match &self.resolver {
            Ok(resolver) => resolver,
            Err(why) => return Answer::Silent(why.clone()),
        };
        let hosts = answer(resolver.mx_lookup(format!("{name}.")), |data| match data {
            RData::MX(mx) => Some((mx.preference, mx.exchange.to_string())),
            _ => None,
        });
        match hosts.await {
            Answer::Found(mut hosts) => {
                hosts.sort();
                Answer::Found(hosts.into_iter().map(|(_, host)| host).collect())
            }
            Answer::Nothing => Answer::Nothing,
            Answer::Silent(why) => Answer::Silent(why),
        }
    }
}

async fn answer<T>(
    asked: impl Future<Output = Result<Lookup, hickory_resolver::net::NetError>>,
    pick: impl Fn(&RData) -> Option<T>,
) -> Answer<T> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(lookup)) => {
            let records = lookup
                .answers()
                .iter()
                .filter_map(|record| pick(&record.data));
            let records: Vec<T> = records.collect();
            if records.is_empty() {
                Answer::Nothing
            } else {
                Answer::Found(records)
            }
        }
        Ok(Err(error)) if error.is_no_records_found() => Answer::Nothing,
        Ok(Err(error)) => Answer::Silent(error.to_string()),
        Err(_) => Answer::Silent(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}
