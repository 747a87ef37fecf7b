//! All runs of the page that is open. They share the frame: what is out of sight rests.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::browser::element::Scope;
use crate::browser::frame_loop;
use crate::desk::Desk;

/// The runs, and what keeps them on the page. Its clones are handles to the same.
#[derive(Clone, Default)]
pub(super) struct Troupe {
    desks: Rc<RefCell<Vec<Desk>>>,
    kept: Rc<RefCell<Vec<Scope>>>,
    job: Rc<RefCell<Option<Job>>>,
}

/// Something long, done bit by bit as long as it says that there is more.
type Job = Box<dyn FnMut() -> bool>;

/// How much of a frame it may take, in milliseconds.
const SLICE: f64 = 6.0;

impl Troupe {
    /// These runs are on the page from now on.
    pub(super) fn join(&self, desks: &[Desk]) {
        self.desks.borrow_mut().extend_from_slice(desks);
    }

    /// Keeps on the page what lives with an element.
    pub(super) fn keep(&self, scope: Scope) {
        self.kept.borrow_mut().push(scope);
    }

    /// The page is left: nothing of it runs anymore.
    pub(super) fn leave(&self) {
        self.desks.borrow_mut().clear();
        self.kept.borrow_mut().clear();
        self.job.take();
    }

    /// Does something long between frames, as long as the page is not left.
    pub(super) fn begin(&self, job: impl FnMut() -> bool + 'static) {
        self.job.replace(Some(Box::new(job)));
    }

    /// One animation frame.
    pub(super) fn pass(&self, wall: Duration) {
        let seen: Vec<Desk> = self.desks.borrow().iter().copied().filter(|desk| !desk.is_resting()).collect();
        for desk in &seen {
            desk.pass_as_one_of(wall, seen.len());
        }
        let Some(mut job) = self.job.take() else { return };
        let end = frame_loop::now() + SLICE;
        while job() {
            if end <= frame_loop::now() {
                self.job.replace(Some(job));
                return;
            }
        }
    }
}
