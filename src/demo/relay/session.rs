//! The dialogue with one client.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::answer::{Answer, Phase};
use super::line::{Body, Command, Line};
use super::mails::Arrived;
use super::{MAX_MAIL_BYTES, RelayTls, Shared};

const NAME: &str = "relay.courier.example";

/// Recipients of one mail (RFC 5321, section 4.5.3.1.8).
const MAX_RECIPIENTS: usize = 100;

/// Commands that made no sense, after which we hang up. A refused recipient is none of them.
const MAX_BLUNDERS: u32 = 20;

/// Serves a client until it leaves, or is sent away.
pub(super) async fn serve(stream: TcpStream, shared: &Shared, connection: u64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut session = Session::new(shared, connection);
    match &shared.options.tls {
        RelayTls::Implicit(config) => {
            session.encrypted = true;
            let stream = TlsAcceptor::from(config.clone()).accept(stream).await?;
            session.greet_and_talk(stream).await.map(drop)
        }
        RelayTls::StartTls(config) => {
            let Some(stream) = session.greet_and_talk(stream).await? else {
                return Ok(());
            };
            let stream = TlsAcceptor::from(config.clone()).accept(stream).await?;
            session = Session::new(shared, connection);
            session.encrypted = true;
            session.talk(Line::new(stream)).await.map(drop)
        }
        RelayTls::None => session.greet_and_talk(stream).await.map(drop),
    }
}

struct Session<'a> {
    shared: &'a Shared,
    connection: u64,
    encrypted: bool,
    greeted: bool,
    logged_in: bool,
    blunders: u32,
    mail: Option<Envelope>,
}

/// What MAIL and RCPT have said.
struct Envelope {
    from: String,
    to: Vec<String>,
    smtputf8: bool,
    size_hint: usize,
    after_data: Option<Answer>,
}

/// What becomes of the connection after a command.
enum Next {
    Command,
    StartTls,
    /// The replies are sent, then it is closed.
    Close,
    /// It is closed, and what was not sent stays unsaid.
    Drop,
}

impl<'a> Session<'a> {
    fn new(shared: &'a Shared, connection: u64) -> Session<'a> {
        Session {
            shared,
            connection,
            encrypted: false,
            greeted: false,
            logged_in: false,
            blunders: 0,
            mail: None,
        }
    }

    async fn greet_and_talk<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        stream: S,
    ) -> io::Result<Option<S>> {
        let mut line = Line::new(stream);
        line.reply(
            220,
            &format!("{NAME} ESMTP catches every mail and passes none on"),
        );
        self.talk(line).await
    }

    /// Talks until the end, or until the stream is to be encrypted: then that comes back.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        mut line: Line<S>,
    ) -> io::Result<Option<S>> {
        loop {
            let next = match line.command().await? {
                Command::Text(text) => self.obey(&mut line, &text).await?,
                Command::Unreadable => self.blunder(
                    &mut line,
                    500,
                    "5.5.2 a line over 2048 octets, or not ended by CR LF",
                ),
                Command::End => return Ok(None),
            };
            match next {
                Next::Command => {}
                Next::StartTls => {
                    line.flush().await?;
                    return Ok(line.into_stream());
                }
                Next::Close => return line.close().await.map(|()| None),
                Next::Drop => return Ok(None),
            }
        }
    }

    async fn obey<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        line: &mut Line<S>,
        text: &str,
    ) -> io::Result<Next> {
        let (verb, argument) = text.split_once(' ').unwrap_or((text, ""));
        let argument = argument.trim();
        Ok(match verb.to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" if argument.is_empty() => {
                self.blunder(line, 501, "5.5.4 say who you are")
            }
            "EHLO" => self.hello(line, &self.abilities()),
            "HELO" => self.hello(line, NAME),
            "STARTTLS" => self.start_tls(line, argument),
            "AUTH" => self.auth(line, argument).await?,
            "MAIL" => self.mail(line, argument),
            "RCPT" => self.rcpt(line, argument).await?,
            "DATA" => self.data(line, argument).await?,
            "RSET" => {
                self.mail = None;
                say(line, 250, "2.0.0 forgotten")
            }
            "NOOP" => say(line, 250, "2.0.0 yes"),
            "VRFY" => say(line, 252, "2.5.0 send it and see"),
            "HELP" => say(line, 214, "2.0.0 RFC 5321"),
            "QUIT" => {
                line.reply(221, "2.0.0 goodbye");
                Next::Close
            }
            "EXPN" => self.blunder(line, 502, "5.5.1 there are no lists here"),
            _ => self.blunder(line, 500, "5.5.1 no such command"),
        })
    }

    /// Answers what makes no sense, and hangs up on a client that goes on making none.
    fn blunder<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        line: &mut Line<S>,
        code: u16,
        text: &str,
    ) -> Next {
        self.blunders += 1;
        if self.blunders > MAX_BLUNDERS {
            line.reply(421, "4.7.0 too many errors");
            return Next::Close;
        }
        say(line, code, text)
    }

    fn hello<S: AsyncRead + AsyncWrite + Unpin>(&mut self, line: &mut Line<S>, text: &str) -> Next {
        self.greeted = true;
        self.mail = None;
        say(line, 250, text)
    }

    fn abilities(&self) -> String {
        let mut lines = format!(
            "{NAME}\nPIPELINING\n8BITMIME\nSMTPUTF8\nSIZE {MAX_MAIL_BYTES}\nENHANCEDSTATUSCODES"
        );
        if self.may_start_tls() {
            lines.push_str("\nSTARTTLS");
        }
        if self.may_log_in() {
            lines.push_str("\nAUTH PLAIN LOGIN");
        }
        lines
    }

    fn may_start_tls(&self) -> bool {
        !self.encrypted && matches!(self.shared.options.tls, RelayTls::StartTls(_))
    }

    fn may_log_in(&self) -> bool {
        self.shared.options.login.is_some() && !self.may_start_tls()
    }

    fn start_tls<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        line: &mut Line<S>,
        argument: &str,
    ) -> Next {
        if !self.may_start_tls() {
            return self.blunder(line, 502, "5.5.1 TLS is not on offer, or already up");
        }
        if !argument.is_empty() {
            return self.blunder(line, 501, "5.5.4 STARTTLS takes no argument");
        }
        line.reply(220, "2.0.0 go ahead");
        Next::StartTls
    }

    /// AUTH PLAIN and LOGIN (RFC 4954, section 4).
    async fn auth<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        line: &mut Line<S>,
        argument: &str,
    ) -> io::Result<Next> {
        let Some((user, password)) = self.shared.options.login.as_ref() else {
            return Ok(self.blunder(line, 502, "5.5.1 nobody logs in here"));
        };
        if self.may_start_tls() {
            return Ok(say(line, 538, "5.7.11 encrypt first, with STARTTLS"));
        }
        if !self.greeted || self.logged_in || self.mail.is_some() {
            return Ok(self.blunder(line, 503, "5.5.1 not now"));
        }
        let (mechanism, initial) = argument.split_once(' ').unwrap_or((argument, ""));
        let initial = Some(initial.trim())
            .filter(|initial| !initial.is_empty())
            .map(str::to_owned);
        let given = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => match ask_unless(initial, line, "").await? {
                Some(all) => as_plain(&all),
                None => None,
            },
            "LOGIN" => {
                // "Username:" and "Password:".
                let user = ask_unless(initial, line, "VXNlcm5hbWU6").await?;
                match user {
                    Some(user) => ask_unless(None, line, "UGFzc3dvcmQ6")
                        .await?
                        .map(|password| (user, password)),
                    None => None,
                }
            }
            _ => return Ok(self.blunder(line, 504, "5.5.4 PLAIN or LOGIN")),
        };
        Ok(match given {
            Some((given_user, given_password))
                if given_user == *user && given_password == *password =>
            {
                self.logged_in = true;
                say(line, 235, "2.7.0 welcome")
            }
            Some(_) => self.blunder(line, 535, "5.7.8 user name or password is wrong"),
            None => self.blunder(line, 501, "5.5.2 called off, or not base64"),
        })
    }

    fn mail<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        line: &mut Line<S>,
        argument: &str,
    ) -> Next {
        if !self.greeted || self.mail.is_some() {
            return self.blunder(line, 503, "5.5.1 EHLO first, and one mail at a time");
        }
        if self.shared.options.login.is_some() && !self.logged_in {
            return say(line, 530, "5.7.0 log in first");
        }
        let Some((from, parameters)) = path_after("FROM:", argument) else {
            return self.blunder(line, 501, "5.1.7 no such thing as that sender");
        };
        let mut envelope = Envelope {
            from: from.to_owned(),
            to: Vec::new(),
            smtputf8: false,
            size_hint: 0,
            after_data: None,
        };
        for parameter in parameters.split_ascii_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match (
                name.to_ascii_uppercase().as_str(),
                value.to_ascii_uppercase().as_str(),
            ) {
                ("SMTPUTF8", "") => envelope.smtputf8 = true,
                ("BODY", "7BIT" | "8BITMIME") => {}
                ("AUTH", _) if self.logged_in => {}
                ("SIZE", size) => match size.parse() {
                    Ok(size) if size <= MAX_MAIL_BYTES => envelope.size_hint = size,
                    Ok(_) => return say(line, 552, "5.3.4 too big"),
                    Err(_) => return self.blunder(line, 501, "5.5.4 a size is a number"),
                },
                _ => return self.blunder(line, 555, "5.5.4 we did not offer that"),
            }
        }
        if !envelope.smtputf8 && !from.is_ascii() {
            return say(line, 553, "5.6.7 such an address needs SMTPUTF8");
        }
        self.mail = Some(envelope);
        say(line, 250, "2.1.0 sender noted")
    }

    async fn rcpt<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        line: &mut Line<S>,
        argument: &str,
    ) -> io::Result<Next> {
        let Some(envelope) = &mut self.mail else {
            return Ok(self.blunder(line, 503, "5.5.1 MAIL first"));
        };
        let Some((to, "")) = path_after("TO:", argument).filter(|(to, _)| is_address(to)) else {
            return Ok(self.blunder(line, 501, "5.1.3 no such thing as that recipient"));
        };
        if !envelope.smtputf8 && !to.is_ascii() {
            return Ok(say(line, 553, "5.6.7 such an address needs SMTPUTF8"));
        }
        if envelope.to.len() == MAX_RECIPIENTS {
            return Ok(say(line, 452, "4.5.3 too many recipients"));
        }
        if let Some(held) = self.shared.before_data.next() {
            line.flush().await?;
            if !held.wait().await {
                return Ok(Next::Drop);
            }
        }
        let answer = self.shared.answer(to);
        let (now, after_data) = match answer {
            Some(answer) if answer.phase == Phase::Recipient => (Some(answer), None),
            later => (None, later),
        };
        if !now.as_ref().is_some_and(Answer::is_refusal) {
            envelope.to.push(to.to_owned());
            // One reply stands for all recipients of a mail, so one refusal refuses it.
            if !envelope.after_data.as_ref().is_some_and(Answer::is_refusal) {
                envelope.after_data = after_data.or(envelope.after_data.take());
            }
        }
        Ok(match now {
            Some(answer) => say_answer(line, &answer),
            None => say(line, 250, "2.1.5 recipient noted"),
        })
    }

    async fn data<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        line: &mut Line<S>,
        argument: &str,
    ) -> io::Result<Next> {
        if !argument.is_empty() {
            return Ok(self.blunder(line, 501, "5.5.4 DATA takes no argument"));
        }
        let envelope = match self.mail.take() {
            Some(envelope) if !envelope.to.is_empty() => envelope,
            // A client that pipelines DATA behind refused recipients gets here without any fault of its own.
            Some(_) => return Ok(say(line, 554, "5.5.1 nobody to send it to")),
            None => return Ok(self.blunder(line, 503, "5.5.1 MAIL and RCPT first")),
        };
        line.reply(354, "go ahead, and end with a dot");
        let text = match line.body(envelope.size_hint, envelope.smtputf8).await? {
            Body::Whole(text) => text,
            Body::TooBig => return Ok(say(line, 552, "5.3.4 too big")),
            Body::End => return Ok(Next::Drop),
        };
        if let Some(refusal) = envelope
            .after_data
            .as_ref()
            .filter(|answer| answer.is_refusal())
        {
            return Ok(say_answer(line, refusal));
        }
        let arrived = Arrived {
            from: envelope.from,
            to: envelope.to,
            bytes: text.bytes.into(),
            connection: self.connection,
            line_errors: text.line_errors,
            line_error_count: text.line_error_count,
        };
        let number = match self.shared.mails.add(arrived).await {
            Ok(number) => number,
            Err(error) => {
                tracing::error!(%error, "the catching relay could not write a mail into its folder");
                return Ok(say(line, 452, "4.3.1 nowhere to keep it"));
            }
        };
        if let Some(held) = self.shared.after_data.next()
            && !held.wait().await
        {
            return Ok(Next::Drop);
        }
        Ok(match &envelope.after_data {
            Some(answer) => say_answer(line, answer),
            None => say(line, 250, &format!("2.0.0 caught as {number}")),
        })
    }
}

fn say<S: AsyncRead + AsyncWrite + Unpin>(line: &mut Line<S>, code: u16, text: &str) -> Next {
    line.reply(code, text);
    Next::Command
}

fn say_answer<S: AsyncRead + AsyncWrite + Unpin>(line: &mut Line<S>, answer: &Answer) -> Next {
    line.reply(answer.code, &answer.text);
    if answer.close || answer.code == 421 {
        Next::Close
    } else {
        Next::Command
    }
}

/// The client's answer to `question`, decoded, or what it gave with AUTH already. None if it calls the login off.
async fn ask_unless<S: AsyncRead + AsyncWrite + Unpin>(
    given: Option<String>,
    line: &mut Line<S>,
    question: &str,
) -> io::Result<Option<String>> {
    let answer = if let Some(given) = given {
        given
    } else {
        line.reply(334, question);
        match line.command().await? {
            Command::Text(text) => text,
            Command::Unreadable | Command::End => return Ok(None),
        }
    };
    // A single "=" is an answer of no length (RFC 4954, section 4).
    let answer = if answer == "=" { "" } else { &answer };
    Ok(BASE64
        .decode(answer)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok()))
}

/// User name and password of a PLAIN answer (RFC 4616): who one acts for, who one is, password, with NUL between.
fn as_plain(answer: &str) -> Option<(String, String)> {
    let mut parts = answer.split('\0').skip(1);
    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
}

/// The address between `<` and `>` behind `word`, and the parameters behind that (RFC 5321, section 4.1.2).
fn path_after<'t>(word: &str, argument: &'t str) -> Option<(&'t str, &'t str)> {
    let (head, rest) = argument.split_at_checked(word.len())?;
    let path = rest.trim_start().strip_prefix('<')?;
    let (mut quoted, mut escaped) = (false, false);
    let end = path.find(|c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        c == '>' && !quoted
    })?;
    let (address, parameters) = (&path[..end], &path[end + 1..]);
    let well_placed = parameters.is_empty() || parameters.starts_with(' ');
    let known = head.eq_ignore_ascii_case(word) && (address.is_empty() || is_address(address));
    (known && well_placed).then_some((address, parameters.trim()))
}

/// Whether it has two sides and nothing that would break a header or a log; more is the client's business.
fn is_address(address: &str) -> bool {
    let quoted = address.starts_with('"');
    let two_sides = address
        .rsplit_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    two_sides
        && address.len() <= 320
        && !address.contains(|c: char| c.is_control() || (!quoted && " <>,".contains(c)))
}
