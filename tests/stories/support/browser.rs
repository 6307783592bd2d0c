//! A real browser, Debian's chromium, for stories that a reader would tell. Driven by the DevTools protocol over two pipes.
//!
//! Where there is no chromium a story fails and says what to install, unless `POSTRIDER_TEST_BROWSER=none` says that there
//! is none: `tests/run` sets that, and tells which stories were left out. It reaches nothing but this machine.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::say;

/// How long a page may take.
const DEADLINE: Duration = Duration::from_secs(40);

/// One browser with one tab; ended when dropped.
pub(crate) struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    session: String,
    last: u64,
    _folder: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Browser {
    /// A browser; none where the environment says that this machine has none.
    pub(crate) fn start() -> Option<Browser> {
        if std::env::var("POSTRIDER_TEST_BROWSER").is_ok_and(|which| which == "none") {
            say("skipped: POSTRIDER_TEST_BROWSER says that there is no browser");
            return None;
        }
        // `has_browser` of tests/run looks for the same.
        let found = ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find(|name| {
                let asked = Command::new(name).arg("--version").output();
                asked.is_ok_and(|output| output.status.success())
            });
        let program = found.expect(
            "this story needs chromium: apt-get install chromium, or run tests/run, which leaves it out",
        );
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        for name in ["in", "out"] {
            let made = Command::new("mkfifo").arg(path(name)).status().unwrap();
            assert!(made.success());
        }
        // The shell gives the browser its pipes as 3 and 4, as it wants them, and becomes the browser.
        let script = format!(
            "exec {program} --headless=new --no-sandbox --disable-gpu --no-first-run --disable-extensions \
             --disable-background-networking --disable-component-update --hide-scrollbars --force-color-profile=srgb \
             --host-resolver-rules='MAP * ~NOTFOUND , EXCLUDE 127.0.0.1' --remote-debugging-pipe \
             --user-data-dir='{}' about:blank 3<'{}' 4>'{}'",
            path("profile"),
            path("in"),
            path("out"),
        );
        let child = Command::new("sh")
            .arg("-c")
            .arg(script)
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = OpenOptions::new().write(true).open(path("in")).unwrap();
        let from = BufReader::new(File::open(path("out")).unwrap());
        let mut browser = Browser {
            child,
            to,
            from,
            session: String::new(),
            last: 0,
            _folder: folder,
        };
        let target = browser.ask("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.ask("Target.attachToTarget", &attach);
        session["sessionId"]
            .as_str()
            .unwrap()
            .clone_into(&mut browser.session);
        browser.ask("Page.enable", &json!({}));
        Some(browser)
    }

    /// One command and its answer; what happens meanwhile is not listened to.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        let answer = self.try_ask(method, params);
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_ask(&mut self, method: &str, params: &Value) -> Result<Value, String> {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": params });
        if !self.session.is_empty() {
            command["sessionId"] = self.session.clone().into();
        }
        let mut bytes = serde_json::to_vec(&command).unwrap();
        bytes.push(0);
        self.to.write_all(&bytes).unwrap();
        loop {
            let mut bytes = Vec::new();
            let read = self.from.read_until(0, &mut bytes).unwrap();
            assert!(read > 0, "the browser has ended");
            bytes.pop();
            let mut said: Value = serde_json::from_slice(&bytes).unwrap();
            if said["id"] == self.last {
                return match said.get("error") {
                    Some(error) => Err(error["message"].to_string()),
                    None => Ok(said["result"].take()),
                };
            }
        }
    }

    /// What this expression gives on the page.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let params =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.ask("Runtime.evaluate", &params);
        let failed = answer.get("exceptionDetails");
        assert!(failed.is_none(), "{expression}: {failed:?}");
        answer["result"]["value"].take()
    }

    /// As wide as this, by day or in the dark.
    pub(crate) fn look(&mut self, width: u32, dark: bool) {
        let size =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.ask("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if dark { "dark" } else { "light" };
        // Without motion, so that no colour is looked at on its way to another.
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.ask("Emulation.setEmulatedMedia", &features);
    }

    /// Goes to this address, and waits until the page is there.
    pub(crate) fn open(&mut self, url: &str) {
        self.marked();
        self.ask("Page.navigate", &json!({ "url": url }));
        self.until_new(url);
    }

    /// Clicks what this selector finds, and waits for the page that comes.
    pub(crate) fn click(&mut self, selector: &str) {
        self.marked();
        let selector = json!(selector);
        let expression = format!("document.querySelector({selector}).click()");
        self.value(&expression);
        self.until_new(&expression);
    }

    /// Presses the button, or follows the link, that says this, and waits for the page that comes.
    pub(crate) fn press(&mut self, words: &str) {
        self.marked();
        let expression = format!(
            "(() => {{ const all = [...document.querySelectorAll('button, a, summary')];
               const found = all.find(e => e.textContent.trim().replace(/\\s+/g, ' ') === {});
               if (!found) throw new Error('there is: ' + all.map(e => e.textContent.trim()).join(' | '));
               found.click(); }})()",
            json!(words)
        );
        self.value(&expression);
        self.until_new(words);
    }

    /// Clicks what this selector finds, and waits for the file that the browser saves of it: its name, and what is in it.
    pub(crate) fn download(&mut self, selector: &str) -> (String, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let allow = json!({ "behavior": "allow", "downloadPath": folder.path() });
        self.ask("Browser.setDownloadBehavior", &allow);
        self.tick(selector);
        let end = Instant::now() + DEADLINE;
        loop {
            // It has another name until it is whole.
            let files = fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
            let names = files.map(|file| file.file_name().into_string().unwrap());
            let whole =
                names.filter(|name| !name.starts_with('.') && !name.ends_with(".crdownload"));
            if let Some(name) = whole.last() {
                let bytes = fs::read(folder.path().join(&name)).unwrap();
                return (name, bytes);
            }
            assert!(Instant::now() < end, "no file came of {selector}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Clicks what this selector finds, where no new page comes of it: a tick, a choice.
    pub(crate) fn tick(&mut self, selector: &str) {
        let selector = json!(selector);
        self.value(&format!("document.querySelector({selector}).click()"));
    }

    /// Types this into the field that the selector finds, in place of what is there.
    pub(crate) fn fill(&mut self, selector: &str, text: &str) {
        let (selector, text) = (json!(selector), json!(text));
        self.value(&format!(
            "(() => {{ const field = document.querySelector({selector}); field.focus(); field.value = {text}; }})()"
        ));
    }

    /// What a reader sees of the page, as text.
    pub(crate) fn text(&mut self) -> String {
        let text = self.value("document.body.innerText");
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Runs no script of any page from now on, as a reader who has them off.
    pub(crate) fn without_scripts(&mut self) {
        self.ask(
            "Emulation.setScriptExecutionDisabled",
            &json!({ "value": true }),
        );
    }

    /// Presses a key, and lets it go.
    pub(crate) fn key(&mut self, key: &str) {
        let (code, number, text) = match key {
            "Tab" => ("Tab", 9, ""),
            "End" => ("End", 35, ""),
            "Enter" => ("Enter", 13, "\r"),
            " " => ("Space", 32, " "),
            other => panic!("{other} is on no keyboard here"),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut params =
                json!({ "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number });
            if kind == "keyDown" && !text.is_empty() {
                params["text"] = text.into();
            }
            self.ask("Input.dispatchKeyEvent", &params);
        }
    }

    /// Presses a key that leads to another page, and waits for it.
    pub(crate) fn key_to(&mut self, key: &str) {
        self.marked();
        self.key(key);
        self.until_new(key);
    }

    /// Types this where the focus is.
    pub(crate) fn write(&mut self, text: &str) {
        self.ask("Input.insertText", &json!({ "text": text }));
    }

    /// A page of its own that holds this, for what stands in a sandbox and cannot be asked.
    pub(crate) fn show(&mut self, html: &str) {
        self.open("about:blank");
        let tree = self.ask("Page.getFrameTree", &json!({}));
        let frame = &tree["frameTree"]["frame"]["id"];
        self.ask(
            "Page.setDocumentContent",
            &json!({ "frameId": frame, "html": html }),
        );
    }

    /// The page's one heading.
    pub(crate) fn heading(&mut self) -> String {
        let text = self.value("document.querySelector('h1').innerText");
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Asks for pages in this language from now on.
    pub(crate) fn speak(&mut self, language: &str) {
        self.ask("Network.enable", &json!({}));
        let headers = json!({ "headers": { "Accept-Language": language } });
        self.ask("Network.setExtraHTTPHeaders", &headers);
    }

    /// The address in the bar.
    pub(crate) fn address(&mut self) -> String {
        let text = self.value("location.href");
        text.as_str().unwrap_or_default().to_owned()
    }

    /// The whole page as a picture, where `POSTRIDER_SHOTS` names a folder to keep it in.
    pub(crate) fn keep_picture(&mut self, name: &str) {
        let Ok(folder) = std::env::var("POSTRIDER_SHOTS") else {
            return;
        };
        let params = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.ask("Page.captureScreenshot", &params);
        let bytes = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        fs::create_dir_all(&folder).unwrap();
        fs::write(Path::new(&folder).join(format!("{name}.png")), bytes).unwrap();
    }

    /// Looks at the page as it must be at every width, by day and in the dark: nothing scrolls sideways, what can be pressed
    /// is large enough, no time lies over what happens then, and axe finds nothing where `POSTRIDER_AXE` names its file. Keeps pictures.
    pub(crate) fn inspect(&mut self, name: &str) {
        for (width, dark) in [
            (320, false),
            (390, false),
            (390, true),
            (1280, false),
            (1280, true),
        ] {
            self.look(width, dark);
            let wide = self.value(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth",
            );
            assert_eq!(wide, 0, "{name} scrolls sideways at {width}");
            let small = self.value(
                "[...document.querySelectorAll('button, .btn, .word')]
                   .filter(e => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44))
                   .map(e => e.textContent.trim()).join(', ')",
            );
            assert_eq!(small, "", "{name}: too small to press at {width}");
            let over = self.value(
                "[...document.querySelectorAll('.tide time, .tide dt')]
                   .filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent).join('; ')",
            );
            assert_eq!(over, "", "{name}: lies over what is beside it at {width}");
            let scheme = if dark { "dark" } else { "light" };
            self.axe(&format!("{name}, {width}, {scheme}"));
            self.keep_picture(&format!("{name}-{width}-{scheme}"));
        }
    }

    /// What axe finds must be nothing.
    fn axe(&mut self, name: &str) {
        let Some(file) = std::env::var_os("POSTRIDER_AXE") else {
            return;
        };
        let script = fs::read_to_string(file).unwrap();
        self.value(&format!("{script}; undefined"));
        let found = self.value(
            "axe.run(document, { resultTypes: ['violations'] }).then(r =>
               r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' ')).join('; '))",
        );
        assert_eq!(found, "", "{name}");
    }

    /// Marks the page that is there, so that the next one can be told from it.
    fn marked(&mut self) {
        self.value("window.before = true");
    }

    fn until_new(&mut self, what: &str) {
        let end = Instant::now() + DEADLINE;
        // What asks for the focus gets it with the first picture, not with the page.
        let there = "document.readyState === 'complete' && !window.before
            && (document.activeElement !== document.body || !!location.hash || !document.querySelector('[autofocus]'))";
        let params = json!({ "expression": there, "returnByValue": true });
        loop {
            // Between two pages there is none to ask.
            let there = self.try_ask("Runtime.evaluate", &params);
            if there.is_ok_and(|answer| answer["result"]["value"] == true) {
                return;
            }
            assert!(Instant::now() < end, "no page came of {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
