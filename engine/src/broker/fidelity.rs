//! What of a real system is modelled, as data: the promise on the page and its proof.

/// One thing that the real system does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Feature {
    /// What it does, in its own terms.
    pub what: &'static str,
    /// Where that is written down.
    pub source: &'static str,
    /// Whether the model does it too.
    pub state: Fidelity,
}

/// Whether a feature is modelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fidelity {
    /// It is, and these cases prove it, by their ids without the letter.
    Modelled(&'static [&'static str]),
    /// It is not, for this reason.
    NotModelled(&'static str),
}
