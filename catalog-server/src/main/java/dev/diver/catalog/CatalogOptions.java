package dev.diver.catalog;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How a catalog server is to run.
 *
 * @param data the folder that it owns; made if missing
 * @param host the address to listen on
 * @param port the port to listen on; 0 picks a free one
 * @param htpasswd users who may write; without it everyone on this machine may
 * @param authRead whether reading needs a user too
 * @param insecureOpen lets everyone write who can reach an address that is not loopback
 * @param limits what the server takes
 */
public record CatalogOptions(
    Path data,
    String host,
    int port,
    Optional<Path> htpasswd,
    boolean authRead,
    boolean insecureOpen,
    Limits limits) {

  /** The port that `diver` looks for a catalog on unless told otherwise. */
  public static final int DEFAULT_PORT = 7480;

  /**
   * What the server takes.
   *
   * @param uploads under way at once
   * @param blobBytes of one blob
   * @param idleConnection after which a silent client is dropped
   * @param idleUpload after which an upload that nobody continues is dropped
   */
  public record Limits(int uploads, long blobBytes, Duration idleConnection, Duration idleUpload) {

    /** 256 uploads, 64 GiB, 30 s, a day. */
    public static final Limits DEFAULT =
        new Limits(256, 64L << 30, Duration.ofSeconds(30), Duration.ofDays(1));
  }

  /** On loopback, on the default port, open to everyone on this machine. */
  public static CatalogOptions of(Path data) {
    return new CatalogOptions(
        data, "127.0.0.1", DEFAULT_PORT, Optional.empty(), false, false, Limits.DEFAULT);
  }

  public CatalogOptions withPort(int other) {
    return new CatalogOptions(data, host, other, htpasswd, authRead, insecureOpen, limits);
  }

  public CatalogOptions withHost(String other) {
    return new CatalogOptions(data, other, port, htpasswd, authRead, insecureOpen, limits);
  }

  public CatalogOptions withHtpasswd(Path file) {
    return new CatalogOptions(data, host, port, Optional.of(file), authRead, insecureOpen, limits);
  }

  public CatalogOptions withAuthRead(boolean needed) {
    return new CatalogOptions(data, host, port, htpasswd, needed, insecureOpen, limits);
  }

  public CatalogOptions withInsecureOpen(boolean open) {
    return new CatalogOptions(data, host, port, htpasswd, authRead, open, limits);
  }

  public CatalogOptions withLimits(Limits other) {
    return new CatalogOptions(data, host, port, htpasswd, authRead, insecureOpen, other);
  }
}
