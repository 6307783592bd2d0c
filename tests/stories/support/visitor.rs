//! Someone at the pages, by real HTTP: a browser without a script, which keeps cookies and follows nothing by itself.

use std::collections::BTreeMap;
use std::sync::Mutex;

use postrider::web::Server;
use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Method, Response};
use tokio_util::sync::CancellationToken;

use super::World;

/// The pages of the world's paper, being answered until this is dropped.
pub(crate) struct Site {
    /// How addresses begin, without a slash at the end.
    pub(crate) url: String,
    stop: CancellationToken,
}

impl Site {
    pub(crate) async fn open(world: &World) -> Site {
        let server = Server::bind(world.app.clone()).await.unwrap();
        let url = format!("http://{}", server.address());
        let stop = CancellationToken::new();
        tokio::spawn(server.run(stop.clone()));
        Site { url, stop }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What came back.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Page {
    /// Where it sends the visitor.
    pub(crate) fn location(&self) -> &str {
        self.headers[LOCATION].to_str().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Page {
        assert!(
            self.body.contains(text),
            "no {text:?} in {}:\n{}",
            self.status,
            self.body
        );
        self
    }

    /// The value of the hidden field of this name.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let begin = format!("name=\"{name}\" value=\"");
        let rest = self.body.split_once(&begin).expect("such a field").1;
        rest.split_once('"').unwrap().0.to_owned()
    }
}

pub(crate) struct Visitor {
    client: reqwest::Client,
    url: String,
    /// Goes with every request.
    pub(crate) headers: Vec<(&'static str, String)>,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Visitor {
    pub(crate) fn at(site: &Site) -> Visitor {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Visitor {
            client,
            url: site.url.clone(),
            headers: vec![
                ("accept", "text/html".to_owned()),
                ("sec-fetch-site", "same-origin".to_owned()),
            ],
            cookies: Mutex::default(),
        }
    }

    /// With a header in place of the one of its name.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Visitor {
        self.headers.retain(|(n, _)| *n != name);
        if !value.is_empty() {
            self.headers.push((name, value.to_owned()));
        }
        self
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
    ) -> Page {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let cookies: Vec<String> = {
            let kept = self.cookies.lock().unwrap();
            kept.iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if let Some((kind, body)) = body {
            request = request.header("content-type", kind).body(body);
        }
        self.keep(request.send().await.unwrap()).await
    }

    async fn keep(&self, response: Response) -> Page {
        let headers = response.headers().clone();
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            let mut kept = self.cookies.lock().unwrap();
            kept.insert(name.to_owned(), value.to_owned());
        }
        Page {
            status: response.status().as_u16(),
            headers,
            body: response.text().await.unwrap(),
        }
    }

    /// Sends a form.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let body = ("application/x-www-form-urlencoded", form.finish());
        self.ask(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn json(&self, path: &str, body: serde_json::Value) -> Page {
        let body = ("application/json", body.to_string());
        self.ask(Method::POST, path, Some(body)).await
    }
}
