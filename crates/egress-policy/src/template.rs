//! Endpoint paths with variable segments.

/// A path such as `/things/{id}/parts`: literal segments and variable ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Variable,
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    ///
    /// Returns the reason: no leading `/`, an empty or a dot segment, a character that a literal
    /// segment cannot have, a misplaced brace.
    pub fn parse(path: &str) -> Result<Self, String> {
        let rest = path.strip_prefix('/');
        let rest = rest.ok_or_else(|| format!("endpoint {path:?} does not start with /"))?;
        let segments = rest.split('/').map(Segment::parse);
        let segments: Option<Vec<_>> = segments.collect();
        segments.map(|segments| Self { segments }).ok_or_else(|| {
            format!("endpoint {path:?} has a segment that is neither a name nor {{name}}")
        })
    }

    /// Returns whether these decoded segments are an instance of this template.
    pub fn matches(&self, segments: &[String]) -> bool {
        let fits = |(own, given): (&Segment, &String)| match own {
            Segment::Literal(literal) => literal == given,
            Segment::Variable => true,
        };
        self.segments.len() == segments.len() && self.segments.iter().zip(segments).all(fits)
    }

    /// Returns the number of literal segments: of two templates that match, the one with more
    /// applies.
    pub fn literals(&self) -> usize {
        let literal = |segment: &&Segment| matches!(segment, Segment::Literal(_));
        self.segments.iter().filter(literal).count()
    }
}

impl Segment {
    fn parse(text: &str) -> Option<Self> {
        let inner = text
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let name = inner.unwrap_or(text);
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if name.is_empty() || !name.chars().all(plain) || name.chars().all(|c| c == '.') {
            return None;
        }
        Some(match inner {
            Some(_) => Self::Variable,
            None => Self::Literal(name.to_owned()),
        })
    }
}
