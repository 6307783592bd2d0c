//! Visitors of the pages who tell of themselves what a story wants: another site's origin, a proxy's word, a program's wish.
//! Each keeps cookies of its own and follows nothing by itself.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::SET_COOKIE;
use reqwest::{Method, Response};

use super::World;
use super::pages::{Answer, Marks, Pages};

/// The pages of the world's paper, being answered until this is dropped.
pub(crate) struct Site {
    url: String,
    _pages: Pages,
}

impl Site {
    pub(crate) async fn open(world: &World) -> Site {
        let pages = Pages::of(world).await;
        Site {
            url: format!("http://{}", pages.address),
            _pages: pages,
        }
    }
}

/// One of them; as a browser on our own page unless told otherwise.
pub(crate) struct Visitor {
    client: reqwest::Client,
    url: String,
    /// Goes with every request.
    headers: Vec<(&'static str, String)>,
    cookies: Mutex<BTreeMap<String, String>>,
    marks: Marks,
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
            marks: Marks::default(),
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

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
    ) -> Answer {
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
        let answer = self.keep(request.send().await.unwrap()).await;
        self.marks.see(path, &answer);
        answer
    }

    async fn keep(&self, response: Response) -> Answer {
        let headers = response.headers().clone();
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            let mut kept = self.cookies.lock().unwrap();
            kept.insert(name.to_owned(), value.to_owned());
        }
        Answer {
            status: response.status().as_u16(),
            headers,
            body: response.text().await.unwrap(),
        }
    }

    /// Sends a form, from the last page seen there.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mark = self.marks.of(path, fields);
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        form.extend_pairs(mark.iter().map(|mark| ("mark", mark)));
        let body = ("application/x-www-form-urlencoded", form.finish());
        self.ask(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn json(&self, path: &str, body: serde_json::Value) -> Answer {
        let body = ("application/json", body.to_string());
        self.ask(Method::POST, path, Some(body)).await
    }
}

impl Answer {
    /// The page holds this text.
    #[track_caller]
    pub(crate) fn tells(&self, text: &str) -> &Answer {
        let there = self.body.contains(text);
        assert!(there, "no {text:?} in {}:\n{}", self.status, self.body);
        self
    }
}
