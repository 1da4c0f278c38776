//! A mail server without sockets: bytes in, bytes out. What it answers to each command can be ordered.

/// What a server offers, and what it answers otherwise than usual: the beginning of a command, and the reply.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    pub(super) offers: Vec<&'static str>,
    pub(super) answers: Vec<(&'static str, &'static str)>,
}

/// One connection, as the server sees it.
#[derive(Debug)]
pub(super) struct Server {
    rules: Rules,
    input: Vec<u8>,
    text: Option<Vec<u8>>,
    begun: bool,
    /// The commands, and `(TLS)` where TLS was agreed on.
    pub(super) said: Vec<String>,
    /// The letters that it has.
    pub(super) taken: Vec<Vec<u8>>,
}

impl Server {
    pub(super) fn new(rules: Rules) -> Self {
        Self { rules, input: Vec::new(), text: None, begun: false, said: Vec::new(), taken: Vec::new() }
    }

    fn ordered(&self, command: &str) -> Option<&'static str> {
        let mut answers = self.rules.answers.iter();
        answers.find(|(begin, _)| command.starts_with(begin)).map(|(_, answer)| *answer)
    }

    pub(super) fn greeting(&self) -> Vec<u8> {
        format!("{}\r\n", self.ordered("(greeting)").unwrap_or("220 mail.test")).into_bytes()
    }

    pub(super) fn secured(&mut self) {
        self.said.push("(TLS)".to_owned());
        // What was sent before is not what is said by TLS.
        self.input.clear();
    }

    /// Hears bytes, and returns what it answers.
    pub(super) fn hears(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.input.extend_from_slice(bytes);
        let mut out = String::new();
        while let Some(end) = self.input.windows(2).position(|pair| pair == b"\r\n") {
            let line: Vec<u8> = self.input.drain(..end + 2).collect();
            if let Some(answer) = self.hears_line(&line) {
                out.push_str(&answer);
                out.push_str("\r\n");
            }
        }
        out.into_bytes()
    }

    fn hears_line(&mut self, line: &[u8]) -> Option<String> {
        if let Some(text) = &mut self.text {
            if line != b".\r\n" {
                text.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
                return None;
            }
            let text = self.text.take()?;
            self.begun = false;
            let answer = self.ordered("(dot)").unwrap_or("250 2.0.0 taken");
            if answer.starts_with('2') {
                self.taken.push(text);
            }
            return Some(answer.to_owned());
        }
        let command = String::from_utf8(line[..line.len() - 2].to_vec()).unwrap();
        self.said.push(command.clone());
        if let Some(answer) = self.ordered(&command) {
            if command == "DATA" && answer.starts_with("354") {
                self.text = Some(Vec::new());
            }
            return Some(answer.to_owned());
        }
        Some(self.usual(&command))
    }

    fn usual(&mut self, command: &str) -> String {
        match command.split([' ', ':']).next().unwrap() {
            "EHLO" => {
                let lines = std::iter::once("mail.test").chain(self.rules.offers.iter().copied());
                let lines: Vec<&str> = lines.collect();
                let last = lines.len() - 1;
                let line =
                    |(at, text): (usize, &&str)| format!("250{}{text}", if at == last { ' ' } else { '-' });
                lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\r\n")
            }
            "STARTTLS" => "220 go ahead".to_owned(),
            "AUTH" if command == "AUTH LOGIN" => "334 VXNlcm5hbWU6".to_owned(),
            "AUTH" => "235 2.7.0 welcome".to_owned(),
            "RSET" => {
                self.begun = false;
                "250 ok".to_owned()
            }
            "MAIL" if self.begun => "503 5.5.1 nested".to_owned(),
            "MAIL" => {
                self.begun = true;
                "250 2.1.0 ok".to_owned()
            }
            "RCPT" => "250 2.1.5 ok".to_owned(),
            "DATA" => {
                self.text = Some(Vec::new());
                "354 go on".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            // The password of AUTH LOGIN is asked for after the name.
            _ if self.said.len() > 1 && self.said[self.said.len() - 2] == "AUTH LOGIN" => {
                "334 UGFzc3dvcmQ6".to_owned()
            }
            _ if self.said.iter().any(|said| said == "AUTH LOGIN") => "235 2.7.0 welcome".to_owned(),
            _ => "502 5.5.2 what?".to_owned(),
        }
    }
}
