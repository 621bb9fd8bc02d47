package dev.diver.catalog;

import dev.diver.catalog.access.Access;
import dev.diver.catalog.access.Htpasswd;
import dev.diver.catalog.http.CatalogRoutes;
import dev.diver.catalog.http.HttpServer;
import dev.diver.catalog.search.KernelIndex;
import dev.diver.catalog.search.KernelSearch;
import dev.diver.catalog.storage.BlobStore;
import dev.diver.catalog.storage.DataDirectory;
import dev.diver.catalog.storage.Database;
import dev.diver.catalog.storage.PullCounts;
import dev.diver.catalog.storage.Registry;
import dev.diver.catalog.storage.Repositories;
import dev.diver.catalog.storage.Uploads;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * A running catalog. Does not encrypt: put a TLS proxy in front of it where it is to be reached
 * over a network.
 */
public final class CatalogServer implements AutoCloseable {

  private static final String VERSION = "0.1.0";
  private static final int PULL_COUNT_SECONDS = 2;

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private HttpServer http;

  /**
   * Starts a catalog on a data folder.
   *
   * <p>Fails with {@link Kind#CONFLICT} where the port or the folder is in use, {@link Kind#DENIED}
   * where it would be open to a network or may not write, {@link Kind#CORRUPT} where the folder's
   * content cannot be read.
   */
  public static CatalogServer start(CatalogOptions options) {
    requireSafe(options);
    return new CatalogServer(options);
  }

  private CatalogServer(CatalogOptions options) {
    boolean started = false;
    try {
      http = open(options);
      started = true;
    } catch (IOException e) {
      throw new Failure(
              Kind.DENIED,
              "The data folder " + options.data() + " cannot be used (" + e + ").",
              "Look for permissions and space there.")
          .exception(e);
    } finally {
      if (!started) {
        close();
      }
    }
  }

  private HttpServer open(CatalogOptions options) throws IOException {
    Access access = new Access(options.htpasswd().map(Htpasswd::read), options.authRead());
    DataDirectory directory = opened(DataDirectory.open(options.data()));
    BlobStore blobs = new BlobStore(directory);
    Database database = opened(Database.open(directory));
    KernelIndex index = new KernelIndex(blobs);
    Registry registry = opened(Registry.open(directory, database, blobs, index));
    PullCounts pulls = opened(new PullCounts(database));
    CatalogOptions.Limits limits = options.limits();
    Uploads uploads =
        opened(
            new Uploads(
                registry, blobs, limits.uploads(), limits.blobBytes(), limits.idleUpload()));
    ScheduledExecutorService chores = opened(Executors.newSingleThreadScheduledExecutor());
    every(chores, PULL_COUNT_SECONDS, pulls::flush);
    every(chores, (int) TimeUnit.HOURS.toSeconds(1), uploads::expire);
    CatalogRoutes routes =
        new CatalogRoutes(
            new CatalogRoutes.Parts(
                registry,
                new Repositories(database),
                blobs,
                uploads,
                pulls,
                new KernelSearch(database, index),
                access,
                VERSION));
    return opened(
        HttpServer.start(options.host(), options.port(), limits.idleConnection(), routes));
  }

  private <T extends AutoCloseable> T opened(T part) {
    parts.push(part);
    return part;
  }

  private interface Chore {
    void run() throws IOException;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the task tells of its own failures
  private static void every(ScheduledExecutorService chores, int seconds, Chore chore) {
    chores.scheduleWithFixedDelay(
        () -> {
          try {
            chore.run();
          } catch (IOException | RuntimeException e) {
            LoggerFactory.getLogger(CatalogServer.class).warn("a chore failed", e);
          }
        },
        seconds,
        seconds,
        TimeUnit.SECONDS);
  }

  private static void requireSafe(CatalogOptions options) {
    boolean open = options.htpasswd().isEmpty() && !options.insecureOpen();
    if (open && !isLoopback(options.host())) {
      throw new Failure(
              Kind.DENIED,
              "On " + options.host() + " everyone who can reach it could write to this catalog.",
              "Give users with --auth, or allow it with --insecure-open.")
          .exception();
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new Failure(
              Kind.INVALID,
              "\"" + host + "\" is not an address of this machine.",
              "Give one to listen on, as 127.0.0.1.")
          .exception(e);
    }
  }

  /** The port that it listens on. */
  public int port() {
    return http.port();
  }

  /**
   * Lets requests under way end (for some seconds), writes what is in memory, lets the folder go.
   */
  @Override
  public synchronized void close() {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        LoggerFactory.getLogger(CatalogServer.class).warn("closing failed", e);
      }
    }
  }
}
