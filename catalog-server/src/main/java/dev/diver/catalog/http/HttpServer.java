package dev.diver.catalog.http;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.util.JavalinBindException;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;

/** Jetty under Javalin, one virtual thread for each request. */
public final class HttpServer implements AutoCloseable {

  private static final int HEADER_BYTES = 16 * 1024;
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final Duration GRACE = Duration.ofSeconds(10);

  // Kept, since java.util.logging forgets the level of a logger that nobody holds.
  private static final List<Logger> CHATTY =
      List.of(Logger.getLogger("org.eclipse.jetty"), Logger.getLogger("io.javalin"));

  private final Javalin javalin;

  private HttpServer(Javalin javalin) {
    this.javalin = javalin;
  }

  /** Listens; {@link Kind#CONFLICT} where another program does so on this port. */
  public static HttpServer start(String host, int port, Duration idle, CatalogRoutes routes) {
    CHATTY.stream()
        .filter(logger -> logger.getLevel() == null)
        .forEach(logger -> logger.setLevel(Level.WARNING));
    try {
      return new HttpServer(Javalin.start(config -> configure(config, host, port, idle, routes)));
    } catch (JavalinBindException e) {
      throw new Failure(
              Kind.CONFLICT,
              "Port " + port + " on " + host + " cannot be listened on: another program does.",
              "Stop that one, or give another port with --port (0 picks a free one).")
          .exception(e);
    }
  }

  private static void configure(
      JavalinConfig config, String host, int port, Duration idle, CatalogRoutes routes) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.concurrency.useVirtualThreads = true;
    config.http.compressionStrategy = CompressionStrategy.NONE;
    config.http.prefer405over404 = true;
    config.jetty.modifyServer(HttpServer::graceful);
    config.jetty.modifyHttpConfiguration(HttpServer::limit);
    config.jetty.addConnector(
        (server, http) -> connector(server, http, host, port, idle.toMillis()));
    routes.declare(config.routes);
  }

  private static void graceful(Server server) {
    server.setStopTimeout(GRACE.toMillis());
    server.insertHandler(new GracefulHandler());
  }

  private static void limit(HttpConfiguration http) {
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(HEADER_BYTES);
    http.setInputBufferSize(BUFFER_BYTES);
    http.setOutputBufferSize(BUFFER_BYTES);
  }

  private static ServerConnector connector(
      Server server, HttpConfiguration http, String host, int port, long idleMillis) {
    ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(idleMillis);
    return connector;
  }

  /** The port that it listens on. */
  public int port() {
    return javalin.port();
  }

  @Override
  public void close() {
    javalin.stop();
  }
}
