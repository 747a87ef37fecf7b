//! The wire between a client and the node, which can be cut: then both sides see their socket closed, and no word
//! is said.

use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::process::connect;

pub(super) struct Wire {
    /// Where the client connects to.
    pub(super) port: u16,
    ends: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    /// Takes one connection and passes on all that is said.
    pub(super) fn to(node: u16) -> io::Result<Wire> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let ends = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&ends);
        std::thread::spawn(move || {
            // What fails here the client sees as a connection that is refused or lost.
            let _ = join(&listener, node, &kept);
        });
        Ok(Wire { port, ends })
    }

    pub(super) fn cut(&self) {
        let Ok(ends) = self.ends.lock() else { return };
        for end in ends.iter() {
            // It may be closed already.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut();
    }
}

fn join(listener: &TcpListener, node: u16, kept: &Mutex<Vec<TcpStream>>) -> io::Result<()> {
    let (client, _) = listener.accept()?;
    client.set_nodelay(true)?;
    let server = connect(node)?;
    if let Ok(mut kept) = kept.lock() {
        kept.extend([client.try_clone()?, server.try_clone()?]);
    }
    let (to_client, to_server) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || pass_on(&server, &to_client));
    pass_on(&client, &to_server);
    Ok(())
}

fn pass_on(mut from: &TcpStream, mut to: &TcpStream) {
    // However it ends, the other side is to see an end too.
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}
