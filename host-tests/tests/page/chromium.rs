//! Chromium without a window, led by its driver over plain HTTP on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The time of one script, which may open every row of a page on a busy machine.
const SCRIPT_MILLISECONDS: u32 = 300_000;

/// A page in a browser of its own, with an empty profile.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    dir: TempDir,
}

/// Opens a page; `None` where there is no Chromium, which is said aloud.
pub fn open(page: &str) -> Option<Browser> {
    let mut command = Command::new("chromedriver");
    let command = command.arg("--port=0").stdout(Stdio::piped());
    let Ok(mut driver) = command.stderr(Stdio::null()).spawn() else {
        // Past the test harness, which shows what passing tests print to nobody.
        let text = "SKIPPED: no test in a browser was run, as there is no chromedriver: install the packages chromium and chromium-driver\n";
        std::io::stderr().write_all(text.as_bytes()).unwrap();
        return None;
    };
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let said = lines.find_map(|line| {
        let line = line.unwrap();
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    let port = said.unwrap();
    // Read on, so that the driver never waits for a reader.
    std::thread::spawn(move || lines.count());
    let dir = tempfile::tempdir().unwrap();
    let mut browser = Browser {
        driver,
        port,
        session: String::new(),
        dir,
    };
    browser.begin();
    browser.go(page);
    Some(browser)
}

impl Browser {
    fn begin(&mut self) {
        let profile = format!(
            "--user-data-dir={}",
            self.dir.path().join("profile").display()
        );
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1300,900",
            &profile,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": flags},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "timeouts": {"script": SCRIPT_MILLISECONDS},
        }}});
        let begun = self.ask("POST", "/session", &wanted);
        self.session = begun["sessionId"].as_str().unwrap().to_owned();
    }

    fn go(&self, page: &str) {
        let path = self.dir.path().join("report.html");
        std::fs::write(&path, page).unwrap();
        self.call("url", &json!({"url": format!("file://{}", path.display())}));
        assert_eq!(
            self.run("return document.documentElement.dataset.ready"),
            "yes"
        );
    }

    /// Runs the body of a function in the page and gives back what it returns.
    pub fn run(&self, script: &str) -> Value {
        let script = format!("return (async () => {{ {script} }})()");
        self.call("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Returns the screenshot of one element.
    pub fn text(&self, selector: &str) -> String {
        let found = self.run(&format!(
            "return document.querySelector(`{selector}`).innerText"
        ));
        found.as_str().unwrap().to_owned()
    }

    /// Presses an element where a person would.
    pub fn click(&self, selector: &str) {
        let wanted = json!({"using": "css selector", "value": selector});
        let found = self.call("element", &wanted);
        let element = found.as_object().unwrap().values().next().unwrap();
        let path = format!("element/{}/click", element.as_str().unwrap());
        self.call(&path, &json!({}));
    }

    /// Presses keys, one after the other.
    pub fn keys(&self, keys: &str) {
        let press = |key: char| {
            [
                json!({"type": "keyDown", "value": key}),
                json!({"type": "keyUp", "value": key}),
            ]
        };
        let actions: Vec<Value> = keys.chars().flat_map(press).collect();
        let source = json!({"type": "key", "id": "keyboard", "actions": actions});
        self.call("actions", &json!({"actions": [source]}));
    }

    /// Waits until a condition of the page holds.
    pub fn until(&self, condition: &str) {
        for _ in 0..200 {
            if self.run(&format!("return Boolean({condition})")) == true {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("never: {condition}");
    }

    /// Says what the reader's system prefers.
    pub fn prefers(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let parameters = json!({"features": features});
        self.command("Emulation.setEmulatedMedia", &parameters);
    }

    /// A command of Chromium's own protocol.
    pub fn command(&self, name: &str, parameters: &Value) {
        self.call(
            "goog/cdp/execute",
            &json!({"cmd": name, "params": parameters}),
        );
    }

    /// The page on paper, as PDF in base64.
    pub fn print(&self) -> String {
        let pdf = self.call("print", &json!({"background": true}));
        pdf.as_str().unwrap().to_owned()
    }

    /// Returns the messages of the page's console.
    fn console(&self) -> Vec<Value> {
        let log = self.call("se/log", &json!({"type": "browser"}));
        log.as_array().unwrap().clone()
    }

    /// Every address that was asked for.
    pub fn requests(&self) -> Vec<String> {
        let log = self.call("se/log", &json!({"type": "performance"}));
        let entries = log.as_array().unwrap().iter();
        let entries = entries.map(|entry| -> Value {
            serde_json::from_str(entry["message"].as_str().unwrap()).unwrap()
        });
        let sent =
            entries.filter(|entry| entry["message"]["method"] == "Network.requestWillBeSent");
        let urls = sent.map(|entry| {
            entry["message"]["params"]["request"]["url"]
                .as_str()
                .unwrap()
                .to_owned()
        });
        urls.collect()
    }

    fn call(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}/{path}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut expected = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.trim_end().to_lowercase();
            if let Some(length) = line.strip_prefix("content-length:") {
                expected = length.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut answer = vec![0; expected];
        reader.read_exact(&mut answer).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let value = answer["value"].clone();
        assert!(value.get("error").is_none(), "{path}: {value}");
        value
    }
}

impl Drop for Browser {
    /// Whatever a test is about, the page's console has to stay empty.
    fn drop(&mut self) {
        let is_sound = !self.session.is_empty() && !std::thread::panicking();
        let console = is_sound.then(|| self.console());
        if is_sound {
            self.ask("DELETE", &format!("/session/{}", self.session), &json!({}));
        }
        // It takes its browser along.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        assert_eq!(console.unwrap_or_default(), Vec::<Value>::new());
    }
}
