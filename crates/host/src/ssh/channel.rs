//! One SSH channel as a running program.

use crate::process::{Exit, Process, Tail, reader};
use bytes::Bytes;
use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::sync::{mpsc, oneshot};

/// Pieces of output that may wait for their reader; a full queue slows the sender down.
const QUEUE: usize = 64;

/// The number by which SSH calls standard error.
const STANDARD_ERROR: u32 = 1;

/// Takes over a channel on which a program was started.
pub(super) fn process(channel: Channel<Msg>) -> Process {
    let (read, write) = channel.split();
    let input = Box::pin(write.make_writer());
    let (output, pieces) = mpsc::channel(QUEUE);
    let (ended, exit) = oneshot::channel();
    let errors = Tail::default();
    tokio::spawn(pump(read, write, output, errors.clone(), ended));
    Process { input, output: reader(pieces), errors, exit }
}

/// Passes messages on until the channel closes or nobody reads any more; then closes the channel, which ends the program.
async fn pump(
    mut read: ChannelReadHalf,
    write: ChannelWriteHalf<Msg>,
    output: mpsc::Sender<Bytes>,
    errors: Tail,
    ended: oneshot::Sender<Exit>,
) {
    let mut output = Some(output);
    let mut exit = None;
    while let Some(message) = next(&mut read, output.as_ref()).await {
        match message {
            ChannelMsg::Data { data } => pass(output.as_ref(), data).await,
            ChannelMsg::ExtendedData { data, ext: STANDARD_ERROR } => errors.push(&data),
            ChannelMsg::ExitStatus { exit_status } => exit = Some(status(exit_status)),
            ChannelMsg::ExitSignal { .. } => exit = Some(Exit::Signal),
            ChannelMsg::Eof => output = None,
            ChannelMsg::Close => break,
            _ => {}
        }
    }
    // A channel that is closed already needs no second close, and a reader that has gone needs no exit status.
    let _closed = write.close().await;
    if let Some(exit) = exit {
        let _unwatched = ended.send(exit);
    }
}

/// What comes after the end of the output, or after its reader has gone, is nobody's.
async fn pass(output: Option<&mpsc::Sender<Bytes>>, data: Bytes) {
    if let Some(output) = output {
        let _nobody_reads = output.send(data).await;
    }
}

fn status(number: u32) -> Exit {
    Exit::Status(i32::try_from(number).unwrap_or(i32::MAX))
}

async fn next(read: &mut ChannelReadHalf, output: Option<&mpsc::Sender<Bytes>>) -> Option<ChannelMsg> {
    match output {
        None => read.wait().await,
        Some(output) => tokio::select! {
            biased;
            () = output.closed() => None,
            message = read.wait() => message,
        },
    }
}
