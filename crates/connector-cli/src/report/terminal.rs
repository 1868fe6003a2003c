//! The properties of a terminal: styles, and its width.

use anstyle::Style;

/// Returns the text with a style around it, for a stream that drops styles where they are not wanted.
pub fn styled_text(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Returns the number of columns of the terminal on standard output; `None` if it is no terminal.
pub fn terminal_width() -> Option<usize> {
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
    }
    #[cfg(not(unix))]
    None
}
