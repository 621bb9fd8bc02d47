package dev.diver.cli.command;

import dev.diver.catalog.CatalogOptions;
import dev.diver.catalog.CatalogServer;
import dev.diver.cli.output.Shell;
import dev.diver.kernels.store.DiverHome;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;

/** {@code diver catalog serve}: the only command that touches the server. */
final class CatalogServe implements Verb {

  private static final int MOST_PORT = 65535;

  @Override
  public void describe(Page page) {
    page.description(
            """
            Serves a catalog: an OCI registry, so that skopeo and the like can push and pull, and \
            search over the kernels in it. Everything is in one folder. Without --auth anyone on \
            this machine may publish; then it listens on loopback only. Ends with Ctrl-C.\
            """)
        .option("--port", "PORT", "port to listen on; 0 picks a free one (default 7480)")
        .option("--host", "ADDRESS", "address to listen on (default 127.0.0.1)")
        .option("--data", "DIR", "the folder that it owns (default: catalog in Diver's data)")
        .option("--auth", "FILE", "htpasswd file (bcrypt) of those who may write")
        .flag("--auth-read", "reading needs a user of --auth, too")
        .flag("--insecure-open", "let everyone write who can reach an address off this machine")
        .example("Serve a catalog for this machine", "catalog serve")
        .example(
            "Serve a team, with users made by htpasswd -B",
            "catalog serve --host 0.0.0.0 --data /srv/kernels --auth /etc/diver/users");
  }

  @Override
  public int run(Given given, Shell shell) throws InterruptedException {
    if (!given.has("--verbose")) {
      Logger.getLogger("").setLevel(Level.WARNING);
    }
    CatalogOptions options = options(given, shell);
    try (CatalogServer server = CatalogServer.start(options)) {
      Runtime.getRuntime().addShutdownHook(new Thread(server::close, "catalog-close"));
      shell.println("Catalog at http://" + authority(options.host(), server.port()));
      new CountDownLatch(1).await(); // until a signal
    }
    return 0;
  }

  private static String authority(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  private static CatalogOptions options(Given given, Shell shell) {
    int port = given.number("--port").orElse(CatalogOptions.DEFAULT_PORT);
    if (port < 0 || port > MOST_PORT) {
      throw new UsageException("There is no port " + port + ".", "Give a number from 0 to 65535.");
    }
    CatalogOptions options =
        CatalogOptions.of(
                given
                    .value("--data")
                    .map(shell::path)
                    .orElseGet(
                        () -> DiverHome.locate(shell.environment()).root().resolve("catalog")))
            .withPort(port)
            .withAuthRead(given.has("--auth-read"))
            .withInsecureOpen(given.has("--insecure-open"));
    options = given.value("--host").map(options::withHost).orElse(options);
    return given.value("--auth").map(shell::path).map(options::withHtpasswd).orElse(options);
  }
}
