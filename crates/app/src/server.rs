//! The HTTP server: from a configuration to a ready line, and down again in order.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::{Config, allows_localhost};
use crate::error::StartError;
use crate::files;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wiring::{self, Wired};
use crate::ws::{self, AllowedOrigins, Sockets};
use crate::{rest, settings, spa};

/// How long what was taken in may take to be committed once the server has stopped.
const FINISH_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until a signal says stop.
pub(crate) async fn serve(config: Config) -> Result<(), StartError> {
    let mut signals = Signals::new()?;
    files::allow_many(config.limits.connections);
    let wired = Box::pin(wiring::wire(config)).await?;
    let config = Arc::clone(&wired.state.config);
    let (address, mut server) = http_server(&wired)?;
    let handle = server.handle();
    announce(address, &wired.place);

    tokio::select! {
        end = &mut server => return end.map_err(StartError::from),
        () = signals.next() => {}
        () = wired.failed.cancelled() => tracing::error!("the message writer failed"),
    }
    let failed = wired.failed.is_cancelled();
    tracing::info!("stopping; a second signal stops at once");
    // A server that cannot write is no good to anybody meanwhile.
    let drain = if failed { Duration::ZERO } else { settings::drain(&config) };
    let within = Duration::from_secs(config.server.shutdown_seconds);
    let in_order = async move {
        let stop = async {
            wired.sockets.shutdown(drain, within).await;
            wired.state.stopping.cancel();
            handle.stop(true).await;
        };
        let (end, ()) = tokio::join!(server, stop);
        wired.finish(FINISH_TIMEOUT).await;
        end
    };
    tokio::select! {
        end = in_order => end.map_err(StartError::from).and(if failed { Err(StartError::Writer) } else { Ok(()) }),
        () = signals.next() => Err(StartError::Interrupted),
    }
}

fn http_server(wired: &Wired) -> Result<(SocketAddr, actix_web::dev::Server), StartError> {
    let config = Arc::clone(&wired.state.config);
    let (state, sockets) = (Data::clone(&wired.state), Data::clone(&wired.sockets));
    let server = HttpServer::new(move || app(Data::clone(&state), Data::clone(&sockets)))
        .on_connect(ws::on_connect)
        .tcp_nodelay(true)
        .disable_signals()
        .client_request_timeout(Duration::from_secs(config.server.request_timeout_seconds))
        .shutdown_timeout(config.server.shutdown_seconds)
        .max_connections(config.server.max_connections);
    let server = if config.server.workers == 0 { server } else { server.workers(config.server.workers) };
    let bind = &config.server.bind;
    let server = server.bind(bind).map_err(|error| StartError::Bind(bind_problem(bind, &error)))?;
    let address = server.addrs().first().copied();
    let address = address.ok_or_else(|| StartError::Bind(format!("{bind} names no address")))?;
    Ok((address, server.run()))
}

fn bind_problem(bind: &str, error: &io::Error) -> String {
    let reason = match error.kind() {
        io::ErrorKind::AddrInUse => "another program is using it".to_owned(),
        io::ErrorKind::PermissionDenied => "not permitted; ports below 1024 need a privilege".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        _ => error.to_string(),
    };
    format!("cannot listen on {bind}: {reason}. Choose another address with --bind; port 0 takes a free one.")
}

/// Everything that answers, for one worker.
pub(crate) fn app(
    state: Data<AppState>,
    sockets: Data<Sockets>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let config = Arc::clone(&state.config);
    App::new()
        .app_data(state)
        .app_data(sockets)
        .wrap(Compress::default())
        .wrap(from_fn(rest::edge))
        .wrap(cors(origins(&config)))
        .configure(rest::configure)
        .configure(|services| {
            if config.web.docs {
                rest::configure_docs(services);
            }
        })
        .default_service(if config.web.app { web::to(spa::fallback) } else { web::to(nothing) })
}

/// Pages that may call the API and open sockets.
pub(crate) fn origins(config: &Config) -> AllowedOrigins {
    AllowedOrigins { listed: config.cors.origins.clone(), localhost: allows_localhost(config) }
}

/// Never `*`: FastRoom's client sends credentials, and browsers then ask for the origin by name.
fn cors(origins: AllowedOrigins) -> Cors {
    Cors::default()
        .allowed_origin_fn(move |origin, _| origin.to_str().is_ok_and(|origin| origins.allows(origin, None)))
        .allowed_methods(["GET", "POST", "PUT", "PATCH", "DELETE"])
        .allow_any_header()
        .expose_headers(["retry-after", "x-request-id", "www-authenticate"])
        .supports_credentials()
        .max_age(3600)
}

async fn nothing() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}

/// The one line on stdout.
fn announce(address: SocketAddr, place: &str) {
    // What listens everywhere is reached here.
    let host = match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => "127.0.0.1".to_owned(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => "[::1]".to_owned(),
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    };
    let mut out = io::stdout().lock();
    // A closed stdout is no reason not to serve.
    let _ = writeln!(out, "Hallway is ready at http://{host}:{}  ({place})", address.port());
    let _ = out.flush();
}

/// Ctrl-C and SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
